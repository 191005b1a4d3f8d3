"""How quickly requests of an area were completed, as residents read it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

DAYS = timedelta(days=90)
"""How far back is looked."""
LEAST = 5
"""Fewer closings than these tell nothing of the next one."""


class Pace(NamedTuple):
    """The closings of an area: how many, within how many days half of them were done, and eight of ten."""

    closed: int
    half: float
    most: float


def pace_of(row: Mapping[str, Any]) -> Pace | None:
    """Read what was counted; None where too few were closed to say anything.

    >>> pace_of({"closed": 40, "half": 86_400.0, "most": 5 * 86_400.0})
    Pace(closed=40, half=1.0, most=5.0)
    >>> pace_of({"closed": 4, "half": 60.0, "most": 60.0}) is None
    True
    """
    if row["closed"] < LEAST:
        return None
    return Pace(row["closed"], *(round(row[part] / 86_400, 1) for part in ("half", "most")))
