"""Reports that look like spam or abuse get their number, and wait for a person: released, they are as any other."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.ids import derived_id
from chassis.principals import Principal
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.frontends import RequestSubmitted
from intake import store
from intake.domain.masking import mask
from intake.domain.people.contacts import contact_ref
from intake.domain.requests.emergency import calls_for, said_of, told_to_call
from intake.domain.requests.submission import problems_of
from intake.domain.requests.suspicion import suspect
from intake.domain.requests.taking import forecast_words
from intake.domain.requests.tracking import BITS, tracking_number
from intake.handlers.desk import Desk, Facts
from intake.handlers.requests.taking import take_new_requests
from intake.store.public import expected


@dataclass(frozen=True, slots=True)
class Judged:
    """A held report, and what a person decided."""

    held_id: str
    release: bool
    reason: str


async def take_or_hold(tx: Transaction, commands: Sequence[Command[Any]], desk: Desk) -> list[Reply | Problem]:
    """Take reports; what the public sends and looks wrong is held instead."""
    signs = [_sign(command, desk) for command in commands]
    if not any(signs):
        return await take_new_requests(tx, commands, desk)
    plain = [command for command, sign in zip(commands, signs, strict=True) if sign is None]
    taken = iter(await take_new_requests(tx, plain, desk))
    return [
        next(taken) if sign is None else await _hold(tx, command, sign, desk)
        for command, sign in zip(commands, signs, strict=True)
    ]


def _sign(command: Command[Any], desk: Desk) -> str | None:
    report = command.payload
    if command.principal.role != "public":
        return None
    sign = suspect(report.description, desk.city.people.suspicion)
    return sign if sign and not problems_of(report, desk.city, command.now) else None


async def _hold(tx: Transaction, command: Command[Any], sign: str, desk: Desk) -> Reply:
    report, number = command.payload, tracking_number(secrets.randbits(BITS))
    undecided = dict.fromkeys(("decided_by", "decided_at", "reason"))
    row = {
        "held_id": _held_id(command.id),
        "tracking_number": number,
        "report": report.model_dump(mode="json"),
        "contact_ref": contact_ref(desk.link_key, report.reporter) if report.reporter else None,
        "why": sign,
        "state": "held",
        "at": tx.now,
    }
    await tx.insert(store.held.VaultHeld, [row | undecided])
    forecasts = await expected.forecasts_of(tx, [report.service_code])
    forecast = forecast_words(forecasts.get(report.service_code), desk.city)
    told = {"status": "held", "notice": desk.city.people.suspicion.told.root, **_warn(tx, command, desk)}
    return Reply(202, {"tracking_number": number, "service_code": report.service_code, "forecast": forecast, **told})


def _held_id(command_id: str) -> str:
    """Name a held report: its danger is counted under this name, both when it is held and when it is released."""
    return derived_id("held", command_id)


def _warn(tx: Transaction, command: Command[Any], desk: Desk) -> Facts:
    """Say whom to call whatever else looks wrong: somebody in danger waits for nobody's review."""
    report = command.payload
    calls = calls_for(report.description, desk.city)
    for call in calls:
        tx.publish(
            told_to_call(call, _held_id(command.id), desk.city, report.channel, operator=report.operator),
            because=command,
        )
    return dict(said_of(calls, desk.city))


async def judge_held(tx: Transaction, commands: Sequence[Command[Judged]], desk: Desk) -> list[Reply | Problem]:
    """Release held reports under the number they have, or refuse them for a reason."""
    return [await _judge(tx, command, desk) for command in commands]


async def _judge(tx: Transaction, command: Command[Judged], desk: Desk) -> Reply | Problem:
    judged, by = command.payload, command.principal.subject
    row = await store.held.lock_held(tx, judged.held_id)
    if row is None:
        return not_found("report of this id that still waits")
    state, reason = "released" if judged.release else "refused", mask(judged.reason, ())
    answer: Reply | Problem = Reply(200, {"tracking_number": row["tracking_number"], "status": state})
    if judged.release:
        answer = await _release(tx, command, row, desk)
    if isinstance(answer, Reply):
        await store.held.decide_held(tx, judged.held_id, {"state": state, "decided_by": by, "reason": reason})
        tx.audit(command.principal, f"held.{state}", judged.held_id, {"reason": reason})
    return answer


async def _release(tx: Transaction, command: Command[Judged], row: Row, desk: Desk) -> Reply | Problem:
    report = RequestSubmitted.model_validate({**row["report"], "submission_key": row["held_id"], "submitter": "held"})
    taken: Command[Any] = replace(command, payload=report, id=row["held_id"])  # type: ignore[arg-type]
    (answer,) = await take_new_requests(tx, [taken], desk, {taken.id: row["tracking_number"]})
    if isinstance(answer, Problem):
        return answer
    return Reply(200, {"tracking_number": row["tracking_number"], "status": "released"})


async def list_held(tx: Transaction, limit: int, caller: Principal) -> list[Facts]:
    """List what waits, whole, for staff; audited."""
    rows = await store.held.list_held(tx, limit)
    tx.audit(caller, "held.read", "held", {"shown": len(rows)})
    return [dict(row) for row in rows]
