"""What agencies report: masked on entry, held against the rules, told on or refused back by name."""

from collections.abc import Sequence
from uuid import UUID

from chassis.records import Due, Received
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.intake import UpdateRefused
from intake import store
from intake.domain.closing import Refusal
from intake.domain.reporting import PATIENCE, Applied, apply_report, has_words, masked, unknown_assignment
from intake.handlers.cases import Cases, Why
from intake.handlers.desk import Desk, Facts

WAITING = "intake.report_waiting"
"""The timer of updates that wait for their assignment."""


async def take_agency_reports(tx: Transaction, received: Sequence[Received[AgencyReport]], desk: Desk) -> None:
    """Apply agencies' updates in order, each (agency, assignment, update) once; one too early waits."""
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    names = await store.names_of(tx, [r.event.request_id for r in received if has_words(r.event)])
    seen = await store.reports_known(tx, [_key(r) for r in received])
    kept: list[Facts] = []
    for r in received:
        if _key(r) in seen:
            continue
        early = _is_early(cases, r.event)
        if early:
            _keep_waiting(tx, r)
        elif not apply_one(tx, cases, r.event, _agency(r), names.get(r.event.request_id, ()), Why(r, r.now), desk):
            continue
        seen.add(_key(r))
        kept.append(_report_row(r, early=early))
    await tx.insert(store.Report, kept)
    await cases.save()


def _agency(received: Received[AgencyReport]) -> str:
    return received.topic.split(".")[1]


def _key(received: Received[AgencyReport]) -> tuple[str, UUID, str]:
    return _agency(received), received.event.assignment_id, received.event.update_id


def _is_early(cases: Cases, report: AgencyReport) -> bool:
    file = cases.files.get(report.request_id)
    return file is not None and file.case.part(report.assignment_id) is None


def _keep_waiting(tx: Transaction, received: Received[AgencyReport]) -> None:
    agency, assignment_id, update_id = _key(received)
    payload = {"assignment_id": str(assignment_id)}
    key = waiting_key(agency, assignment_id, update_id)
    tx.schedule(WAITING, key, received.now + PATIENCE, payload, because=received)


def waiting_key(agency: str, assignment_id: UUID, update_id: str) -> str:
    """Name a waiting update."""
    return f"{agency}/{assignment_id}/{update_id}"


def _report_row(received: Received[AgencyReport], *, early: bool) -> Facts:
    agency, assignment_id, update_id = _key(received)
    return {
        "agency": agency,
        "assignment_id": assignment_id,
        "update_id": update_id,
        "at": received.now,
        "body": received.event.model_dump(mode="json") if early else None,
    }


def apply_one(
    tx: Transaction, cases: Cases, report: AgencyReport, agency: str, names: Sequence[str], why: Why, desk: Desk
) -> bool:
    """Apply one update, or refuse it back to its agency; tells whether it was taken."""
    refusal = settle_one(cases, report, agency, names, why, desk)
    if refusal:
        _refuse(tx, report, agency, refusal, why)
    return refusal is None


def settle_one(
    cases: Cases, report: AgencyReport, agency: str, names: Sequence[str], why: Why, desk: Desk
) -> Refusal | None:
    """Apply one update, or say by which rule it cannot be taken: the same for the outbox and for every other door."""
    file = cases.files.get(report.request_id)
    if file is None:
        return _UNKNOWN_REQUEST
    imported = _is_imported(file.about.clock.value, why)
    applied = apply_report(file.case, masked(report, names), agency, desk.city, imported=imported)
    if isinstance(applied, Refusal):
        return applied
    _tell(cases, report.request_id, agency, applied, why)
    return None


_UNKNOWN_REQUEST = Refusal("unknown_request", "No request has this request_id; send the one in the notice.")


def _is_imported(clock: str, why: Why) -> bool:
    return clock == "event" and isinstance(why.cause, Received) and why.cause.event_clock


def _tell(cases: Cases, request_id: UUID, agency: str, applied: Applied, why: Why) -> None:
    by = f"agency:{agency}"
    if applied.note:
        cases.note(request_id, why.at, "note", {"agency": agency, "text": applied.note})
    cases.keep(request_id, applied.case, why.at)
    cases.tell(request_id, applied.changes, by, why)
    if applied.ending:
        agencies = [part.agency for part in applied.case.parts if part.outcome]
        cases.close(request_id, applied.ending, by, agencies, why)


def _refuse(tx: Transaction, report: AgencyReport, agency: str, refusal: Refusal, why: Why) -> None:
    event = UpdateRefused(
        request_id=report.request_id,
        agency=agency,
        assignment_id=report.assignment_id,
        update_id=report.update_id,
        code=refusal.code,
        detail=refusal.detail,
        allowed=refusal.allowed,
    )
    tx.publish(event, why.cause, at=why.at, clock=why.clock)


async def refuse_waiting(tx: Transaction, due: Sequence[Due]) -> None:
    """Refuse the updates whose assignment never came."""
    causes = {UUID(d.payload["assignment_id"]): d for d in due}
    for assignment_id, rows in (await store.waiting_reports(tx, list(causes))).items():
        cause = causes[assignment_id]
        for row in rows:
            report = AgencyReport.model_validate(row["body"])
            _refuse(tx, report, row["agency"], unknown_assignment(), Why(cause, cause.now))
