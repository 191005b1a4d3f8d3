"""What the contact center looks at: contacts with their notes, the queue, live waits, and feedback on requests."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.http import Doors
from chassis.ids import derived_id
from chassis.principals import Principal
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.vocabulary import Channel
from intake import store
from intake.handlers.desk import Facts


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said of a request, as an agent wrote it down."""

    request_id: UUID
    text: str
    rating: int | None = None
    contact_id: UUID | None = None


async def show_contact(doors: Doors, contact_id: UUID, caller: Principal) -> Facts:
    """Show a contact with all that is known, to staff; every read is audited. Raises a 404 problem."""
    async with doors.transaction() as tx:
        row = (await store.lock_contacts(tx, [contact_id])).get(contact_id)
        if row is None:
            raise not_found("contact")
        tx.audit(caller, "contact.read", str(contact_id), {})
        kept = (await store.notes_of(tx, [contact_id])).get(contact_id) or {"phone": None, "notes": ""}
        return {**row, "numbers": row["numbers"].split(), "phone": kept["phone"], "notes": kept["notes"].splitlines()}


async def show_queue(reads: Reads, channel: Channel | None, limit: int, now: datetime) -> Facts:
    """List who waits, whatever the channel, the longest waiting first."""
    rows = await store.contacts_waiting(reads, channel.value if channel else None, limit)
    return {"waiting": [_waiting(place, row, now) for place, row in enumerate(rows, 1)]}


def _waiting(place: int, row: Row, now: datetime) -> Facts:
    waited = (now - row["started_at"]).total_seconds()
    return {**row, "place": place, "waited_seconds": waited}


async def show_waits(
    reads: Reads, since: datetime | None, until: datetime | None, now: datetime, target: int | None
) -> Facts:
    """Tell how long people wait, for call-backs too, beside the city's target: the last day, unless asked else."""
    rows = await store.waits(reads, since or now - timedelta(days=1), until or now + timedelta(seconds=1), target)
    shown = [_waits(row, now) for row in rows]
    everywhere = next(one for one in shown if not one["channel"])
    return {"channels": [one for one in shown if one["channel"]], "all": everywhere, "target_seconds": target}


def _waits(row: Row, now: datetime) -> Facts:
    since = row["longest_since"]
    kept = {name: value for name, value in row.items() if name != "longest_since"}
    return {**kept, "longest_waiting": (now - since).total_seconds() if since else None}


async def log_feedback(tx: Transaction, commands: Sequence[Command[Feedback]]) -> list[Reply | Problem]:
    """Keep what somebody said of a request; the words stay in the vault."""
    known = await store.places_of(tx, [command.payload.request_id for command in commands])
    good = [command for command in commands if command.payload.request_id in known]
    await tx.insert(store.VaultFeedback, [_feedback_row(command) for command in good])
    for command in good:
        tx.audit(command.principal, "feedback.log", str(command.payload.request_id), {})
    return [
        Reply(201, {"feedback_id": derived_id("feedback", command.id)}) if command in good else not_found("request")
        for command in commands
    ]


def _feedback_row(command: Command[Feedback]) -> Facts:
    named = {"feedback_id": derived_id("feedback", command.id), "agent": command.principal.subject, "at": command.now}
    return {**asdict(command.payload), **named}


async def read_feedback(doors: Doors, request_id: UUID, caller: Principal) -> Facts:
    """Read the feedback on a request; every read is audited."""
    async with doors.transaction() as tx:
        tx.audit(caller, "feedback.read", str(request_id), {})
        return {"feedback": [dict(row) for row in await store.feedback_of(tx, request_id)]}
