"""How pages for residents write moments."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_MONTHS: Final = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
}  # fmt: skip


def moment(at: datetime | str, zone: ZoneInfo, language: str) -> str:
    """Write a moment of the city's day.

    >>> at = datetime.fromisoformat("2026-03-02T21:05:00+00:00")
    >>> moment(at, ZoneInfo("America/Los_Angeles"), "en"), moment(at, ZoneInfo("America/Los_Angeles"), "es")
    ('Mar 2, 2026, 1:05 p.m.', '2 de marzo de 2026, 13:05')
    """
    local = (datetime.fromisoformat(at) if isinstance(at, str) else at).astimezone(zone)
    if language == "es":
        return f"{local.day} de {_MONTHS['es'][local.month - 1]} de {local.year}, {local:%H:%M}"
    half = "a.m." if local.hour < 12 else "p.m."  # noqa: PLR2004 - noon
    return f"{_MONTHS['en'][local.month - 1]} {local.day}, {local.year}, {local.hour % 12 or 12}:{local:%M} {half}"
