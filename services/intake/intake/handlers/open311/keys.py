"""API keys: made and revoked by operators, admitted once for each use, each within its own rate."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.principals import Principal
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake import store
from intake.domain.open311.keys import key_hash, minute_of, within_rate
from intake.handlers.desk import Facts

BAD_KEY = Problem(403, "Not allowed", "This api_key is not known, or was revoked; ask the city for another.")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made, by its hash alone."""

    key_hash: str
    owner: str
    agency: str | None
    rate: int


def new_key() -> tuple[str, str]:
    """Make up a key; returns it, and its hash. The key itself is shown once and kept nowhere."""
    key = secrets.token_urlsafe(24)
    return key, key_hash(key)


async def make_keys(tx: Transaction, commands: Sequence[Command[NewKey]]) -> list[Reply | Problem]:
    """Keep new keys."""
    await tx.insert(store.Open311Key, [_row(command) for command in commands])
    for command in commands:
        new = command.payload
        tx.audit(command.principal, "open311.make_key", new.key_hash, {"owner": new.owner, "agency": new.agency})
    return [Reply(201, {"key_id": c.payload.key_hash, "owner": c.payload.owner}) for c in commands]


def _row(command: Command[NewKey]) -> Facts:
    new = command.payload
    return {
        "key_hash": new.key_hash,
        "owner": new.owner,
        "agency": new.agency,
        "rate": new.rate,
        "made_at": command.now,
        "revoked_at": None,
        "minute": None,
        "used": 0,
    }


async def revoke_keys(tx: Transaction, commands: Sequence[Command[str]]) -> list[Reply | Problem]:
    """Revoke keys by their id."""
    return [await _revoke(tx, command) for command in commands]


async def _revoke(tx: Transaction, command: Command[str]) -> Reply | Problem:
    if not await store.revoke_key(tx, command.payload, command.now):
        return not_found("key of this id that is still good")
    tx.audit(command.principal, "open311.revoke_key", command.payload, {})
    return Reply(200, {"key_id": command.payload, "revoked": True})


async def check_key(reads: Reads, key: str) -> None:
    """Raise a 403 problem for a key that is unknown or revoked; nothing is counted."""
    if not await store.is_good_key(reads, key):
        raise BAD_KEY


async def list_keys(reads: Reads) -> list[Facts]:
    """List keys by their id; the keys themselves are kept nowhere."""
    return [{"key_id": row["key_hash"], **{n: row[n] for n in _SHOWN}} for row in await store.list_keys(reads)]


_SHOWN = ("owner", "agency", "rate", "made_at", "revoked_at")


async def admit(tx: Transaction, commands: Sequence[Command[Any]]) -> list[Principal | Problem]:
    """Count each command on its key; say for each who its client is, or why it is not admitted."""
    asked = Counter(command.payload.key for command in commands)
    rows = await store.use_keys(tx, asked, minute_of(tx.now))
    place: Counter[str] = Counter()
    admitted: list[Principal | Problem] = []
    for command in commands:
        key = command.payload.key
        admitted.append(_admitted(rows, key, place[key]))
        place[key] += 1
    return admitted


def _admitted(rows: Mapping[str, Row], key: str, place: int) -> Principal | Problem:
    row = rows.get(key)
    if row is None:
        return BAD_KEY
    if not within_rate(row["used"], row["asked"], place, row["rate"]):
        return Problem(429, "Too many", f"This api_key may be used {row['rate']} times a minute; go on in the next.")
    return Principal("client", row["owner"], row["agency"])
