"""Reports that come by Open311: admitted by their key, then taken as every report is."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, forbidden
from chassis.principals import Principal, may
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.vocabulary import Operator
from intake import store
from intake.domain.policy import POLICY
from intake.domain.requests.submission import Report
from intake.handlers.desk import Desk, Facts
from intake.handlers.open311.keys import admit
from intake.handlers.requests.taking import take_new_requests


class Form(Report, Protocol):
    """A report that can be copied with another operator, once its key has told who that is."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy it with some values replaced."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A report under the API key of this hash, and what only Open311 knows of it."""

    report: Form
    key: str
    wants_token: bool = False
    device_id: str | None = None
    account_id: str | None = None
    address_id: str | None = None


async def file_reports(tx: Transaction, commands: Sequence[Command[Filing]], desk: Desk) -> list[Reply | Problem]:
    """Take the reports of admitted clients; each is answered by itself, with a number or, if asked, a token."""
    clients = await admit(tx, commands)
    asked = {n: _asked(c, who) for n, (c, who) in enumerate(zip(commands, clients, strict=True))}
    good = {n: command for n, command in asked.items() if isinstance(command, Command)}
    reports = [_for_report(command) for command in good.values()]
    answers = dict(zip(good, await take_new_requests(tx, reports, desk), strict=True)) if reports else {}
    made = {n: answer for n, answer in answers.items() if isinstance(answer, Reply)}
    await tx.insert(store.VaultOpen311, [row for n in made if (row := _row(good[n].payload, made[n]))])
    tokens = {n: secrets.token_hex(12) for n in made if good[n].payload.wants_token}
    await tx.insert(store.Open311Token, [_token_row(tokens[n], made[n]) for n in tokens])
    return [_answer(asked[n], answers.get(n), tokens.get(n)) for n in asked]


def _asked(command: Command[Filing], client: Principal | Problem) -> Command[Filing] | Problem:
    if isinstance(client, Problem):
        return client
    if not may(POLICY, client, "open311.create"):
        return forbidden("open311.create", client.role)
    return replace(command, principal=client)


def _for_report(command: Command[Filing]) -> Command[Report]:
    report: Report = command.payload.report
    if command.principal.agency:
        report = command.payload.report.model_copy(update={"operator": Operator.OWN_DEPARTMENT})
    return Command(report, command.principal, command.id, command.now, command.key, command.traceparent)


def _row(filing: Filing, reply: Reply) -> Facts | None:
    kept = (filing.device_id, filing.account_id, filing.address_id)
    if not any(kept):
        return None
    names = ("device_id", "account_id", "address_id")
    return {"request_id": UUID(reply.body["request_id"]), **dict(zip(names, kept, strict=True))}


def _token_row(token: str, reply: Reply) -> Facts:
    return {"token": token, "request_id": UUID(reply.body["request_id"])}


def _answer(asked: Command[Filing] | Problem, answer: Reply | Problem | None, token: str | None) -> Reply | Problem:
    if isinstance(asked, Problem) or answer is None:
        return asked if isinstance(asked, Problem) else Problem(500, "Not answered", "The report was not judged.")
    if isinstance(answer, Reply) and token:
        return Reply(answer.status, {**answer.body, "token": token})
    return answer
