"""The print room: takes letters as a batch, and says that it has posted them; only then are they delivered."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, not_found
from chassis.principals import Principal, allow
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from notify import store
from notify.domain.paper import HELD, Sheet, sheet_of
from notify.domain.policy import POLICY
from notify.domain.retries import Answer, Verdict
from notify.handlers.recording import Sent, conclude, facts_of

POSTED = Answer(Verdict.TAKEN, "printed and posted")


class Taking(NamedTuple):
    """A batch that is taken, named by who takes it."""

    batch_id: UUID
    limit: int


class Posting(NamedTuple):
    """A batch that was posted, but for what was spoilt, or given back whole."""

    batch_id: UUID
    spoilt: tuple[UUID, ...] = ()
    is_given_back: bool = False


async def take_batches(tx: Transaction, commands: Sequence[Command[Taking]]) -> list[Reply | Problem]:
    """Let the print room have letters; the same batch asked for again has the same ones."""
    return [await _take(tx, command) for command in commands]


async def _take(tx: Transaction, command: Command[Taking]) -> Reply | Problem:
    batch_id, until = command.payload.batch_id, tx.now + HELD
    known = await store.batch_of(tx, batch_id)
    if known and known["posted_at"]:
        return conflict("This batch was posted. Take the next one under a new id.")
    if known:
        await store.hold_longer(tx, batch_id, until)
    else:
        await store.claim_letters(tx, batch_id, until, command.payload.limit)
    letters = await store.letters_of(tx, batch_id)
    if known and not letters:
        return conflict("This batch was given back. Take one under a new id.")
    if letters:
        await store.save_batch(tx, _row(batch_id, len(letters), taken_at=known["taken_at"] if known else tx.now))
    tx.audit(command.principal, "letters.take", str(batch_id), {"letters": len(letters)})
    named = [{"intent_id": str(row["intent_id"]), "request_id": str(row["request_id"])} for row in letters]
    return Reply(200, {"batch_id": str(batch_id), "held_until": until.isoformat(), "letters": named})


async def finish_batches(tx: Transaction, commands: Sequence[Command[Posting]]) -> list[Reply | Problem]:
    """Note what was posted and settle it; what was spoilt waits for the next batch."""
    return [await _finish(tx, command) for command in commands]


async def _finish(tx: Transaction, command: Command[Posting]) -> Reply | Problem:
    batch_id, spoilt = command.payload.batch_id, command.payload.spoilt
    known = await store.batch_of(tx, batch_id)
    if known is None:
        return not_found("batch of letters")
    if known["posted_at"]:  # said again
        return _finished(known)
    settled: list[Sent] = []
    if not command.payload.is_given_back:
        await store.settle_alone(tx)
        rows = await store.open_letters(tx, batch_id, spoilt)
        settled = await conclude(tx, [Sent(row, facts_of(row["about"], row["contact_ref"]), POSTED) for row in rows])
        await store.drop_letters(tx, [one.row["intent_id"] for one in settled])
    await store.give_back(tx, batch_id)
    done = None if command.payload.is_given_back else tx.now
    row = _row(batch_id, known["letters"], taken_at=known["taken_at"], posted_at=done, posted=len(settled))
    await store.save_batch(tx, row)
    action = "letters.give_back" if command.payload.is_given_back else "letters.post"
    tx.audit(command.principal, action, str(batch_id), {"posted": len(settled), "spoilt": len(spoilt)})
    return _finished(row)


def _finished(row: Row) -> Reply:
    return Reply(200, {"batch_id": str(row["batch_id"]), "letters": row["letters"], "posted": row["posted"]})


def _row(batch_id: UUID, letters: int, *, taken_at: Any, posted_at: Any = None, posted: int = 0) -> dict[str, Any]:
    names = ("batch_id", "letters", "taken_at", "posted_at", "posted")
    return dict(zip(names, (batch_id, letters, taken_at, posted_at, posted), strict=True))


async def read_batch(tx: Transaction, batch_id: UUID, caller: Principal) -> list[Sheet]:
    """Read the letters of a batch to print them; each reading is noted. Raises a 404 problem when it holds none."""
    allow(POLICY, caller, "letters.print")
    rows = await store.letters_of(tx, batch_id)
    if not rows:
        raise not_found("batch that holds letters")
    requests = sorted({str(row["request_id"]) for row in rows})
    tx.audit(caller, "letters.read", str(batch_id), {"letters": len(rows), "requests": requests})
    return [sheet_of(row["content"]) for row in rows]
