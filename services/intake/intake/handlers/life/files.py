"""One request in a transaction, as it is read from its rows and written back to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.sql import Row
from contracts.event import RequestFacts
from contracts.intake import Change, ClockResumed, Evidence
from contracts.vocabulary import Channel, Clock, Disposition, Substatus
from intake.domain.life.case import Case, Part
from intake.domain.life.closing import Outcome
from intake.domain.life.reopening import Closure
from intake.domain.masking import mask


@dataclass(slots=True)
class File:
    """One request in this transaction: the case, its place in each topic, and whom it follows, and its closing.

    `stands_still` says whether the others were last told that its clock does.
    """

    row: Row
    case: Case
    about: RequestFacts
    sequences: dict[str, int]
    closure: dict[str, Any] | None
    parent: UUID | None = None
    updated_at: datetime | None = None
    moved: dict[UUID, Part] = field(default_factory=dict)
    arrived: dict[UUID, None] = field(default_factory=dict)
    stands_still: bool = False

    def next(self, topic: str) -> int:
        """Count one further in a topic."""
        self.sequences[topic] += 1
        return self.sequences[topic]

    def told(self, kind: str) -> None:
        """Note what the others were told of the clock."""
        self.stands_still = _CLOCKS.get(kind, self.stands_still)

    def correct(self, service_code: str) -> None:
        """Note that it is another service's work; every event from here on says so."""
        self.about = self.about.model_copy(update={"service_code": service_code})

    def ends_pause(self) -> tuple[Change, ...]:
        """Say, before a closing, that a clock which stands still runs again.

        Closings and changes travel on different topics, so that whoever follows the pauses need not hear of closings.
        """
        return (ClockResumed(closing=True),) if self.stands_still else ()


def file_of(row: Row, parts: Sequence[Row]) -> File:
    """Read a request with its parts."""
    case = Case(
        substatus=Substatus(row["substatus"]),
        language=row["language"],
        paused=row["paused"],
        parts=tuple(_part(part) for part in parts),
        reopen_count=row["reopen_count"],
        closure=_closure(row["closure"]),
    )
    sequences = {topic: row[f"{topic}_sequence"] for topic in ("updated", "closed", "reopened")}
    about, still = facts_of(row), row["paused"]
    return File(row, case, about, sequences, row["closure"], row["parent_request_id"], stands_still=still)


def facts_of(row: Row) -> RequestFacts:
    """Say what every event carries about a request."""
    return RequestFacts(
        tracking_number=row["tracking_number"],
        service_code=row["service_code"],
        language=row["language"],
        contact_refs=(*row["contact_refs"].split(), *(row["followers"] or "").split()),
        channel=Channel(row["channel"]),
        opened_at=row["opened_at"],
        clock=Clock.EVENT if row["on_event_clock"] else Clock.WALL,
    )


def _part(row: Row) -> Part:
    outcome = row["outcome"]
    return Part(
        assignment_id=row["assignment_id"],
        agency=row["agency"],
        substatus=Substatus(row["substatus"]),
        ended=row["ended"],
        outcome=_outcome(outcome) if outcome else None,
        queue=row["queue"],
        crew=row["crew"],
        priority=row["priority"],
        scheduled_for=row["scheduled_for"],
        since=row["since"],
    )


def _outcome(kept: Mapping[str, Any]) -> Outcome:
    return Outcome(
        agency=kept["agency"],
        disposition=Disposition(kept["disposition"]),
        explanation=kept["explanation"],
        evidence=tuple(Evidence(**item) for item in kept["evidence"]),
        visible_from=_moment(kept.get("visible_from")),
    )


def _closure(kept: Mapping[str, Any] | None) -> Closure | None:
    if kept is None:
        return None
    return Closure(
        UUID(kept["closure_id"]),
        Disposition(kept["disposition"]),
        datetime.fromisoformat(kept["closed_at"]),
        _moment(kept.get("visible_from")),
    )


def _moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def state_of(file: File) -> dict[str, Any]:
    """Write where a request stands."""
    return {
        "request_id": file.row["request_id"],
        "substatus": file.case.substatus.value,
        "paused": file.case.paused,
        "reopen_count": file.case.reopen_count,
        "closure": file.closure,
        "updated_at": file.updated_at,
        **{f"{topic}_sequence": sequence for topic, sequence in file.sequences.items()},
    }


def part_row(part: Part, change: int) -> dict[str, Any]:
    """Write where a part stands; `change` numbers the transaction, so that what changed since can be asked for."""
    outcome = part.outcome
    return {
        "queue": part.queue,
        "crew": part.crew,
        "priority": part.priority,
        "scheduled_for": part.scheduled_for,
        "since": part.since,
        "change": change,
        "assignment_id": part.assignment_id,
        "agency": part.agency,
        "substatus": part.substatus.value,
        "ended": part.ended,
        "outcome": outcome
        and {
            "agency": outcome.agency,
            "disposition": outcome.disposition.value,
            "explanation": outcome.explanation,
            "evidence": [item.model_dump(mode="json") for item in outcome.evidence],
            "visible_from": outcome.visible_from and outcome.visible_from.isoformat(),
        },
    }


_CLOCKS: Final[Mapping[str, bool]] = {"clock_paused": True, "clock_resumed": False}
"""What a change says of whether the clock stands still."""

UNKEPT: Final = frozenset({"request_id", "sequence", "about", "reopen_count", "area", "crew"})
"""What a closing tells beside what is kept of it: the request has it already."""


def crew_told(case: Case) -> str | None:
    """Name the team that did the work, so that praise reaches it; a person's name in it is masked."""
    crew = next((part.crew for part in reversed(case.parts) if part.crew), None)
    return mask(crew)[:100] if crew else None
