"""What requests turned out to be."""

from collections.abc import Mapping
from uuid import UUID

from chassis.transaction import Transaction
from intake.store.tables import Request


async def set_services(tx: Transaction, services: Mapping[UUID, str]) -> None:
    """Write which service's work requests are after all."""
    rows = [{"request_id": known, "service_code": code} for known, code in services.items()]
    await tx.update(Request, rows, ("request_id",))
