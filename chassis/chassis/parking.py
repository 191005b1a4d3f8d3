"""Parked records: kept with reason, place and bytes, told to the operators' DLQ, and re-driven in order."""

from collections.abc import Sequence
from typing import Any

import orjson
import structlog

from chassis.ids import derived_id
from chassis.records import Outgoing, Record
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.topics import dlq

_ANY_PARKED = "SELECT EXISTS (SELECT FROM parked WHERE redriven_at IS NULL)"
_PARKED = """
SELECT DISTINCT topic, key FROM parked WHERE redriven_at IS NULL
AND (topic, key) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""


async def parked_keys(tx: Transaction, records: Sequence[Record]) -> set[tuple[str, str | None]]:
    """Find which of these records' keys wait behind a parked one."""
    if not await tx.connection.fetchval(_ANY_PARKED):  # nearly always
        return set()
    pairs = list({(r.topic, r.key) for r in records if r.key is not None})
    found = await tx.sql(_PARKED, [t for t, _ in pairs], [k for _, k in pairs])
    return {(r["topic"], r["key"]) for r in found}


_log = structlog.get_logger()


class Park:
    """Collects what one transaction parks."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._rows: list[dict[str, Any]] = []

    def put(self, tx: Transaction, record: Record, reason: str, detail: str) -> None:
        """Park a record, and tell the operators."""
        self._rows.append(
            {
                "topic": record.topic,
                "part": record.partition,
                "log_offset": record.offset,
                "key": record.key,
                "value": record.value,
                "reason": reason,
                "detail": detail,
                "parked_at": tx.now,
            }
        )

    def holds(self, record: Record) -> bool:
        """Tell whether this transaction has parked the record's key."""
        return record.key is not None and any(
            row["topic"] == record.topic and row["key"] == record.key for row in self._rows
        )

    async def save(self, tx: Transaction) -> int:
        """Write the rows and their dead letters; returns how many."""
        await tx.insert(tx.table("parked"), self._rows)
        for row in self._rows:
            _log.error(
                "record parked", topic=row["topic"], part=row["part"], offset=row["log_offset"], reason=row["reason"]
            )
            tx.send(self._letter(row, tx))
        return len(self._rows)

    def _letter(self, row: Row, tx: Transaction) -> Outgoing:
        place = f"{row['topic']}[{row['part']}]@{row['log_offset']}"
        letter = {
            "specversion": "1.0",
            "id": derived_id("dlq", self._service, place),
            "source": f"/relay311/{self._service}",
            "type": "record.parked",
            "subject": row["key"] or place,
            "time": tx.now,
            "datacontenttype": "application/json",
            "data": {
                "place": place,
                "reason": row["reason"],
                "detail": row["detail"],
                "value": (row["value"] or b"").decode("utf-8", "backslashreplace"),
            },
        }
        return Outgoing(dlq(self._service, row["topic"]), 0, row["key"] or place, orjson.dumps(letter))
