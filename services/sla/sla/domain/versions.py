"""Targets over time: which version holds for a request is decided by the day it was opened."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from contracts.city import Target
from sla.domain.targets import Measured


class Version(NamedTuple):
    """One version of a service's target, ready to count by."""

    target: Target
    measured: Measured


def version_on(versions: Sequence[Version], day: date) -> Version | None:
    """Return the newest version that held on a day; what was opened before the first is measured by the first.

    >>> from datetime import timedelta
    >>> from contracts.city import Span
    >>> from sla.domain.calendar import ELAPSED
    >>> def version(year):
    ...     due = Span(amount=1, unit="days")
    ...     said = {"signed": False, "set_by": "x", "basis": "proposed", "source": "x", "due": due}
    ...     target = Target(service="lamp", effective_from=date(year, 1, 1), **said)
    ...     return Version(target, Measured(ELAPSED, timedelta(days=1)))
    >>> both = [version(2026), version(2027)]
    >>> [version_on(both, date(year, 6, 1)).target.effective_from.year for year in (2025, 2026, 2028)]
    [2026, 2026, 2027]
    """
    held = [version for version in versions if version.target.effective_from <= day]
    first = versions[0] if versions else None
    return held[-1] if held else first
