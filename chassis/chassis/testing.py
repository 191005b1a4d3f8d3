"""A bench for one service: the in-memory log, a real migrated PostgreSQL database, and HTTP through its ASGI app."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import uuid4

import asyncpg
import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import MetaData

from chassis.ids import partition_of
from chassis.memory import MemoryCluster, MemoryLog
from chassis.principals import ISSUER
from chassis.rebuilding.procedure import plan_of, rebuild
from chassis.rebuilding.state import differences, look
from chassis.records import Outgoing
from chassis.running import Running
from chassis.service import Service
from chassis.topology import Topology
from contracts.event import Envelope, Event, encode, open_envelope

QUIET_SECONDS = 30.0


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


class Keys:
    """A signing key pair of the test's own."""

    def __init__(self) -> None:
        self._private = Ed25519PrivateKey.generate()
        raw = self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        self.public = raw.decode()

    def token(self, role: str, subject: str = "tester", agency: str | None = None) -> dict[str, str]:
        """Make an Authorization header for a role."""
        claims = {"iss": ISSUER, "sub": subject, "role": role, "exp": datetime.now(UTC) + timedelta(hours=1)}
        claims |= {"agency": agency} if agency else {}
        return {"Authorization": f"Bearer {jwt.encode(claims, self._private, algorithm='EdDSA')}"}


class Bench:
    """One or more services at work on one in-memory log."""

    def __init__(self, services: Sequence[Service], keys: Keys, clock: TestClock) -> None:
        self.clock, self._keys = clock, keys
        adapted = {slug: None for service in services for slug in service.adapted}
        topology = Topology(tuple(services[0].agencies), tuple(adapted))
        self.cluster = MemoryCluster(topology.partitions)
        self.topology = topology
        self.running = {s.name: Running(s, MemoryLog(self.cluster, s.name), clock) for s in services}
        self.clients = {name: _client(running) for name, running in self.running.items()}

    @property
    def http(self) -> httpx2.AsyncClient:
        """The first service's HTTP door."""
        return next(iter(self.clients.values()))

    def token(self, role: str, subject: str = "tester", agency: str | None = None) -> dict[str, str]:
        """Make an Authorization header for a role."""
        return self._keys.token(role, subject, agency)

    async def __aenter__(self) -> Self:
        """Start every service."""
        await asyncio.gather(*(running.__aenter__() for running in self.running.values()))
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop every service."""
        await asyncio.gather(*(client.aclose() for client in self.clients.values()))
        await asyncio.gather(*(running.__aexit__(*exc) for running in self.running.values()))

    async def feed(
        self,
        event: Event,
        topic: str | None = None,
        at: datetime | None = None,
        event_id: str | None = None,
        source: str = "test",
        clock: str | None = None,
    ) -> None:
        """Append an event to the log and wait until the services are quiet."""
        value = encode(event, event_id or uuid4().hex, source, at or self.clock.now, clock=clock)
        await self.feed_raw(topic or event.TYPE, event.key, value)

    async def feed_raw(self, topic: str, key: str, value: bytes | None) -> None:
        """Append any bytes, or a tombstone, and wait until the services are quiet."""
        place = partition_of(key, self.topology.partitions(topic))
        await self.cluster.append([Outgoing(topic, place, key, value)])
        await self.quiet()

    async def quiet(self) -> None:
        """Wait until every record is applied and every outbox is empty; fails after half a minute."""
        deadline = time.monotonic() + QUIET_SECONDS
        while time.monotonic() < deadline:
            before = self._lying()
            if not await self._busy() and self._lying() == before:
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"Not quiet after {QUIET_SECONDS} s: {await self._busy()}")

    async def advance(self, by: timedelta) -> None:
        """Move the clock and handle what became due, until nothing more is."""
        self.clock.now += by
        while sum([await running.sweeper.sweep() for running in self.running.values()]):
            await self.quiet()
        await self.quiet()

    def published(self, topic: str) -> list[Envelope]:
        """List what lies on a topic, opened; tombstones are left out."""
        return [open_envelope(r.value) for r in self.cluster.of_topic(topic) if r.value is not None]

    def events(self, topic: str, model: type[Event]) -> list[Any]:
        """List what lies on a topic as its model."""
        return [model.model_validate(e.data) for e in self.published(topic)]

    async def rows(self, service: str, text: str, *values: object) -> list[Mapping[str, Any]]:
        """Look into a service's database."""
        async with self.running[service].database.reads() as reads:
            return await reads.sql(text, *values)

    async def rebuild(self, name: str, *, wiped: bool = False) -> list[str]:
        """Stop a service, rebuild it from the log and start it again; says what is different afterwards.

        `wiped` empties the database before, the tables a rebuild would keep included.
        """
        old = self.running[name]
        plan, metadata = plan_of(old.service), old.service.metadata
        await self.quiet()
        await old.__aexit__()
        before = await look(old.database.url, plan, metadata)
        if wiped:
            await _wipe(old.database.url, metadata)
        log = MemoryLog(self.cluster, name)
        await rebuild(old.service, log, lambda _line: None)
        after = await look(old.database.url, plan, metadata)
        self.running[name] = Running(old.service, MemoryLog(self.cluster, name), self.clock)
        await self.clients[name].aclose()
        self.clients[name] = _client(self.running[name])
        await self.running[name].__aenter__()
        return differences(before, after)

    def _lying(self) -> int:
        return sum(len(kept) for kept in self.cluster.records.values())

    async def _busy(self) -> list[str]:
        found = []
        for name, running in self.running.items():
            if running.failed is not None and running.failed.done():
                running.failed.result()
            async with running.database.reads() as reads:
                known = await reads.sql("SELECT topic, part, next FROM consumer_offset")
                # After the positions: what their records caused is then in sight, here or already on the log.
                waiting = (await reads.sql("SELECT count(*) AS n FROM outbox"))[0]["n"]
            at = {(r["topic"], r["part"]): r["next"] for r in known}
            behind = [
                p
                for p, kept in list(self.cluster.records.items())
                if p.topic in running.consumer.topics and at.get((p.topic, p.partition), 0) < len(kept)
            ]
            found += [f"{name}: {waiting} in the outbox, behind on {behind}"] if waiting or behind else []
        return found


async def _wipe(url: str, metadata: MetaData) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    finally:
        await connection.close()


def _client(running: Running) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=running.app(), raise_app_exceptions=True)
    return httpx2.AsyncClient(transport=transport, base_url="http://test")
