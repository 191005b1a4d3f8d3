"""What agencies report: masked on entry, held against the rules, told on or refused back by name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from chassis.records import Due, Received
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.intake import Evidence, Photo
from contracts.vocabulary import EvidenceKind
from intake import store
from intake.domain.agencies.reporting import PATIENCE
from intake.domain.agencies.standing import current_of, unknown_assignment
from intake.handlers.agencies.hearing import Hearing, Told, is_taken
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why
from intake.handlers.photos.keeping import claimed_photos, hang, photos_in

WAITING = "intake.report_waiting"
"""The timer of updates that wait for their assignment."""


async def take_agency_reports(tx: Transaction, received: Sequence[Received[AgencyReport]], desk: Desk) -> None:
    """Apply agencies' updates in order, each (agency, assignment, update) once; one too early waits."""
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    seen = await store.reports_known(tx, [_key(r) for r in received])
    new = [r for r in received if _key(r) not in seen]
    claimed = await claimed_photos(tx, [r.event for r in new], desk)
    new = [_shown(r, claimed) for r in new]
    hearing = await Hearing.open(tx, cases, [Told(r.event, _agency(r)) for r in new], desk)
    kept: list[Facts] = []
    for r in new:
        if _key(r) in seen:
            continue
        early = _is_early(cases, r.event)
        if early:
            _keep_waiting(tx, r)
        elif not is_taken(hearing.hear(Told(r.event, _agency(r)), Why(r, r.now))):
            continue
        if photos := photos_in(r.event, claimed):
            await hang(tx, cases, r.event.request_id, photos, f"agency:{_agency(r)}", r)
        seen.add(_key(r))
        kept.append(_report_row(r, early=early))
    await tx.insert(store.Report, kept)
    await hearing.close()


def _shown(received: Received[AgencyReport], claimed: Mapping[str, Photo]) -> Received[AgencyReport]:
    """Let the pictures that a report claims be evidence of the work, by their names."""
    shown = [Evidence(kind=EvidenceKind.PHOTO, reference=one.photo_id) for one in photos_in(received.event, claimed)]
    if not shown:
        return received
    event = received.event.model_copy(update={"evidence": (*received.event.evidence, *shown)})
    return replace(received, event=event)


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


async def refuse_waiting(tx: Transaction, due: Sequence[Due], desk: Desk) -> None:
    """Refuse the updates whose assignment never came."""
    causes = {UUID(d.payload["assignment_id"]): d for d in due}
    waiting = [row for rows in (await store.waiting_reports(tx, list(causes))).values() for row in rows]
    told = [Told(AgencyReport.model_validate(row["body"]), row["agency"]) for row in waiting]
    cases = await Cases.load(tx, [one.report.request_id for one in told])
    hearing = await Hearing.open(tx, cases, [], desk)
    for one in told:
        cause, file = causes[one.report.assignment_id], cases.files.get(one.report.request_id)
        current = current_of(file.case, one.agency) if file else ()
        hearing.refuse(one, unknown_assignment(current), Why(cause, cause.now))
    await hearing.close()
