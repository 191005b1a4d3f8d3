"""Takes up what came back: addresses that are dead are used no longer, who complained hears nothing more that way."""

from collections.abc import Iterable, Sequence
from typing import Final

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.intake import ContactProfile
from contracts.vocabulary import Moment
from notify import store
from notify.domain.leaving import EVERYTHING, NOTICES, Why
from notify.domain.reaching import ADDRESS, flag_of, flags_left, silenced
from notify.domain.returns import SOFT_WITHIN, Kind, Return, what_follows

_SMS: Final = "sms"
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
        flags = silenced(address, reach.channels) if channel == _SMS and told.kind is Kind.COMPLAINT else (flag,)
        await _follow(tx, told.kind, message, flags)
        tx.count("relay311_returned_total", "Messages that came back.", channel=channel, kind=told.kind.value)
    return Reply(200, {"known": True})


async def _follow(tx: Transaction, kind: Kind, message: Row, flags: Sequence[str]) -> None:
    contact_ref, channel = message["contact_ref"], message["channel"]
    # STOP by text ends every text: the provider lets none through.
    of_campaign = message["moment"] == Moment.CAMPAIGN and channel != _SMS
    soft = await store.soft_returns(tx, contact_ref, flags[0], tx.now - SOFT_WITHIN) if kind is Kind.SOFT else 0
    follows = what_follows(kind, soft, of_campaign=of_campaign)
    if follows.is_dead:
        await store.flag(tx, [(contact_ref, flag) for flag in flags])
    if follows.leaves:
        about = NOTICES if of_campaign else EVERYTHING
        await store.leave(tx, contact_ref, channel, about, Why.COMPLAINT.value)


async def heed_texts(tx: Transaction, profiles: Iterable[ContactProfile]) -> None:
    """Use telephones no longer whose owners said STOP, by text to the city's number, and again when they said START."""
    for told in profiles:
        if told.texts_stopped is None or not told.phone:
            continue
        flags = silenced(told.phone, told.channels)
        if told.texts_stopped:
            await store.flag(tx, [(told.contact_ref, flag) for flag in flags])
            continue
        for flag in flags:
            await store.unflag(tx, told.contact_ref, flag)
        await store.end_complaints(tx, told.contact_ref, [_SMS])


async def clear_flags(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Use addresses that are new: what was known of the old ones holds for them no longer."""
    for contact_ref, reach in (await store.flagged_reaches(tx, contact_refs)).items():
        left = flags_left(reach)
        gone = set(reach.flags.split()) - set(left)
        if gone:
            await store.set_flags(tx, contact_ref, " ".join(left))
            await store.end_complaints(tx, contact_ref, [flag.partition(":")[0] for flag in gone])
