"""The rebuild itself: alone, from offset 0 to where the service had been, then on from there."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

import asyncpg

from chassis import migrations, offsets, sql
from chassis.errors import FatalError
from chassis.log import Log
from chassis.outbox import LEADER_LOCK, forget_outbox, read_outbox
from chassis.partitions import make_ahead
from chassis.rebuilding.applying import Restorer
from chassis.rebuilding.carrying import bring_back, carry_away
from chassis.rebuilding.marker import mark, marked, unmark
from chassis.rebuilding.plan import Rebuild
from chassis.records import Place, Record
from chassis.service import Service
from chassis.topology import Topology

RELAYED: Final = 2000
PROGRESS_SECONDS: Final = 2.0
Say = Callable[[str], None]


class Rebuilt(NamedTuple):
    """What a rebuild did: records read, records parked anew, and how long it took."""

    records: int
    parked: int
    seconds: float


async def rebuild(service: Service, log: Log, say: Say) -> Rebuilt:
    """Rebuild a stopped service's database; raises FatalError where that would lose something."""
    plan = plan_of(service)
    url = service.settings.database_url.get_secret_value()
    await migrations.migrate(url, service.package or service.name, service.metadata)
    connection = await asyncpg.connect(url)
    try:
        await sql.prepare_connection(connection)
        await _be_alone(connection, service.name)
        await make_ahead(connection, datetime.now(UTC))
        await log.start()
        return await _Rebuilding(service, plan, log, connection, say).run()
    finally:
        await log.stop()
        await connection.close()


def plan_of(service: Service) -> Rebuild:
    """Return how a service is rebuilt; raises FatalError when it does not say."""
    if service.rebuild is None:
        raise FatalError(f"{service.name} does not say how it is rebuilt: give its Service a `rebuild`.")
    return service.rebuild


async def _be_alone(connection: asyncpg.Connection, name: str) -> None:
    """Take the leader's lock for as long as this connection lives."""
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):
        raise FatalError(
            f"Another instance of {name} works on this database. Stop every instance first; a frozen one loses its"
            " session within seconds."
        )


class _Rebuilding:
    """One run."""

    def __init__(self, service: Service, plan: Rebuild, log: Log, connection: asyncpg.Connection, say: Say) -> None:
        self._service, self._plan, self._log, self._connection, self._say = service, plan, log, connection, say
        self._topology = Topology(tuple(service.agencies), tuple(service.adapted))
        own = [t.name for t in self._topology.topics.values() if t.producer == service.name]
        wanted = {topic for s in plan.restores for topic in self._topology.of_type(s.event.TYPE, service.name)}
        self._inputs = self._places({t.name for t in self._topology.topics.values() if service.name in t.consumers})
        self._own = self._places(wanted & set(own))
        self._ranks = {name: (name in own) * 10_000 + n for n, name in enumerate(self._topology.topics)}

    def _places(self, topics: set[str]) -> list[Place]:
        return [Place(t, p) for t in sorted(topics) for p in range(self._topology.partitions(t))]

    async def run(self) -> Rebuilt:
        began = time.monotonic()
        await offsets.check_same_log(self._connection, self._log, self._inputs, accept_rewind=True)
        await self._send_what_waits()
        positions = await marked(self._connection)
        if positions is None:
            positions = await self._positions()
            async with self._connection.transaction():
                await mark(self._connection, positions)
        skip = await self._parked_places()
        await self._empty()
        restorer = Restorer(self._service, self._plan.restores, self._topology)
        count = await self._read(restorer, positions, skip)
        if restorer.left_out:
            self._say(f"{restorer.left_out} records on its own topics are not its own events, and were left out")
        await self._finish(restorer, positions)
        return Rebuilt(count, restorer.parked, time.monotonic() - began)

    async def _send_what_waits(self) -> None:
        """Bring to the log what was committed but not yet sent: it was decided, and the log must have it."""
        while True:
            last_id, records = await read_outbox(self._connection, RELAYED)
            if not records:
                return
            await self._log.append(records)
            await forget_outbox(self._connection, last_id)
            self._say(f"sent {len(records)} events that were waiting in the outbox")

    async def _positions(self) -> dict[Place, int]:
        """Tell how far each input was applied: what lies behind was decided, what lies beyond is still to be decided.

        The database knows best; the group's hint is never ahead of a database, but may be ahead of a restored or an
        empty one. Where neither knows anything, all that lies on the log is taken as decided.
        """
        known, hints = await offsets.stored(self._connection, self._inputs), await self._log.committed(self._inputs)
        if known or hints:
            return {place: max(known.get(place, 0), hints.get(place, 0)) for place in self._inputs}
        self._say("nobody knows how far this service had come: all that lies on the log is taken as decided")
        return dict(await self._log.ends(self._inputs))

    async def _parked_places(self) -> set[tuple[str, int, int]]:
        found = await self._connection.fetch("SELECT topic, part, log_offset FROM parked WHERE redriven_at IS NULL")
        return {(r["topic"], r["part"], r["log_offset"]) for r in found}

    async def _empty(self) -> None:
        for name, fate in self._plan.derived.items():
            await carry_away(self._connection, self._service.metadata.tables[name], fate.carried)
            if fate.emptied:
                whole = fate.rows == "true"
                await self._connection.execute(
                    f'TRUNCATE "{name}"' if whole else f'DELETE FROM "{name}" WHERE {fate.rows}'
                )
        await self._connection.execute("TRUNCATE consumer_offset")

    async def _read(self, restorer: Restorer, positions: Mapping[Place, int], skip: set[tuple[str, int, int]]) -> int:
        until = {**await self._log.ends(self._own), **positions}
        total, count, told = sum(until.values()), 0, time.monotonic()
        async for chunk in self._log.history(until, self._ranks.__getitem__):
            for batch in _batches(chunk):
                await restorer.apply(self._connection, batch, skip)
            count += len(chunk)
            if time.monotonic() - told > PROGRESS_SECONDS:
                told = time.monotonic()
                self._say(f"{count:,} of at most {total:,} records applied")
        return count

    async def _finish(self, restorer: Restorer, positions: Mapping[Place, int]) -> None:
        async with self._connection.transaction():
            if self._plan.finish is not None:
                tx = restorer.transaction(self._connection)
                await self._plan.finish(tx)
                await tx.flush()
            await self._connection.executemany(
                "INSERT INTO consumer_offset (topic, part, next) VALUES ($1, $2, $3)",
                [(place.topic, place.partition, offset) for place, offset in positions.items() if offset],
            )
            for name, fate in self._plan.derived.items():
                await bring_back(self._connection, self._service.metadata.tables[name], fate.carried)
            await unmark(self._connection)


def _batches(chunk: Sequence[Record], size: int = 2000) -> list[Sequence[Record]]:
    return [chunk[at : at + size] for at in range(0, len(chunk), size)]
