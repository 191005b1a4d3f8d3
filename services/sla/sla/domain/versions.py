"""Targets over time: which version holds for a request is decided by the day it was opened."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from contracts.city import Target


class Version(NamedTuple):
    """One version of a service's target.

    What a person publishes holds from a day to come and never before; the first of the city's folder also measures what
    was opened before it, as imported history was.
    """

    target: Target
    is_published: bool = False


def version_on(versions: Sequence[Version], day: date) -> Version | None:
    """Return the newest version that held on a day; before the folder's first that one, and none that was published.

    >>> from contracts.city import Span
    >>> def version(year):
    ...     due = Span(amount=1, unit="days")
    ...     said = {"signed": False, "set_by": "x", "basis": "proposed", "source": "x", "due": due}
    ...     return Version(Target(service="lamp", effective_from=date(year, 1, 1), **said))
    >>> both = [version(2026), version(2027)]
    >>> [version_on(both, date(year, 6, 1)).target.effective_from.year for year in (2025, 2026, 2028)]
    [2026, 2026, 2027]
    >>> version_on([version(2027)._replace(is_published=True)], date(2026, 6, 1)) is None
    True
    """
    held = [version for version in versions if version.target.effective_from <= day]
    return held[-1] if held else next((version for version in versions if not version.is_published), None)
