"""Steps that the city takes by itself: promised when a part comes to stand somewhere, taken if it still does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.ids import derived_id
from chassis.records import Due
from chassis.transaction import Transaction
from contracts.city.steps import AutomaticStep
from contracts.vocabulary import Clock
from intake.domain.life.case import Part
from intake.domain.life.steps import ORDER, is_still_due, take
from intake.handlers.desk import Desk
from intake.handlers.life.cases import Cases, File, Why

STEPPING: Final = "intake.step"
"""The timer of automatic steps."""


def promise_steps(tx: Transaction, cases: Cases, desk: Desk) -> None:
    """Promise what happens by itself where parts now stand; imported history moves by its own records alone."""
    if not desk.city.steps.steps:
        return
    for file in cases.files.values():
        if file.arrived and file.about.clock is Clock.WALL:
            _promise(tx, file, desk)


def _promise(tx: Transaction, file: File, desk: Desk) -> None:
    for name in file.arrived:
        part = file.case.part(name)
        if part is None or part.ended or part.since is None:
            continue
        for step in desk.city.steps.automatic(file.about.service_code, part.agency, part.substatus):
            _schedule(tx, file.row["request_id"], part, step, 1, part.since + timedelta(hours=step.after_hours))


def _schedule(tx: Transaction, request_id: UUID, part: Part, step: AutomaticStep, count: int, due_at: datetime) -> None:
    assert part.since  # noqa: S101 - it stands somewhere since a moment
    payload: dict[str, Any] = {
        "request_id": str(request_id),
        "assignment_id": str(part.assignment_id),
        "step": step.id,
        "since": part.since.isoformat(),
        "count": count,
    }
    key = f"{part.assignment_id}/{step.id}"
    tx.schedule(STEPPING, key, due_at, payload, because=Due(STEPPING, key, due_at, payload, "", due_at))


async def take_steps(tx: Transaction, due: Sequence[Due], desk: Desk) -> None:
    """Take the steps whose time has come, where nothing moved meanwhile."""
    known = {step.id: step for step in desk.city.steps.steps}
    wanted = [(known[d.payload["step"]], d) for d in due if d.payload["step"] in known]
    cases = await Cases.load(tx, [UUID(d.payload["request_id"]) for _, d in wanted])
    for step, d in sorted(wanted, key=lambda pair: (pair[1].due_at, ORDER[pair[0].does])):
        file = cases.files.get(UUID(d.payload["request_id"]))
        part = file.case.part(UUID(d.payload["assignment_id"])) if file else None
        if file and part and is_still_due(part, step, datetime.fromisoformat(d.payload["since"])):
            _take(tx, cases, file, part, step, d, desk)
    promise_steps(tx, cases, desk)
    await cases.save()


def _take(tx: Transaction, cases: Cases, file: File, part: Part, step: AutomaticStep, d: Due, desk: Desk) -> None:
    request_id: UUID = file.row["request_id"]
    taken = take(file.case, part, step, desk.city, derived_id("message", d.id), d.now)
    cases.keep(request_id, taken.case, d.now)
    cases.tell(request_id, taken.changes, "system", Why(d, d.now))
    count = int(d.payload["count"]) + 1
    if step.again_hours and count <= step.times:
        _schedule(tx, request_id, part, step, count, d.now + timedelta(hours=step.again_hours))
