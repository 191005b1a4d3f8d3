"""What is counted of a conversation: how far its report came, and what was settled without an agent."""

from chassis.ids import derived_uuid
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.vocabulary import ContactKind
from intake.domain.conversations import Record, Talk, Turn
from intake.domain.forms import step_of_talk
from intake.handlers.center.relief import count_served
from intake.handlers.conversations.spoken import Spoken
from intake.handlers.desk import Desk
from intake.handlers.forms import Visit, note_steps


async def count_turn(tx: Transaction, command: Command[Spoken], before: Talk, turn: Turn, desk: Desk) -> None:
    """Count what a message led to."""
    await _count_steps(tx, command, before, turn.talk, desk)
    kinds = [deed.kind for deed in turn.does if isinstance(deed, Record)]
    kinds += [ContactKind.REQUEST_MADE] * (turn.talk.made - before.made)
    settled = ((derived_uuid("self served", command.id, ordinal), kind) for ordinal, kind in enumerate(kinds))
    await count_served(tx, command.payload.channel, settled, command.now)


async def _count_steps(tx: Transaction, command: Command[Spoken], before: Talk, after: Talk, desk: Desk) -> None:
    channel = command.payload.channel
    if after.made > before.made:
        await note_steps(tx, [Visit(_name(before), "sent", channel, before.service_code, again=before.made > 0)], desk)
    elif (step := step_of_talk(after.step)) is not None:
        await note_steps(tx, [Visit(_name(after), step, channel, after.service_code, again=after.made > 0)], desk)


def _name(talk: Talk) -> str:
    """Name a filling-in: a draft that a form goes on with keeps its name there."""
    return f"{talk.reference}:{talk.made}" if talk.made else talk.reference
