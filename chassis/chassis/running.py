"""A service at work: its parts wired together, started in order and stopped in reverse."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

import structlog
from fastapi import FastAPI

from chassis import failpoints, migrations, offsets
from chassis.backoff import until_up
from chassis.commands import Commands
from chassis.consuming import Consumer
from chassis.database import Clock, Database, is_transient
from chassis.envelope import Envelope
from chassis.express import Express
from chassis.http import PROBLEMS, Doors, add_operations, create_app, problem
from chassis.log import Log
from chassis.metrics import Metrics
from chassis.operations import parked_routes
from chassis.partitions import Months
from chassis.principals import Tokens
from chassis.rebuilding.marker import refuse_unfinished
from chassis.records import Place, Record
from chassis.relay import Relay
from chassis.service import Service, Worker
from chassis.telemetry import Telemetry
from chassis.timers import Sweeper
from chassis.topology import Topology
from chassis.waiting import end_all
from chassis.watchdog import Watchdog

START_LOCK = 311_014
"""Instances that start together publish what they start with one after the other: the second finds it published."""
_log = structlog.get_logger()


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Running:
    """A service at work: the same parts whether the log is Kafka or memory, the clock real or a test's."""

    def __init__(
        self, service: Service, log: Log, clock: Clock = wall_clock, telemetry: Telemetry | None = None
    ) -> None:
        settings = service.settings
        self.service, self._log, self._tasks = service, log, list[asyncio.Task[None]]()
        self.failed: asyncio.Future[None] | None = None
        self._stop = asyncio.Event()
        self.topology = Topology(tuple(service.agencies), tuple(service.adapted))
        self.metrics = Metrics(service.name)
        self.telemetry = telemetry or Telemetry.over_http(service.name, settings.otlp_endpoint, settings.trace_rate)
        url = settings.database_url.get_secret_value()
        self.database = Database(url, service.name, self.topology, self.telemetry, service.metadata, clock)
        self._months = Months(self.database, self.metrics)
        self.relay = Relay(url, log, self.metrics.relayed)
        self.database.on_sent = self.relay.wake
        self.database.on_counted = self.metrics.counted
        self.commands = Commands(self.database, self.metrics.answered)
        self.sweeper = Sweeper(service.timers, self.database, self.metrics.fired)
        self.consumer = Consumer(
            service.name,
            service.subscriptions,
            self.database,
            self.topology,
            self.telemetry,
            self.metrics,
        )
        self.doors = Doors(self.database, self.commands, self.telemetry)
        self.started = False

    def app(self) -> FastAPI:
        """Make the HTTP app; whoever serves it starts and stops the service around it."""
        tokens = Tokens(_public_key(self.service.settings.token_public_key))
        app = create_app(self.service.name, self.service.says, tokens)
        app.include_router(self.service.routes(self.doors), responses=PROBLEMS)
        app.include_router(parked_routes(self.doors, self.consumer), responses=PROBLEMS)
        add_operations(app, self.metrics, self._not_ready)
        app.add_middleware(Express, lanes=self.doors.lanes, tokens=tokens, refuse=problem)
        app.add_middleware(Envelope, telemetry=self.telemetry, metrics=self.metrics)
        return app

    async def __aenter__(self) -> Self:
        """Migrate, connect, check that log and database belong together, then work."""
        failpoints.belong_to(self.service.name)
        self.failed = asyncio.get_running_loop().create_future()
        settings = self.service.settings
        await migrations.migrate(self.database.url, self.service.package or self.service.name, self.service.metadata)
        await self.database.start(settings.database_connections, self.service.session)
        await self._months.look()
        await self._log.start()
        places = self._places()
        async with self.database.reads() as reads:
            await refuse_unfinished(reads.connection)
            await offsets.check_same_log(reads.connection, self._log, places, accept_rewind=settings.accept_rewind)
        self._spawn("relay", self.relay.run())
        self._spawn("commands", self.commands.run())
        if self.service.on_start is not None:
            async with self.database.transaction() as tx:
                await tx.sql("SELECT pg_advisory_xact_lock($1)", START_LOCK)
                await self.service.on_start(tx)
        if self.consumer.topics:
            await self._log.subscribe(self.consumer.topics, self._apply, self.consumer.positions)
        self._spawn("timers", self.sweeper.run())
        self._spawn("months", self._months.run())
        for worker in self.service.workers:
            self._spawn(worker.name, self._patiently(worker))
        self._spawn("watchdog", Watchdog(self._log, self.database, self.metrics, places).run())
        self.started = True
        _log.info("started", topics=len(self.consumer.topics))
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Stop reading first, then finish, then disconnect."""
        self.started = False
        self._stop.set()
        await self._log.stop()
        await end_all(self._tasks)
        await self.database.stop()
        self.telemetry.close()

    def _places(self) -> list[Place]:
        return [Place(t, p) for t in self.consumer.topics for p in range(self.topology.partitions(t))]

    async def _apply(self, batch: Sequence[Record]) -> None:
        try:
            await self.consumer.apply(batch)
        except Exception as error:
            self._fail("consumer", error)
            await asyncio.Event().wait()  # returning would let the log move on past what was not applied

    def _fail(self, part: str, error: Exception) -> None:
        _log.error("part failed", part=part, error=f"{type(error).__name__}: {error}"[:1000])
        if self.failed is not None and not self.failed.done():
            self.failed.set_exception(error)

    def _spawn(self, name: str, work: Awaitable[None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                self._fail(name, error)

        self._tasks.append(asyncio.create_task(guarded(), name=f"{self.service.name}-{name}"))

    async def _patiently(self, worker: Worker) -> None:
        """Run a worker; a database that is away is waited for, any other failure stops the service."""
        await until_up(f"the worker {worker.name}", partial(worker.run, self.doors, self._stop), is_transient)

    async def _not_ready(self) -> dict[str, str]:
        if not self.started:
            return {"service": "still starting"}
        try:
            async with self.database.reads() as reads:
                await reads.sql("SELECT 1")
        except Exception as error:  # readiness names what is away, whatever it is
            return {"database": f"{type(error).__name__}"}
        return {}


def _public_key(given: str | None) -> str | None:
    if given is None or given.startswith("-----"):
        return given
    return Path(given).read_text()
