"""Letters that wait for a person: listed, taken or dropped, every step audited."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.http import Doors
from chassis.principals import Principal
from chassis.records import Command
from chassis.transaction import Transaction
from intake import store
from intake.domain.letters.judging import Fate
from intake.handlers.desk import Desk, Facts
from intake.handlers.letters.mailed import Mailed
from intake.handlers.letters.receiving import keep_photos, read_apart
from intake.handlers.letters.taking import take_reports


async def list_held_letters(doors: Doors, caller: Principal, limit: int) -> list[Facts]:
    """List the letters that wait, the oldest first; they name people, so the reading is audited."""
    async with doors.transaction() as tx:
        rows = await store.letters.list_held(tx, limit)
        tx.audit(caller, "letter.read_held", "letters", {"shown": len(rows)})
    return [dict(row) for row in rows]


async def decide_letter(doors: Doors, desk: Desk, key: str, caller: Principal, *, take: bool) -> Facts:
    """Make a request of a held letter, or drop it. Raises a 404 problem for one that does not wait."""
    async with doors.reads() as reads:
        raw = await store.letters.held(reads, key)
    if raw is None:
        raise not_found("letter")
    letter = await read_apart(raw)
    photos = await keep_photos(doors, desk, letter) if take else ()
    decided = Mailed(key, letter, raw, photos, Fate.TAKEN if take else Fate.REFUSED)
    release = doors.command("POST /letters/decide", partial(decide_letters, desk=desk))
    (answer,) = await release.many([decided], caller, [None])
    if isinstance(answer, Problem):
        raise answer
    return dict(answer.body)


async def decide_letters(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> list[Reply | Problem]:
    """Settle held letters as a person decided, each once; audited."""
    waiting = await store.letters.release(tx, [command.payload.key for command in commands])
    ours = {c.payload.key: c for c in commands if c.payload.key in waiting}
    for command in ours.values():
        tx.audit(command.principal, "letter.decide", command.payload.key, {"fate": command.payload.fate.value})
    made = await take_reports(tx, [c for c in ours.values() if c.payload.fate is Fate.TAKEN], desk)
    settled = [
        {"letter_key": key, "fate": c.payload.fate.value, "request_id": _made(made.get(key))} for key, c in ours.items()
    ]
    await tx.update(store.letters.Letter, settled, ("letter_key",))
    return [
        made.get(c.payload.key, Reply(200, {"dropped": True})) if c.payload.key in ours else not_found("letter")
        for c in commands
    ]


def _made(answer: Reply | Problem | None) -> UUID | None:
    return UUID(answer.body["request_id"]) if isinstance(answer, Reply) else None
