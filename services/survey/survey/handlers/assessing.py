"""Assessments: what an agency or a supervisor makes of the results of a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, invalid
from chassis.ids import derived_id
from chassis.principals import may
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.city import City
from survey import store
from survey.domain.policy import POLICY
from survey.handlers.sharing import settle_assessed


@dataclass(frozen=True, slots=True)
class Assessed:
    """What was made of the results of a time."""

    since: date
    until: date
    agency: str | None
    findings: str
    changes: str


async def assess(tx: Transaction, commands: Sequence[Command[Assessed]], city: City) -> Sequence[Reply | Problem]:
    """Note what was made of the results of a time, and what is changed because of it; who was to do so is done."""
    return [await _assess(tx, command, city) for command in commands]


async def _assess(tx: Transaction, command: Command[Assessed], city: City) -> Reply | Problem:
    said = command.payload
    if not may(POLICY, command.principal, "assessment.write", agency=said.agency):
        return forbidden("assessment.write", command.principal.role)
    if said.since >= said.until:
        return invalid([{"field": "until", "problem": "must be after since"}])
    named, by = derived_id("assessment", command.id), command.principal.agency or command.principal.role
    row = {"assessment_id": named, "since": said.since, "until": said.until, "agency": said.agency}
    await store.add_assessment(
        tx, row | {"by": by, "at": command.now, "findings": said.findings, "changes": said.changes}
    )
    if said.agency:
        await settle_assessed(tx, said.agency, said.since, said.until, command, city)
    tx.audit(command.principal, "assessment.write", named, {})
    return Reply(201, {"assessment_id": named})
