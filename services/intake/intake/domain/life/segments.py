"""How long each desk had a request, and where it stood meanwhile: spans with both ends, read off the timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

_ENDS: Final = frozenset({"completed", "closed"})


@dataclass(slots=True)
class Segment:
    """One agency's part standing at one substatus, from then until then; `until` None runs still."""

    agency: str | None
    substatus: str
    since: datetime
    until: datetime | None = None


Entry = tuple[str, datetime, Mapping[str, Any]]
"""A line of the timeline: its kind, when, and its detail."""


def segments_of(opened_at: datetime, entries: Sequence[Entry]) -> list[Segment]:
    """Cut a timeline into segments; before an agency has it, and while a referral looks for one, nobody's name stands.

    >>> from datetime import UTC
    >>> at = [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in range(24)]
    >>> told = [("assigned", at[1], {"agency": "lights"}),
    ...         ("substatus", at[3], {"agency": "lights", "substatus": "in_progress"}),
    ...         ("closed", at[7], {"agencies": ["lights"]})]
    >>> [(one.agency, one.substatus, one.since.hour, one.until.hour) for one in segments_of(at[0], told)]
    [(None, 'received', 0, 1), ('lights', 'assigned', 1, 3), ('lights', 'in_progress', 3, 7)]
    """
    running: dict[str | None, Segment] = {None: Segment(None, "received", opened_at)}
    done = [running[None]]
    for kind, at, detail in entries:
        moves = _moves(kind, detail, running)
        for agency, substatus in moves:
            _stop(running, agency, at)
            if substatus not in _ENDS:
                running[agency] = Segment(agency, substatus, at)
                done.append(running[agency])
    return [segment for segment in done if segment.until is None or segment.until > segment.since]


def _moves(
    kind: str, detail: Mapping[str, Any], running: Mapping[str | None, Segment]
) -> Sequence[tuple[str | None, str]]:
    """Say whose segment ends, and what it stands at from then on."""
    agency = detail.get("agency")
    if kind == "assigned":
        return ((None, "closed"), (agency, "assigned"))
    if kind == "substatus":
        waiting = [name for name, one in running.items() if one.substatus == "awaiting_requester"]
        names = [agency] if agency else waiting  # an answer sets the work of those going who asked
        return tuple((name, str(detail["substatus"])) for name in names)
    if kind == "referral":
        return ((detail.get("from_agency"), "closed"), (None, "referred"))
    if kind == "verification" and detail.get("state") == "asked":
        return ((agency, "verification"),)
    if kind in {"closed", "duplicate"}:
        return tuple((name, "closed") for name in running)
    return ((None, "received"),) if kind in {"reopened", "duplicate_unlinked"} else ()


def _stop(running: dict[str | None, Segment], agency: str | None, at: datetime) -> None:
    old = running.pop(agency, None)
    if old:
        old.until = max(at, old.since)


def durations_of(segments: Sequence[Segment], now: datetime) -> dict[str, Any]:
    """Add up the seconds of each agency, of each substatus, and from start to end.

    >>> from datetime import UTC
    >>> nine, ten = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC)
    >>> durations_of([Segment(None, "received", nine, ten), Segment("lights", "assigned", ten)], ten)
    {'agencies': {'lights': 0}, 'substatuses': {'received': 3600, 'assigned': 0}}
    """
    agencies: dict[str, int] = {}
    substatuses: dict[str, int] = {}
    for segment in segments:
        seconds = int(((segment.until or now) - segment.since).total_seconds())
        if segment.agency:
            agencies[segment.agency] = agencies.get(segment.agency, 0) + seconds
        substatuses[segment.substatus] = substatuses.get(segment.substatus, 0) + seconds
    return {"agencies": agencies, "substatuses": substatuses}
