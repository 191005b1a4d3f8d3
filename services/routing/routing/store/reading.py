"""The reader's versions and what it read: which model said what, how sure, and what was done about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from routing.store.base import Base, json_column, moment_column

SHIPPED: Final = 0
"""The version that is trained from the city's folder; it has no row."""
_IN_USE: Final = "SELECT version FROM reader_version WHERE in_use"
_COLUMNS: Final = "version, made_at, verdict, examples, marks, marks_in_use, against, in_use, put_to_use_at"
_SETTLED: Final = """
SELECT r.description, coalesce(r.retyped, r.about->>'service_code') AS service_code, r.about->>'opened_at' AS opened_at,
  r.place, coalesce(a.agency, '') AS agency, d.destination
FROM request r LEFT JOIN LATERAL (
  SELECT agency FROM assignment WHERE request_id = r.request_id AND cause <> 'additional' ORDER BY sequence DESC LIMIT 1
) a ON true LEFT JOIN LATERAL (
  SELECT destination FROM diversion
  WHERE request_id = r.request_id AND disposition IS NOT NULL AND cycle = r.reopens ORDER BY sequence DESC LIMIT 1
) d ON true
WHERE r.description <> '' AND (d.destination IS NOT NULL OR a.agency IS NOT NULL AND (r.closes > r.reopens OR EXISTS (
  SELECT FROM assignment t WHERE t.request_id = r.request_id AND t.cause = 'triage')))
ORDER BY r.request_id DESC LIMIT $1
"""
"""Requests that were closed, or that a person sent to their desk: their service as finally corrected, and who had them
last, or where a person sent them out of the city's own work, unless that was disputed since. Those whose
words were erased are not among them."""


class ReaderVersion(Base, table=True):
    """A trained reader; `marks_in_use` are those of version `against` on the same texts.

    One that was refused has no weights.
    """

    __tablename__ = "reader_version"
    __table_args__ = (Index("reader_in_use", "in_use", unique=True, postgresql_where=text("in_use")),)
    version: int = Field(primary_key=True)
    made_at: datetime = moment_column()
    verdict: str
    examples: int
    marks: dict[str, Any] = json_column()
    marks_in_use: dict[str, Any] = json_column()
    against: int
    weights: bytes | None
    in_use: bool
    put_to_use_at: datetime | None = moment_column(nullable=True)


class ReadingRow(Base, table=True):
    """What was read from a new request, and whether that assigned it."""

    __tablename__ = "reading"
    request_id: UUID = Field(primary_key=True)
    version: int
    services: list[dict[str, Any]] = json_column()
    agencies: list[dict[str, Any]] = json_column()
    assigned: bool
    read_at: datetime = moment_column()


async def reader_in_use(reads: Reads) -> int:
    """Tell which version reads now."""
    found = await reads.sql(_IN_USE)
    return found[0]["version"] if found else SHIPPED


async def reader_weights(reads: Reads, version: int) -> bytes | None:
    """Fetch the weights of a version; None when it has none."""
    found = await reads.sql("SELECT weights FROM reader_version WHERE version = $1", version)
    return found[0]["weights"] if found else None


async def reader_versions(reads: Reads) -> list[Row]:
    """List every version, the newest first."""
    return await reads.sql(f"SELECT {_COLUMNS} FROM reader_version ORDER BY version DESC")


async def put_to_use(tx: Transaction, version: int) -> None:
    """Let this version read from now on; the shipped one has no row, so that none is in use then."""
    await tx.sql("UPDATE reader_version SET in_use = false WHERE in_use AND version <> $1", version)
    await tx.sql("UPDATE reader_version SET in_use = true, put_to_use_at = $2 WHERE version = $1", version, tx.now)


async def note_readings(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep what was read."""
    await tx.insert(ReadingRow, rows, ignore=("request_id",))


async def settled(reads: Reads, most: int) -> list[Row]:
    """List what there is to learn from, the newest requests first."""
    return await reads.sql(_SETTLED, most)


async def keep_version(reads: Reads, row: Row) -> int:
    """Store a trained version under the next number, and tell that number."""
    names = ", ".join(row)
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    made = await reads.sql(
        f"INSERT INTO reader_version (version, in_use, {names})"
        f" SELECT coalesce(max(version), 0) + 1, false, {places} FROM reader_version RETURNING version",
        *row.values(),
    )
    return int(made[0]["version"])
