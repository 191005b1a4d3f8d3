"""Hours of the week, as rules name them."""

import re
from datetime import datetime, time
from functools import cached_property
from typing import Final, Self

from pydantic import ConfigDict, RootModel, model_validator

from contracts.city.base import DAYS

DAY_MINUTES: Final = 1440
WEEK_MINUTES: Final = 7 * DAY_MINUTES
_FORM: Final = re.compile(r"^([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))? (\d\d:\d\d)-(\d\d:\d\d)$")


class WeekHours(RootModel[str]):
    """Hours on some days of the week, in the city's own time; they may run past midnight and past Sunday.

    >>> night = WeekHours("Fri-Sat 22:00-06:00")
    >>> [night.holds(datetime(2026, 11, day, hour)) for day, hour in ((20, 21), (20, 22), (21, 5), (21, 6), (22, 5))]
    [False, True, True, False, True]
    >>> WeekHours("Sat-Mon 00:00-24:00").holds(datetime(2026, 11, 22, 12))
    True
    """

    model_config = ConfigDict(frozen=True)

    def holds(self, local: datetime) -> bool:
        """Whether these hours hold at a local time of the city."""
        return minute_of_week(local) in self.minutes

    @cached_property
    def minutes(self) -> frozenset[int]:
        """The minutes of the week, from Monday's midnight, in which they hold."""
        first, last, opens, closes = _read(self.root)
        days = [(first + step) % 7 for step in range((last - first) % 7 + 1)]
        length = (closes - opens) % DAY_MINUTES or DAY_MINUTES
        starts = (day * DAY_MINUTES + opens for day in days)
        return frozenset((start + minute) % WEEK_MINUTES for start in starts for minute in range(length))

    @model_validator(mode="after")
    def _readable(self) -> Self:
        try:
            _read(self.root)
        except (ValueError, TypeError):
            raise ValueError("is not a way to say hours; write, for example, Mon-Fri 22:00-06:00") from None
        return self


def minute_of_week(local: datetime) -> int:
    """Count the minutes since Monday's midnight.

    >>> minute_of_week(datetime(2026, 11, 24, 0, 5))
    1445
    """
    return local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute


def _read(text: str) -> tuple[int, int, int, int]:
    """Return first day, last day, and the minutes of opening and closing; raises where the text is something else."""
    first, last, opens, closes = _FORM.match(text).groups()  # type: ignore[union-attr]
    return DAYS.index(first), DAYS.index(last or first), _minutes(opens), _minutes(closes)


def _minutes(text: str) -> int:
    if text == "24:00":
        return DAY_MINUTES
    moment = time.fromisoformat(text)
    return moment.hour * 60 + moment.minute
