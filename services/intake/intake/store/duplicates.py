"""What is near a report in space and time, and which requests follow which."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.domain.duplicates import Search, Sighting
from intake.store.tables import Base, Request

MOST_NEAR = 60
"""Requests that are looked at for one report: the newest."""

_NEAR = """
SELECT g.n, r.* FROM unnest($1::int[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::timestamptz[],
  $7::timestamptz[], $8::text[]) AS g(n, south, north, west, east, since, until, services)
CROSS JOIN LATERAL (
  SELECT request_id, tracking_number, service_code, latitude, longitude, opened_at, substatus, description, address,
    asset_id, contact_refs, parent_request_id, closure->>'closed_at' AS closed_at,
    closure->>'disposition' AS disposition
  FROM request WHERE latitude BETWEEN g.south AND g.north AND longitude BETWEEN g.west AND g.east
    AND service_code = ANY(string_to_array(g.services, ' ')) AND updated_at >= g.since AND opened_at <= g.until
    AND (substatus = 'closed' OR opened_at >= g.since)
  ORDER BY opened_at DESC LIMIT $9
) AS r
"""
_NAMED = """
SELECT g.number, r.request_id, r.parent_request_id, r.substatus
FROM (SELECT tracking_number AS number, request_id FROM request WHERE tracking_number = ANY($1::text[])
  UNION SELECT external_id, request_id FROM external_id WHERE external_id = ANY($1::text[])) AS g
JOIN request r USING (request_id)
"""
_CHILDREN = "SELECT request_id FROM request WHERE parent_request_id = ANY($1::uuid[]) ORDER BY request_id"


class NotDuplicate(Base, table=True):
    """Somebody said that these two are different things; it is not asked again."""

    __tablename__ = "not_duplicate"

    request_id: UUID = Field(primary_key=True)
    other_id: UUID = Field(primary_key=True)


async def near(reads: Reads, searches: Sequence[Search]) -> Mapping[int, list[Sighting]]:
    """Find what lies in each search's box and time, by the search's place in the list."""
    columns = zip(*((n, *search) for n, search in enumerate(searches)), strict=True)
    found: defaultdict[int, list[Sighting]] = defaultdict(list)
    for row in await reads.sql(_NEAR, *map(list, columns), MOST_NEAR):
        found[row["n"]].append(Sighting.of(row))
    return found


async def named(reads: Reads, numbers: Sequence[str]) -> Mapping[str, Row]:
    """Find requests by their numbers: where they stand and whom they follow."""
    return {row["number"]: row for row in await reads.sql(_NAMED, sorted(set(numbers)))}


async def children_of(reads: Reads, request_ids: Sequence[UUID]) -> list[UUID]:
    """List the requests that follow these."""
    return [row["request_id"] for row in await reads.sql(_CHILDREN, list(request_ids))]


async def parents_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, UUID]:
    """Read whom these requests follow; those that stand for themselves are missing."""
    rows = await reads.sql(
        "SELECT request_id, parent_request_id FROM request"
        " WHERE request_id = ANY($1::uuid[]) AND parent_request_id IS NOT NULL",
        list(request_ids),
    )
    return {row["request_id"]: row["parent_request_id"] for row in rows}


async def followed_among(reads: Reads, request_ids: Sequence[UUID]) -> set[UUID]:
    """Tell which of these requests others follow."""
    rows = await reads.sql(
        "SELECT DISTINCT parent_request_id FROM request WHERE parent_request_id = ANY($1::uuid[])", list(request_ids)
    )
    return {row["parent_request_id"] for row in rows}


async def told_apart(reads: Reads, request_id: UUID) -> set[UUID]:
    """List what was said to be something else than this request."""
    rows = await reads.sql(
        "SELECT other_id AS other FROM not_duplicate WHERE request_id = $1"
        " UNION SELECT request_id FROM not_duplicate WHERE other_id = $1",
        request_id,
    )
    return {row["other"] for row in rows}


async def tell_apart(tx: Transaction, pairs: Sequence[tuple[UUID, UUID]]) -> None:
    """Remember that these are different things."""
    rows = [{"request_id": one, "other_id": other} for one, other in dict.fromkeys(pairs)]
    await tx.insert(NotDuplicate, rows, ignore=("request_id", "other_id"))


async def set_parents(tx: Transaction, parents: Mapping[UUID, UUID | None]) -> None:
    """Write whom requests follow."""
    rows = [{"request_id": child, "parent_request_id": parent} for child, parent in parents.items()]
    await tx.update(Request, rows, ("request_id",))


async def set_recurrences(tx: Transaction, earlier: Mapping[UUID, UUID]) -> None:
    """Write which closed request a new one is the same thing as."""
    rows = [{"request_id": new, "recurrence_of": closed} for new, closed in earlier.items()]
    await tx.update(Request, rows, ("request_id",))


async def set_followers(tx: Transaction, followers: Mapping[UUID, str]) -> None:
    """Write who follows requests without one of their own."""
    rows = [{"request_id": request_id, "followers": refs} for request_id, refs in followers.items()]
    await tx.update(Request, rows, ("request_id",))
