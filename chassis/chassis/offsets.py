"""Where a service is in the log: PostgreSQL's rows are the truth, and locking them fences zombies."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import asyncpg

from chassis.errors import FatalError
from chassis.log import Log
from chassis.records import Place, Record

_CLAIM = """
INSERT INTO consumer_offset (topic, part, next)
SELECT topic, part, 0 FROM unnest($1::text[], $2::int[]) AS g(topic, part) ON CONFLICT DO NOTHING
"""
_ADVANCE = """
WITH given AS MATERIALIZED (SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[]) AS g(topic, part, next)),
locked AS MATERIALIZED (
  SELECT o.topic, o.part, o.next FROM consumer_offset o
  JOIN given USING (topic, part) ORDER BY o.topic, o.part FOR UPDATE OF o
), moved AS (
  UPDATE consumer_offset o SET next = given.next FROM given JOIN locked USING (topic, part)
  WHERE o.topic = given.topic AND o.part = given.part AND o.next < given.next
)
SELECT topic, part, next FROM locked
"""
_FIRST_SEEN = """
WITH seen AS (
  INSERT INTO inbox (event_id, at)
  SELECT given.event_id, given.at FROM unnest($1::uuid[], $2::timestamptz[]) AS given(event_id, at)
  WHERE NOT EXISTS (SELECT FROM inbox_before AS before WHERE before.event_id = given.event_id)
  ON CONFLICT DO NOTHING RETURNING event_id
)
SELECT array(SELECT event_id FROM seen)
"""


async def claim(
    connection: asyncpg.Connection, batch: Sequence[Record], may_jump: Callable[[str], bool]
) -> list[Record]:
    """Lock the batch's partitions, advance them past it, and return the records not applied before.

    Raises FatalError when a partition's records begin beyond its stored position, unless its topic `may_jump`
    (compaction and retention leave holes): something was skipped, and a restart reads it again.
    """
    firsts, nexts = _spans(batch)
    before = await _advance(connection, nexts)
    for place, first in firsts.items():
        if first > before[place] > 0 and not may_jump(place.topic):
            raise FatalError(
                f"{place.topic}[{place.partition}] goes on at {first}, but only {before[place]} was applied."
            )
    if all(first >= before[place] for place, first in firsts.items()):
        return list(batch)
    return [r for r in batch if r.offset >= before[r.place]]


def _spans(batch: Sequence[Record]) -> tuple[dict[Place, int], dict[Place, int]]:
    firsts: dict[Place, int] = {}
    nexts: dict[Place, int] = {}
    for record in batch:
        place = record.place
        firsts.setdefault(place, record.offset)
        nexts[place] = record.offset + 1
    return firsts, nexts


async def _advance(connection: asyncpg.Connection, nexts: Mapping[Place, int]) -> dict[Place, int]:
    """Lock positions and move them forward; returns what they were before."""
    topics, parts = [p.topic for p in nexts], [p.partition for p in nexts]
    locked = await connection.fetch(_ADVANCE, topics, parts, list(nexts.values()))
    before = {Place(r["topic"], r["part"]): r["next"] for r in locked}
    never_read = {place: position for place, position in nexts.items() if place not in before}
    if never_read:
        await connection.execute(_CLAIM, [p.topic for p in never_read], [p.partition for p in never_read])
        before |= await _advance(connection, never_read)
    return before


async def first_seen(connection: asyncpg.Connection, event_ids: Sequence[str], ats: Sequence[datetime]) -> set[str]:
    """Note events in the inbox by id and own time; returns the ids that were not there: repeats are dropped.

    The time is part of an event's bytes, so a repeat carries the same, whichever month it arrives in.
    """
    return {event_id.hex for event_id in await connection.fetchval(_FIRST_SEEN, event_ids, ats)}


async def stored(connection: asyncpg.Connection, places: Sequence[Place]) -> Mapping[Place, int]:
    """Read the positions of partitions; those never read are absent."""
    found = await connection.fetch(
        "SELECT topic, part, next FROM consumer_offset JOIN unnest($1::text[], $2::int[]) AS g(topic, part)"
        " USING (topic, part)",
        [p.topic for p in places],
        [p.partition for p in places],
    )
    return {Place(r["topic"], r["part"]): r["next"] for r in found}


async def check_same_log(
    connection: asyncpg.Connection, log: Log, places: Sequence[Place], *, accept_rewind: bool
) -> None:
    """Stop unless log and database belong together.

    Raises FatalError when the log is another cluster's, when it ends before what the database has applied (it was
    wiped), or when the group had consumed further than the database knows (the database was wiped or restored).
    """
    await _check_cluster(connection, await log.cluster_id())
    hints = await log.committed(places)  # first: other instances go on applying, and what is known only grows
    known = await stored(connection, places)
    check_not_wiped(known, await log.ends(places))
    if accept_rewind:
        return
    oldest = await log.beginnings(places)
    for place, hint in hints.items():
        if hint > max(known.get(place, 0), oldest.get(place, 0)):
            raise FatalError(
                f"The group had consumed {place.topic}[{place.partition}] up to {hint}, but the database knows only"
                f" {known.get(place, 0)}: the database was wiped or restored. Restore it, or set"
                " RELAY311_ACCEPT_REWIND=1 to rebuild from the log."
            )


def check_not_wiped(known: Mapping[Place, int], ends: Mapping[Place, int]) -> None:
    """Raise FatalError when a partition ends before what the database has applied of it."""
    for place, position in known.items():
        if position > ends.get(place, 0):
            raise FatalError(
                f"The database has applied {place.topic}[{place.partition}] up to {position}, but the log ends at"
                f" {ends.get(place, 0)}: the topic was wiped. Restore the log, or start with an empty database."
            )


async def _check_cluster(connection: asyncpg.Connection, cluster_id: str) -> None:
    await connection.execute(
        "INSERT INTO platform (cluster_id) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM platform) ON CONFLICT DO NOTHING",
        cluster_id,
    )
    known = await connection.fetchval("SELECT cluster_id FROM platform")
    if known != cluster_id:
        raise FatalError(
            f"The database belongs to Kafka cluster {known!r}, but this is {cluster_id!r}. Point KAFKA_BOOTSTRAP at"
            " the right cluster, or start with an empty database."
        )
