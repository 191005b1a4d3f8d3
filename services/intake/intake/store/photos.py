"""Photos, which requests they belong to, and addresses still to be fetched."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import DateTime, Index, text
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.intake import Photo
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)


class PhotoRow(Base, table=True):
    """A photo whose bytes are kept. `sweep_at`: when to see whether anybody needs it; None once somebody does."""

    __tablename__ = "photo"
    __table_args__ = (Index("photo_to_sweep", "sweep_at", postgresql_where=text("sweep_at IS NOT NULL")),)

    photo_id: str = Field(primary_key=True)
    width: int
    height: int
    claimable_until: datetime = Field(sa_type=_MOMENT)
    sweep_at: datetime | None = Field(sa_type=_MOMENT)


class RequestPhoto(Base, table=True):
    """A photo of a request; the same photo may belong to several."""

    __tablename__ = "request_photo"
    __table_args__ = (Index("request_photo_by_photo", "photo_id"),)

    request_id: UUID = Field(primary_key=True)
    photo_id: str = Field(primary_key=True)
    place: int
    at: datetime = Field(sa_type=_MOMENT)


class VaultPhotoFetch(Base, table=True):
    """An address still to be fetched for a request. In the vault: an address may say whose it is."""

    __tablename__ = "vault_photo_fetch"
    __table_args__ = (
        Index("vault_photo_fetch_due", "due_at"),
        Index("vault_photo_fetch_by_request", "request_id"),
    )

    fetch_id: str = Field(primary_key=True)
    request_id: UUID
    address: str
    due_at: datetime = Field(sa_type=_MOMENT)
    tries: int
    traceparent: str | None


_CLAIMED = """
SELECT photo_id, width, height FROM photo WHERE photo_id = ANY($1::text[]) AND claimable_until > $2 ORDER BY photo_id
FOR SHARE
"""
_OF_REQUESTS = """
SELECT request_id, photo_id, width, height FROM request_photo JOIN photo USING (photo_id)
WHERE request_id = ANY($1::uuid[]) ORDER BY request_id, place
"""
_WORK = """
SELECT EXISTS (SELECT 1 FROM vault_photo_fetch WHERE due_at <= $1) AS fetch,
  EXISTS (SELECT 1 FROM photo WHERE sweep_at <= $1) AS sweep
"""
_LEASE = """
UPDATE vault_photo_fetch SET due_at = $2, tries = tries + 1 WHERE fetch_id IN (
  SELECT fetch_id FROM vault_photo_fetch WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
) RETURNING fetch_id, request_id, address, tries, traceparent
"""
_UNNEEDED = """
SELECT photo_id, EXISTS (SELECT 1 FROM request_photo r WHERE r.photo_id = p.photo_id) AS used FROM photo p
WHERE sweep_at <= $1 ORDER BY sweep_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_ERASE = "DELETE FROM request_photo WHERE request_id = ANY($1::uuid[]) RETURNING photo_id"


async def claimed_photos(reads: Reads, photo_ids: Sequence[str], now: datetime) -> Mapping[str, Photo]:
    """Read the photos that may still be claimed, and hold them until this transaction ends."""
    return {row["photo_id"]: _photo(row) for row in await reads.sql(_CLAIMED, sorted(set(photo_ids)), now)}


async def photos_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, list[Photo]]:
    """Read the photos of each request, in the order they came."""
    found: defaultdict[UUID, list[Photo]] = defaultdict(list)
    for row in await reads.sql(_OF_REQUESTS, request_ids):
        found[row["request_id"]].append(_photo(row))
    return found


async def is_attached(reads: Reads, photo_id: str) -> bool:
    """Tell whether a photo belongs to any request."""
    return bool(await reads.sql("SELECT 1 FROM request_photo WHERE photo_id = $1 LIMIT 1", photo_id))


async def photo_work(reads: Reads, now: datetime) -> Row:
    """Tell whether any address is due (`fetch`), and any photo to be looked at (`sweep`)."""
    return (await reads.sql(_WORK, now))[0]


async def lease_fetches(tx: Transaction, until: datetime, limit: int) -> list[Row]:
    """Take addresses that are due; nobody else takes them before `until`."""
    return await tx.sql(_LEASE, tx.now, until, limit)


async def put_off(tx: Transaction, fetch_id: str, due_at: datetime) -> None:
    """Ask an address again later."""
    await tx.sql("UPDATE vault_photo_fetch SET due_at = $2 WHERE fetch_id = $1", fetch_id, due_at)


async def drop_fetch(tx: Transaction, fetch_id: str) -> bool:
    """Strike an address off; tells whether it was still there: an erasure may have come first."""
    return bool(await tx.sql("DELETE FROM vault_photo_fetch WHERE fetch_id = $1 RETURNING 1", fetch_id))


async def lock_unneeded(tx: Transaction, limit: int) -> list[Row]:
    """Lock photos whose time to be looked at has come, and tell whether any request uses them."""
    return await tx.sql(_UNNEEDED, tx.now, limit)


async def settle_swept(tx: Transaction, used: Sequence[str], gone: Sequence[str]) -> None:
    """Let used photos be, and strike off those whose bytes are deleted."""
    await tx.sql("UPDATE photo SET sweep_at = NULL WHERE photo_id = ANY($1::text[])", list(used))
    await tx.sql("DELETE FROM photo WHERE photo_id = ANY($1::text[])", list(gone))


async def sweep_later(tx: Transaction, photo_ids: Sequence[str], wait: timedelta) -> None:
    """Look at these photos again later."""
    at = tx.now + wait
    await tx.sql("UPDATE photo SET sweep_at = $2 WHERE photo_id = ANY($1::text[])", list(photo_ids), at)


async def sweep_at_once(tx: Transaction, photo_id: str) -> None:
    """Let a photo go, unless a request uses it."""
    await tx.sql("UPDATE photo SET claimable_until = $2, sweep_at = $2 WHERE photo_id = $1", photo_id, tx.now)


async def erase_photos(tx: Transaction, request_ids: Sequence[UUID]) -> None:
    """Take photos from these requests, and their unfetched addresses; bytes that nobody else uses are swept at once."""
    photo_ids = [row["photo_id"] for row in await tx.sql(_ERASE, list(request_ids))]
    await tx.sql(
        "UPDATE photo SET claimable_until = $2, sweep_at = $2 WHERE photo_id = ANY($1::text[])", photo_ids, tx.now
    )
    await tx.sql("DELETE FROM vault_photo_fetch WHERE request_id = ANY($1::uuid[])", list(request_ids))


def _photo(row: Row) -> Photo:
    return Photo(photo_id=row["photo_id"], width=row["width"], height=row["height"])
