"""What every page for residents has around it, and how it writes moments."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

SECURITY: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'; worker-src 'self';"
        " style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept, Accept-Language",
}
"""A page's address may hold a link's secret: it is neither stored nor passed on."""

_STYLE: Final = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:1.5rem auto;padding:0 1rem;color:#1a1a1a}"
    "dt{font-weight:600}dd{margin:0 0 .6rem}ol{padding-left:1.2rem}li{margin:.5rem 0}time{color:#595959}"
    "fieldset,.field{border:1px solid #767676;border-radius:.4rem;margin:1rem 0;padding:.7rem 1rem}"
    "legend,.field>label{font-weight:600}label.choice{display:block;padding:.3rem 0}"
    "input,select,textarea,button{font:inherit}input[type=text],input[type=email],textarea{width:100%;box-sizing:border-box}"
    "[role=alert]{border:2px solid #b00020;padding:.5rem 1rem}[role=status]{font-weight:600}[hidden]{display:none}"
)
_MONTHS: Final = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre",
           "noviembre", "diciembre"),
}  # fmt: skip
Words = Mapping[str, Mapping[str, str]]


def word(words: Words, name: str, language: str) -> str:
    """Say one of a page's own words; English where a language has none yet.

    >>> word({"send": {"en": "Send", "es": "Enviar"}}, "send", "es")
    'Enviar'
    """
    return words[name].get(language) or words[name]["en"]


def chosen_language(languages: tuple[str, ...], wished: str | None, accepted: str) -> str:
    """Choose a page's language: the one asked for, else the first that the browser likes and the city speaks.

    >>> chosen_language(("en", "es"), None, "fr-CA,es-MX;q=0.8,en;q=0.5"), chosen_language(("en", "es"), "en", "es")
    ('es', 'en')
    """
    likes = [wished or "", *(part.partition(";")[0].strip().partition("-")[0].lower() for part in accepted.split(","))]
    return next((one for one in likes if one in languages), languages[0])


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


def page(language: str, title: str, body: str, script: str = "") -> str:
    """Put a page together; `title` is text, `body` is HTML, `script` the address of what only adds comfort.

    >>> "<h1>Graffiti &amp; more</h1>" in page("en", "Graffiti & more", "")
    True
    """
    added = f'<script src="{script}" defer></script>' if script else ""
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style>{added}</head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
