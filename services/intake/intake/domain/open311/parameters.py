"""What an Open311 client sent, read field by field: an empty parameter is an absent one, and every fault is named."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis.errors import FieldError, Problem, invalid
from contracts.frontends import Answer

MOST_LISTED: Final = 500
_ATTRIBUTE: Final = re.compile(r"^attribute\[([^\[\]]{1,100})\](\[\d*\])?$")
_YES: Final = frozenset({"true", "1", "yes", "on"})
_YEARS: Final = range(1970, 2200)
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_LOST_PLUS: Final = re.compile(r" (\d\d:?\d\d)$")
Period = tuple[datetime, datetime]


def wrong(field: str, problem: str) -> Problem:
    """Refuse one parameter, saying what is wrong and what to send.

    >>> wrong("page", "Expected a whole number.").detail
    'page: Expected a whole number.'
    """
    return invalid([FieldError(field=field, problem=problem)])


@dataclass(frozen=True, slots=True)
class Parameters:
    """Names and values in the order they came, without the empty ones, and the files of a multipart form."""

    pairs: tuple[tuple[str, str], ...]
    files: tuple[bytes, ...] = ()

    def get(self, name: str) -> str | None:
        """Give a parameter; the last one counts when it came twice."""
        return next((value for key, value in reversed(self.pairs) if key == name), None)

    def need(self, name: str) -> str:
        """Give a parameter. Raises a problem naming it when it is missing."""
        value = self.get(name)
        if value is None:
            raise wrong(name, "This parameter is required and was not provided.")
        return value

    def listed(self, name: str) -> tuple[str, ...]:
        """Give the values of a parameter that may be repeated or hold commas. Raises a problem when there are many."""
        values = [part.strip() for key, value in self.pairs if key == name for part in value.split(",")]
        if len(values) > MOST_LISTED:
            raise wrong(name, f"Send at most {MOST_LISTED} values at once.")
        return tuple(dict.fromkeys(value for value in values if value))

    def every(self, name: str) -> tuple[str, ...]:
        """Give the values of a parameter that may be repeated, and may itself hold commas."""
        return tuple(dict.fromkeys(value.strip() for key, value in self.pairs if key in {name, f"{name}[]"}))

    def flag(self, name: str) -> bool:
        """Tell whether a parameter says yes."""
        return (self.get(name) or "").strip().lower() in _YES

    def whole(self, name: str, default: int, most: int) -> int:
        """Read a whole number from 1 to `most`. Raises a problem naming it."""
        text = self.get(name)
        if text is None:
            return default
        number = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(most)) + 1 else 0
        if not 1 <= number <= most:
            raise wrong(name, f"Expected a whole number from 1 to {most}.")
        return number

    def degrees(self, name: str, most: float) -> float | None:
        """Read a coordinate. Raises a problem naming it."""
        text = self.get(name)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not -most <= number <= most:
            raise wrong(name, f"Expected decimal degrees (WGS 84) from -{most:.0f} to {most:.0f}.")
        return number

    def moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        """Read a W3C date and time; one without an offset is the city's own. Raises a problem naming it."""
        text = self.get(name)
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(_LOST_PLUS.sub(r"+\1", text.strip()))
            at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            at = _NEVER
        if at.year not in _YEARS:
            raise wrong(name, "Expected a W3C date and time, for example 2026-01-31T09:00:00Z.")
        return at

    def period(self, names: tuple[str, str], zone: ZoneInfo, now: datetime, days: int) -> Period | None:
        """Read two ends of a period of at most `days`; one end alone takes that length. None when neither was sent."""
        span = timedelta(days=days)
        first, last = (self.moment(name, zone) for name in names)
        if first is None and last is None:
            return None
        start = first if first is not None else (last or now) - span
        end = last if last is not None else start + span
        if not start <= end <= start + span:
            raise wrong(names[1], f"It must not lie before {names[0]}, nor more than {days} days after it.")
        return start, end

    def answers(self) -> dict[str, Answer]:
        """Collect `attribute[code]=…` and `attribute[code][]=…`; the latter, or a repeated one, are several answers."""
        found: dict[str, Answer] = {}
        for name, value in self.pairs:
            match = _ATTRIBUTE.match(name)
            if match:
                code, several = match[1], match[2] is not None
                before = found.get(code, ())
                known = (before,) if isinstance(before, str) else before
                found[code] = (*known, value) if several or known else value
        return found
