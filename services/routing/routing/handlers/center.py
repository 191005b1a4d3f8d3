"""Contacts of the contact center, heard of when they end: where to they were handed on."""

from collections.abc import Mapping, Sequence

from chassis.records import Received
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.city import Transfer
from contracts.intake import ContactRecorded
from routing.domain.elsewhere import is_open
from routing.handlers.occasions import Office
from routing.store import center as store


async def hear_contacts(tx: Transaction, received: Sequence[Received[ContactRecorded]], office: Office) -> None:
    """Keep what became of each contact; one handed on with the number and hours of where it went."""
    await store.keep_contacts(tx, [_row(r, office.reader.city.transfers, office) for r in received])


def _row(received: Received[ContactRecorded], transfers: Mapping[str, Transfer], office: Office) -> Row:
    event = received.event
    transfer = transfers.get(event.destination or "")
    return {
        "contact_id": event.contact_id,
        "at": received.at,
        "kind": event.kind,
        "channel": event.channel,
        "destination": event.destination,
        "reason": event.reason,
        "wait_seconds": event.wait_seconds,
        "phone": transfer.phone if transfer else None,
        "hours": transfer.hours.root if transfer and transfer.hours else None,
        "was_open": is_open(transfer, office.directory.local(received.at)) if transfer else None,
    }
