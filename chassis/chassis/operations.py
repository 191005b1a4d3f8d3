"""The operators' door: what is parked, why, and putting it back to work."""

from typing import Any

from fastapi import APIRouter

from chassis.consuming import Consumer
from chassis.errors import Problem, not_found
from chassis.http import Caller, Doors
from chassis.principals import Policy, allow, role
from chassis.records import Record
from chassis.transaction import Transaction

POLICY: Policy = {"parked.read": (role("operator"),), "parked.redrive": (role("operator"),)}
_LIST = """
SELECT id, topic, part, log_offset, key, reason, detail, parked_at, redriven_at FROM parked
WHERE redriven_at IS NULL OR $1 ORDER BY id LIMIT 1000
"""


def parked_routes(doors: Doors, consumer: Consumer) -> APIRouter:
    """List, show and re-drive parked records."""
    router = APIRouter(prefix="/ops/parked", tags=["operations"])

    @router.get("")
    async def list_parked(caller: Caller, *, everything: bool = False) -> list[dict[str, Any]]:
        """List parked records, oldest first; `everything` includes those already re-driven."""
        allow(POLICY, caller, "parked.read")
        async with doors.reads() as reads:
            return [dict(row) for row in await reads.sql(_LIST, everything)]

    @router.get("/{parked_id}")
    async def show_parked(parked_id: int, caller: Caller) -> dict[str, Any]:
        """Show one with its bytes; it may hold personal data, so the read is audited."""
        allow(POLICY, caller, "parked.read")
        async with doors.transaction() as tx:
            row = await _find(tx, parked_id)
            tx.audit(caller, "parked.read", str(parked_id), {"topic": row["topic"]})
        return {**row, "value": (row["value"] or b"").decode("utf-8", "backslashreplace")}

    @router.post("/{parked_id}/redrive")
    async def redrive(parked_id: int, caller: Caller) -> dict[str, Any]:
        """Apply it again, and what waits behind it, in order; what fails stays parked with the new reason."""
        allow(POLICY, caller, "parked.redrive")
        async with doors.transaction() as tx:
            row = await _find(tx, parked_id)
            tx.audit(caller, "parked.redrive", str(parked_id), {"topic": row["topic"]})
            return await _redrive_key(tx, consumer, row)

    return router


async def _find(tx: Transaction, parked_id: int) -> dict[str, Any]:
    found = await tx.sql("SELECT * FROM parked WHERE id = $1", parked_id)
    if not found:
        raise not_found(f"parked record {parked_id}")
    return dict(found[0])


async def _redrive_key(tx: Transaction, consumer: Consumer, row: dict[str, Any]) -> dict[str, Any]:
    same = await tx.sql(
        "SELECT * FROM parked WHERE topic = $1 AND redriven_at IS NULL AND (id = $2 OR key = $3)"
        " ORDER BY id FOR UPDATE",
        row["topic"],
        row["id"],
        row["key"],
    )
    if not same or same[0]["id"] != row["id"]:
        raise Problem(
            409, "Conflict", "It was re-driven already, or an earlier record of its key is parked: start there."
        )
    records = [Record(r["topic"], r["part"], r["log_offset"], r["key"], r["value"]) for r in same]
    await tx.sql("UPDATE parked SET redriven_at = $2 WHERE id = ANY($1::bigint[])", [r["id"] for r in same], tx.now)
    parked_again = await consumer.redrive(tx, records)
    return {"redriven": len(records) - parked_again, "parked_again": parked_again}
