"""Takes up what came back: addresses that are dead are used no longer, who complained hears nothing more that way."""

from collections.abc import Sequence

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.records import Command
from chassis.transaction import Transaction
from notify import store
from notify.domain.leaving import EVERYTHING, Why
from notify.domain.reaching import ADDRESS, flag_of, flags_left
from notify.domain.returns import SOFT_WITHIN, Kind, Return, what_follows

UNKNOWN = Reply(200, {"known": False})
"""To what is no message of ours; whoever asks learns nothing from it."""


async def take_returns(tx: Transaction, commands: Sequence[Command[Return]]) -> list[Reply | Problem]:
    """Note what came back, each once."""
    return [await _take(tx, command.payload) for command in commands]


async def _take(tx: Transaction, told: Return) -> Reply:
    message = await store.message_of(tx, told.request_id, told.intent_id)
    if message is None:
        return UNKNOWN
    contact_ref, channel = message["contact_ref"], message["channel"]
    reach = (await store.reaches_of(tx, [contact_ref])).get(contact_ref)
    address = told.address or (ADDRESS[channel](reach) if reach else None)
    if reach is None or not address:
        return UNKNOWN
    flag = flag_of(channel, address)
    row = {**told._asdict(), "kind": told.kind.value, "contact_ref": contact_ref}
    if await store.note_return(tx, row, flag):
        await _follow(tx, told.kind, contact_ref, channel, flag)
        tx.count("relay311_returned_total", "Messages that came back.", channel=channel, kind=told.kind.value)
    return Reply(200, {"known": True})


async def _follow(tx: Transaction, kind: Kind, contact_ref: str, channel: str, flag: str) -> None:
    soft = await store.soft_returns(tx, contact_ref, flag, tx.now - SOFT_WITHIN) if kind is Kind.SOFT else 0
    follows = what_follows(kind, soft)
    if follows.is_dead:
        await store.flag(tx, [(contact_ref, flag)])
    if follows.leaves:
        await store.leave(tx, contact_ref, channel, EVERYTHING, Why.COMPLAINT.value)


async def clear_flags(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Use addresses that are new: what was known of the old ones holds for them no longer."""
    for contact_ref, reach in (await store.flagged_reaches(tx, contact_refs)).items():
        left = flags_left(reach)
        gone = set(reach.flags.split()) - set(left)
        if gone:
            await store.set_flags(tx, contact_ref, " ".join(left))
            await store.end_complaints(tx, contact_ref, [flag.partition(":")[0] for flag in gone])
