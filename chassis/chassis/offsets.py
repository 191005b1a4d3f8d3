"""Where a service is in the log: PostgreSQL's rows are the truth, and locking them fences zombies."""

from collections.abc import Callable, Mapping, Sequence

import asyncpg

from chassis.errors import FatalError
from chassis.log import Log
from chassis.records import Place, Record

_CLAIM = """
INSERT INTO consumer_offset (topic, part, next)
SELECT topic, part, 0 FROM unnest($1::text[], $2::int[]) AS g(topic, part) ON CONFLICT DO NOTHING
"""
_LOCK = """
SELECT o.topic, o.part, o.next FROM consumer_offset o
JOIN unnest($1::text[], $2::int[]) AS g(topic, part) USING (topic, part) ORDER BY o.topic, o.part FOR UPDATE OF o
"""
_ADVANCE = """
UPDATE consumer_offset o SET next = g.next FROM unnest($1::text[], $2::int[], $3::bigint[]) AS g(topic, part, next)
WHERE o.topic = g.topic AND o.part = g.part AND o.next < g.next
"""
_FIRST_SEEN = """
INSERT INTO inbox (event_id) SELECT DISTINCT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id
"""


async def claim(
    connection: asyncpg.Connection, batch: Sequence[Record], may_jump: Callable[[str], bool]
) -> list[Record]:
    """Lock the batch's partitions, advance them past it, and return the records not applied before.

    Raises FatalError when a partition's records begin beyond its stored position, unless its topic `may_jump`
    (compaction and retention leave holes): something was skipped, and a restart reads it again.
    """
    firsts, nexts = _spans(batch)
    before = await _lock(connection, list(nexts))
    for place, first in firsts.items():
        if first > before[place] > 0 and not may_jump(place.topic):
            raise FatalError(
                f"{place.topic}[{place.partition}] goes on at {first}, but only {before[place]} was applied."
            )
    places = list(nexts)
    await connection.execute(_ADVANCE, [p.topic for p in places], [p.partition for p in places], list(nexts.values()))
    return [r for r in batch if r.offset >= before[r.place]]


def _spans(batch: Sequence[Record]) -> tuple[dict[Place, int], dict[Place, int]]:
    firsts: dict[Place, int] = {}
    nexts: dict[Place, int] = {}
    for record in batch:
        firsts.setdefault(record.place, record.offset)
        nexts[record.place] = record.offset + 1
    return firsts, nexts


async def _lock(connection: asyncpg.Connection, places: Sequence[Place]) -> dict[Place, int]:
    topics, parts = [p.topic for p in places], [p.partition for p in places]
    locked = await connection.fetch(_LOCK, topics, parts)
    if len(locked) < len(places):
        await connection.execute(_CLAIM, topics, parts)
        locked = await connection.fetch(_LOCK, topics, parts)
    return {Place(r["topic"], r["part"]): r["next"] for r in locked}


async def first_seen(connection: asyncpg.Connection, event_ids: Sequence[str]) -> set[str]:
    """Note event ids in the inbox; returns those that were not there: a producer's repeats are dropped."""
    found = await connection.fetch(_FIRST_SEEN, event_ids)
    return {r["event_id"].hex for r in found}


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
    known = await stored(connection, places)
    check_not_wiped(known, await log.ends(places))
    if accept_rewind:
        return
    oldest = await log.beginnings(places)
    for place, hint in (await log.committed(places)).items():
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
        "INSERT INTO platform (cluster_id) SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM platform)", cluster_id
    )
    known = await connection.fetchval("SELECT cluster_id FROM platform")
    if known != cluster_id:
        raise FatalError(
            f"The database belongs to Kafka cluster {known!r}, but this is {cluster_id!r}. Point KAFKA_BOOTSTRAP at"
            " the right cluster, or start with an empty database."
        )
