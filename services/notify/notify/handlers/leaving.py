"""People end messages, and take it back."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.records import Command
from chassis.transaction import Transaction
from notify import store
from notify.domain.leaving import EVERYTHING, Why
from notify.domain.reaching import ADDRESS, flag_of


class Step(NamedTuple):
    """What somebody asks for by a link of theirs: `do` is `leave`, `leave-all` or `return`."""

    contact_ref: str
    channel: str
    request_id: UUID
    do: str


async def take_steps(tx: Transaction, commands: Sequence[Command[Step]]) -> list[Reply | Problem]:
    """Note what people wish to hear no more of, or hear again; asked twice it is done once."""
    for command in commands:
        step = command.payload
        if step.do == "return":
            await _return(tx, step)
        else:
            about = EVERYTHING if step.do == "leave-all" else step.request_id
            await store.leave(tx, step.contact_ref, step.channel, about, Why.ASKED.value)
    return [Reply(200, {"done": command.payload.do}) for command in commands]


async def _return(tx: Transaction, step: Step) -> None:
    """Tell somebody again; the address they asked from is a good one, whatever came back from it."""
    await store.come_back(tx, step.contact_ref, step.channel, step.request_id)
    reach = (await store.reaches_of(tx, [step.contact_ref])).get(step.contact_ref)
    address = ADDRESS[step.channel](reach) if reach else None
    if address:
        await store.unflag(tx, step.contact_ref, flag_of(step.channel, address))
