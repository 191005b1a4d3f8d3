"""Claims at the triage desk: who looks at what, for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from routing.handlers.occasions import Office
from routing.store import claims as store


@dataclass(frozen=True, slots=True)
class Claim:
    """Requests to hold: those named, or the next few that wait longest."""

    request_ids: tuple[UUID, ...] = ()
    following: int = 0


async def claim_requests(
    tx: Transaction, commands: Sequence[Command[Claim]], office: Office
) -> Sequence[Reply | Problem]:
    """Give each clerk what they ask for, unless somebody else holds it."""
    return [await _claim(tx, command, office) for command in commands]


async def _claim(tx: Transaction, command: Command[Claim], office: Office) -> Reply | Problem:
    asked, holder = command.payload, command.principal.subject
    until = command.now + timedelta(minutes=office.reader.manner.policy.claim_minutes)
    wanted = asked.request_ids or await store.next_unclaimed(tx, asked.following)
    held = {row["request_id"] for row in await store.claim(tx, wanted, holder, until)}
    others = [str(request_id) for request_id in wanted if request_id not in held]
    given = [str(request_id) for request_id in wanted if request_id in held]
    return Reply(200, {"claimed": given, "until": until.isoformat(), "not_claimed": others})


async def release_requests(tx: Transaction, commands: Sequence[Command[tuple[UUID, ...]]]) -> Sequence[Reply | Problem]:
    """Let go of one's own; a supervisor lets go of anybody's."""
    return [await _release(tx, command) for command in commands]


async def _release(tx: Transaction, command: Command[tuple[UUID, ...]]) -> Reply:
    who = command.principal
    gone = await store.release(tx, command.payload, who.subject, anyones=who.role == "supervisor")
    return Reply(200, {"released": [str(request_id) for request_id in gone]})


async def refused_by_claims(tx: Transaction, request_ids: Sequence[UUID]) -> dict[UUID, tuple[str, Problem]]:
    """Tell which of these somebody holds, by holder, and what anyone else is answered."""
    held = await store.claims_of(tx, request_ids, tx.now)
    return {request_id: (row["holder"], _held_by(row)) for request_id, row in held.items()}


def _held_by(row: Row) -> Problem:
    until = row["until"].isoformat(timespec="minutes")
    return conflict(f"{row['holder']} looks at this request until {until}; wait, or ask them to release it.")
