"""Rule sets that were published, rehearsals that were held, how services stand: who decided what, from when on."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Field

from chassis.sql import Row, table_of
from chassis.transaction import Reads, Transaction
from routing.store.base import Base, json_column, moment_column

PAGE = 2000


class RuleSetRow(Base, table=True):
    """A set of rules as it was published; never changed, and never taken back but by the next."""

    __tablename__ = "rule_set"
    version: int = Field(primary_key=True)
    fingerprint: str
    rules: str
    effective_at: datetime = moment_column()
    published_at: datetime = moment_column()
    role: str
    subject: str
    reason: str


class RehearsalRow(Base, table=True):
    """A set of rules was run over past requests; what would have moved was seen."""

    __tablename__ = "rehearsal"
    fingerprint: str = Field(primary_key=True)
    held_at: datetime = moment_column()
    looked_at: int
    moved: int


class StandingRow(Base, table=True):
    """A service was switched: live, a pilot somewhere, or off; the latest counts."""

    __tablename__ = "standing"
    service_code: str = Field(primary_key=True)
    effective_at: datetime = moment_column()
    number: int = Field(primary_key=True)
    standing: dict[str, Any] = json_column()
    role: str
    subject: str
    reason: str


_SETS, _REHEARSALS, _STANDINGS = (table_of(model) for model in (RuleSetRow, RehearsalRow, StandingRow))
_NAMES = """
SELECT request_id FROM request
WHERE created_sequence > 0 AND coalesce(retyped, about->>'service_code') = ANY($1::text[])
  AND ($2::timestamptz IS NULL OR (about->>'opened_at')::timestamptz >= $2)
  AND ($3::timestamptz IS NULL OR (about->>'opened_at')::timestamptz < $3)
"""
_PAST = """
SELECT about->>'tracking_number' AS tracking_number, about->>'channel' AS channel, about->>'opened_at' AS opened_at,
  coalesce(retyped, about->>'service_code') AS service_code, place, attributes
FROM request WHERE request_id = ANY($1::uuid[])
"""
_COUNT = """
SELECT count(*) AS n FROM request WHERE created_sequence > 0
  AND ($1::timestamptz IS NULL OR (about->>'opened_at')::timestamptz >= $1)
  AND ($2::timestamptz IS NULL OR (about->>'opened_at')::timestamptz < $2)
"""


async def read_sets(reads: Reads, known: Sequence[int]) -> list[Row]:
    """Read the sets that are not known yet."""
    return await reads.sql(
        "SELECT version, effective_at, rules FROM rule_set WHERE NOT version = ANY($1::int[])", known
    )


async def read_standings(reads: Reads) -> list[Row]:
    """Read how services were switched, in order."""
    return await reads.sql("SELECT service_code, effective_at, standing FROM standing ORDER BY effective_at, number")


async def list_sets(reads: Reads) -> list[Row]:
    """List every set that was published, the newest first, without its rules."""
    columns = [column for column in _SETS.c if column.name != "rules"]
    return await reads.rows(select(*columns).order_by(_SETS.c.version.desc()))


async def find_set(reads: Reads, version: int) -> Row | None:
    """Find a set that was published."""
    return await reads.one(select(_SETS).where(_SETS.c.version == version))


async def add_set(tx: Transaction, row: Row) -> None:
    """Keep a set that is published."""
    await tx.insert(RuleSetRow, [row])


async def lock_sets(tx: Transaction) -> list[Row]:
    """Let nobody else publish until this transaction ends; returns what was published so far."""
    await tx.sql("LOCK TABLE rule_set IN SHARE ROW EXCLUSIVE MODE")
    return await tx.sql("SELECT version, rules FROM rule_set ORDER BY version")


async def was_rehearsed(tx: Transaction, fingerprint: str) -> bool:
    """Tell whether these rules were run over past requests."""
    return bool(await tx.rows(select(_REHEARSALS.c.held_at).where(_REHEARSALS.c.fingerprint == fingerprint)))


async def note_rehearsal(tx: Transaction, row: Row) -> None:
    """Note that rules were run over past requests."""
    await tx.upsert(RehearsalRow, [row], keys=("fingerprint",))


async def add_standing(tx: Transaction, row: Row) -> None:
    """Keep how a service stands from now on."""
    text = "SELECT coalesce(max(number), 0) AS n FROM standing WHERE service_code = $1"
    number = (await tx.sql(text, row["service_code"]))[0]["n"] + 1
    await tx.insert(StandingRow, [dict(row) | {"number": number}])


async def count_past(reads: Reads, since: datetime | None, until: datetime | None) -> int:
    """Count the requests that were reported in a time."""
    return int((await reads.sql(_COUNT, since, until))[0]["n"])


async def read_past(
    reads: Reads, services: Sequence[str], since: datetime | None, until: datetime | None
) -> AsyncIterator[list[Row]]:
    """Read the requests of some services in pages, as the rules look at them."""
    names = [row["request_id"] for row in await reads.sql(_NAMES, list(services), since, until)]
    for at in range(0, len(names), PAGE):
        yield await reads.sql(_PAST, names[at : at + PAGE])
