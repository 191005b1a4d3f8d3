"""Updates that agencies post with their own key: judged by the rules of their outbox, refused to everybody else."""

from collections.abc import Sequence
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import FieldError, Problem, forbidden, invalid
from chassis.principals import Principal, may
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from intake import store
from intake.domain.agencies.bulk import HELD
from intake.domain.life.case import Part
from intake.domain.life.closing import Refusal
from intake.domain.open311.updates import Update, report_of
from intake.domain.policy import POLICY
from intake.handlers.agencies.hearing import Hearing, Told, is_taken
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, File, Why
from intake.handlers.open311.keys import admit


async def file_updates(tx: Transaction, commands: Sequence[Command[Update]], desk: Desk) -> list[Reply | Problem]:
    """Apply agencies' updates in order, each once: a repeat is answered again and changes nothing."""
    clients = await admit(tx, commands)
    cases = await Cases.load(tx, [command.payload.request_id for command in commands])
    judged = [_report(cases, c, who, desk) for c, who in zip(commands, clients, strict=True)]
    keys = {n: _key(report, clients[n]) for n, report in enumerate(judged) if isinstance(report, AgencyReport)}
    seen = await store.reports_known(tx, list(keys.values())) if keys else set()
    told = {
        n: Told(report, keys[n][0], "open311") for n, report in enumerate(judged) if isinstance(report, AgencyReport)
    }
    hearing = await Hearing.open(tx, cases, list(told.values()), desk)
    answers: list[Reply | Problem] = []
    for n, (command, report) in enumerate(zip(commands, judged, strict=True)):
        if isinstance(report, AgencyReport) and keys[n] not in seen:
            refusal = hearing.hear(told[n], Why(command, command.now))
            answers.append(_refused(refusal) if refusal else _taken(report))
            if is_taken(refusal):
                seen.add(keys[n])
                await tx.insert(store.Report, [_row(keys[n], command)])
        else:
            answers.append(report if isinstance(report, Problem) else _taken(report))
    await hearing.close()
    return answers


def _report(cases: Cases, command: Command[Update], client: Principal | Problem, desk: Desk) -> AgencyReport | Problem:
    if isinstance(client, Problem):
        return client
    update, file = command.payload, cases.files.get(command.payload.request_id)
    part = _part(file, client.agency, update.assignment_id) if file else None
    if not may(POLICY, client, "open311.update", agency=part.agency if part else None):
        return forbidden("open311.update", "this api_key on this request")
    assert part is not None  # noqa: S101 - the policy asked for its agency
    return report_of(update, part.assignment_id, desk.city)


def _part(file: File, agency: str | None, assignment_id: UUID | None) -> Part | None:
    """Find the assignment meant: the one named, else the agency's latest, one that still runs before one that ended."""
    own = [part for part in file.case.parts if part.agency == agency]
    if assignment_id:
        return next((part for part in own if part.assignment_id == assignment_id), None)
    return next((part for part in reversed(own) if not part.ended), own[-1] if own else None)


def _key(report: AgencyReport, client: Principal | Problem) -> tuple[str, UUID, str]:
    agency = client.agency if isinstance(client, Principal) else None
    return agency or "", report.assignment_id, report.update_id


def _taken(report: AgencyReport) -> Reply:
    return Reply(200, {"update_id": report.update_id})


def _refused(refusal: Refusal) -> Reply | Problem:
    if refusal.code == HELD:
        return Reply(202, {"held": True, "detail": refusal.detail})
    allowed = f" Allowed: {', '.join(refusal.allowed)}." if refusal.allowed else ""
    return invalid([FieldError(field=refusal.code, problem=refusal.detail + allowed)])


def _row(key: tuple[str, UUID, str], command: Command[Update]) -> Facts:
    agency, assignment_id, update_id = key
    return {"agency": agency, "assignment_id": assignment_id, "update_id": update_id, "at": command.now, "body": None}
