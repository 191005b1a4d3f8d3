"""A batch's requests, locked: each decision is noted here, told on the log, and saved in whole statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.ids import derived_uuid
from chassis.records import Cause
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from contracts.intake import Change, Evidence, RequestClosed, RequestReopened, RequestUpdated
from contracts.vocabulary import Channel, Clock, Disposition, Substatus
from intake import store
from intake.domain.case import Case, Part, closed, reopened
from intake.domain.closing import Outcome
from intake.domain.reopening import Closure


@dataclass(frozen=True, slots=True)
class Why:
    """What caused a change, when it happened, and by whose clock (`event` for imported history)."""

    cause: Cause
    at: datetime
    clock: str | None = None


@dataclass(slots=True)
class File:
    """One request in this transaction: the case, its place in each topic, and what was last told of its closing."""

    row: Row
    case: Case
    about: RequestFacts
    sequences: dict[str, int]
    closure: dict[str, Any] | None
    updated_at: datetime | None = None
    moved: dict[UUID, Part] = field(default_factory=dict)

    def next(self, topic: str) -> int:
        """Count one further in a topic."""
        self.sequences[topic] += 1
        return self.sequences[topic]


class Cases:
    """The locked requests of one batch."""

    def __init__(self, tx: Transaction, files: Mapping[UUID, File]) -> None:
        self._tx, self.files = tx, files
        self._timeline: list[dict[str, Any]] = []
        self._new_parts: dict[UUID, dict[str, Any]] = {}

    @classmethod
    async def load(cls, tx: Transaction, request_ids: Sequence[UUID]) -> Self:
        """Lock these requests and read where they stand; an id that is not ours is simply not in `files`."""
        rows = await store.lock_requests(tx, request_ids)
        parts = await store.assignments_of(tx, [row["request_id"] for row in rows])
        return cls(tx, {row["request_id"]: _file(row, parts.get(row["request_id"], ())) for row in rows})

    def note(self, request_id: UUID, at: datetime, kind: str, detail: Mapping[str, Any]) -> None:
        """Write a line of the timeline."""
        self._timeline.append({"request_id": request_id, "at": at, "kind": kind, "detail": dict(detail)})

    def keep(self, request_id: UUID, case: Case, at: datetime) -> None:
        """Remember where a case now stands."""
        file = self.files[request_id]
        before = {part.assignment_id: part for part in file.case.parts}
        for part in case.parts:
            if before.get(part.assignment_id) != part:
                file.moved[part.assignment_id] = part
        file.case, file.updated_at = case, max(at, file.updated_at or at)

    def tell(self, request_id: UUID, changes: Sequence[Change], by: str, why: Why) -> None:
        """Publish changes and write them on the timeline."""
        file = self.files[request_id]
        for change in changes:
            event = RequestUpdated(
                request_id=request_id, sequence=file.next("updated"), about=file.about, change=change, by=by
            )
            self._tx.publish(event, why.cause, at=why.at, clock=why.clock)
            self.note(request_id, why.at, change.kind, change.model_dump(mode="json", exclude={"kind"}))
        file.updated_at = why.at

    def close(self, request_id: UUID, ending: Outcome, by: str, agencies: Sequence[str], why: Why) -> UUID:
        """Close a request, publish it, and return the closing's id."""
        file = self.files[request_id]
        sequence = file.next("closed")
        event = RequestClosed(
            request_id=request_id,
            sequence=sequence,
            about=file.about,
            closure_id=derived_uuid("closure", request_id, sequence),
            disposition=ending.disposition,
            explanation=ending.explanation,
            evidence=ending.evidence,
            closed_at=why.at,
            closed_by=by,
            agencies=tuple(dict.fromkeys(agencies)),
            reopen_count=file.case.reopen_count,
        )
        self._tx.publish(event, why.cause, at=why.at, clock=why.clock)
        self.keep(request_id, closed(file.case, Closure(event.closure_id, ending.disposition, why.at)), why.at)
        file.closure = event.model_dump(mode="json", exclude={"request_id", "sequence", "about", "reopen_count"})
        self.note(request_id, why.at, "closed", file.closure)
        return event.closure_id

    def reopen(self, request_id: UUID, decided_by: str, comment_ref: str | None, why: Why) -> int:
        """Reopen a request under the same number, publish it, and return its count of reopenings."""
        file = self.files[request_id]
        closure = file.closure or {}
        event = RequestReopened(
            request_id=request_id,
            sequence=file.next("reopened"),
            about=file.about,
            closure_id=UUID(closure["closure_id"]),
            reopen_count=file.case.reopen_count + 1,
            reopened_at=why.at,
            agencies=tuple(closure["agencies"]),
            comment_ref=comment_ref,
            decided_by=decided_by,
        )
        self._tx.publish(event, why.cause, at=why.at, clock=why.clock)
        self.keep(request_id, reopened(file.case), why.at)
        file.closure = None
        self.note(request_id, why.at, "reopened", event.model_dump(mode="json", exclude={"about"}))
        return event.reopen_count

    def add_part(self, request_id: UUID, part: Part, assigned_at: datetime) -> None:
        """Remember a part that was not there before."""
        self._new_parts[part.assignment_id] = {"request_id": request_id, "assigned_at": assigned_at}

    async def save(self) -> None:
        """Write everything back, a statement a table."""
        await self._tx.update(store.Request, [_state(f) for f in self.files.values() if f.updated_at], ("request_id",))
        moved = [part for file in self.files.values() for part in file.moved.values()]
        new = self._new_parts
        fresh = [_part_row(part) | new[part.assignment_id] for part in moved if part.assignment_id in new]
        await self._tx.insert(store.Assignment, fresh)
        old = [_part_row(part) for part in moved if part.assignment_id not in new]
        await self._tx.update(store.Assignment, old, ("assignment_id",))
        await self._tx.insert(store.TimelineEntry, self._timeline)


def _file(row: Row, parts: Sequence[Row]) -> File:
    case = Case(
        substatus=Substatus(row["substatus"]),
        language=row["language"],
        paused=row["paused"],
        parts=tuple(_part(part) for part in parts),
        reopen_count=row["reopen_count"],
        closure=_closure(row["closure"]),
    )
    sequences = {topic: row[f"{topic}_sequence"] for topic in ("updated", "closed", "reopened")}
    return File(row=row, case=case, about=facts_of(row), sequences=sequences, closure=row["closure"])


def facts_of(row: Row) -> RequestFacts:
    """Say what every event carries about a request."""
    return RequestFacts(
        tracking_number=row["tracking_number"],
        service_code=row["service_code"],
        language=row["language"],
        contact_refs=tuple(row["contact_refs"].split()),
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
    )


def _outcome(kept: Mapping[str, Any]) -> Outcome:
    return Outcome(
        agency=kept["agency"],
        disposition=Disposition(kept["disposition"]),
        explanation=kept["explanation"],
        evidence=tuple(Evidence(**item) for item in kept["evidence"]),
    )


def _closure(kept: Mapping[str, Any] | None) -> Closure | None:
    if kept is None:
        return None
    return Closure(
        UUID(kept["closure_id"]), Disposition(kept["disposition"]), datetime.fromisoformat(kept["closed_at"])
    )


def _state(file: File) -> dict[str, Any]:
    return {
        "request_id": file.row["request_id"],
        "substatus": file.case.substatus.value,
        "paused": file.case.paused,
        "reopen_count": file.case.reopen_count,
        "closure": file.closure,
        "updated_at": file.updated_at,
        **{f"{topic}_sequence": sequence for topic, sequence in file.sequences.items()},
    }


def _part_row(part: Part) -> dict[str, Any]:
    outcome = part.outcome
    return {
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
        },
    }
