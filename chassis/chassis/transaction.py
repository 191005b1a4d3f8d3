"""One transaction: facts in, rows and events out, committed by the chassis alone."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import Executable

from chassis import sql
from chassis.ids import derived_id, partition_of
from chassis.outbox import append_outbox
from chassis.principals import Principal
from chassis.records import EVENT_CLOCK, Cause, Outgoing, Received
from chassis.telemetry import Telemetry
from chassis.topology import Topology
from contracts.event import Event, encode

_TAKE_BACK = """
DELETE FROM due USING unnest($1::text[], $2::text[]) AS g(kind, key) WHERE due.kind = g.kind AND due.key = g.key
"""


Counted: TypeAlias = tuple[str, str, tuple[tuple[str, str], ...]]
"""A number for operators: its name, what it says, and its labels."""


class Reads:
    """Reading, on one connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def rows(self, statement: Executable) -> list[sql.Row]:
        """Run a SQLModel or SQLAlchemy select; each row is a mapping by column name."""
        text, values = sql.compiled(statement)
        found: list[sql.Row] = await self.connection.fetch(text, *values)
        return found

    async def one(self, statement: Executable) -> sql.Row | None:
        """Run a select that finds one row, or None."""
        found = await self.rows(statement)
        return found[0] if found else None

    async def sql(self, text: str, *values: object) -> list[sql.Row]:
        """Run SQL text with `$1` places."""
        found: list[sql.Row] = await self.connection.fetch(text, *values)
        return found


class Transaction(Reads):
    """What a handler works in. It never commits; the chassis does, after the outbox append."""

    rebuilding = False
    """Whether the log is being applied again: what was decided then is on it, and nothing is decided anew."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        now: datetime,
        service: str,
        topology: Topology,
        telemetry: Telemetry,
        metadata: Any,
    ) -> None:
        super().__init__(connection)
        self.now = now
        self._service, self._topology, self._telemetry = service, topology, telemetry
        self._tables = metadata.tables
        self._outgoing: list[Outgoing] = []
        self._due: dict[tuple[str, str], dict[str, Any]] = {}
        self._cancelled: dict[tuple[str, str], None] = {}
        self._audit: list[dict[str, Any]] = []
        self._ordinals: Counter[tuple[str, str]] = Counter()
        self.counted: Counter[Counted] = Counter()
        self.afterwards: list[Callable[[], None]] = []

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call this once all is committed, such as to wake who waits for it; a transaction that fails calls nobody."""
        self.afterwards.append(call)

    # --- what leaves -------------------------------------------------------------------------------------------

    def publish(
        self,
        event: Event,
        because: Cause,
        topic: str | None = None,
        at: datetime | None = None,
        clock: str | None = None,
    ) -> str:
        """Put an event on its way; returns its id, made from the cause and never from chance.

        `topic` defaults to the event's type, `at` to the cause's now; `clock` "event" marks imported history and is
        inherited from the cause.
        """
        place, key = topic or event.TYPE, event.key
        event_id = self._next_id(place, because.id)
        clock = clock or (EVENT_CLOCK if _on_event_clock(because) else None)
        trace = self._telemetry.producer_span(place, because.traceparent)
        value = encode(event, event_id, self._service, at or because.now, traceparent=trace, clock=clock)
        self._outgoing.append(Outgoing(place, self._partition(place, key, because), key, value, trace))
        return event_id

    def tombstone(self, topic: str, key: str, because: Cause) -> None:
        """Erase a key from a compacted topic."""
        self._outgoing.append(Outgoing(topic, self._partition(topic, key, because), key, None, because.traceparent))

    def _next_id(self, topic: str, cause_id: str) -> str:
        ordinal = self._ordinals[topic, cause_id]
        self._ordinals[topic, cause_id] += 1
        return derived_id(topic, cause_id, ordinal)

    def _partition(self, topic: str, key: str, because: Cause) -> int:
        count = self._topology.partitions(topic)
        if isinstance(because, Received) and because.key == key and self._topology.is_trusted(because.topic, count):
            return because.partition
        return partition_of(key, count)

    # --- what is done later --------------------------------------------------------------------------------------

    def schedule(self, kind: str, key: str, due_at: datetime, payload: Mapping[str, Any], because: Cause) -> None:
        """Promise to do something at `due_at`; the latest promise per (kind, key) holds."""
        self._due[kind, key] = {
            "kind": kind,
            "key": key,
            "due_at": due_at,
            "payload": dict(payload),
            "on_event_clock": _on_event_clock(because),
            "traceparent": because.traceparent,
        }

    async def cancel(self, kind: str, keys: Sequence[str]) -> None:
        """Take promises back."""
        for key in keys:
            self._due.pop((kind, key), None)
            self._cancelled[kind, key] = None

    def audit(self, principal: Principal, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Note who did what to what; append-only."""
        self._audit.append(
            {
                "role": principal.role,
                "subject": principal.subject,
                "agency": principal.agency,
                "action": action,
                "object": subject,
                "detail": dict(detail),
            }
        )

    def count(self, name: str, says: str, **labels: str) -> None:
        """Count something for operators, once this commits; a name has always the same labels."""
        self.counted[name, says, tuple(labels.items())] += 1

    # --- writes ----------------------------------------------------------------------------------------------------

    async def insert(self, model: Any, rows: Sequence[sql.Row], ignore: tuple[str, ...] = ()) -> None:
        """Insert rows; with `ignore`, skip those whose key exists. All rows have the same columns."""
        if not rows:
            return
        table = sql.table_of(model)
        if ignore:
            await sql.insert_statement(table, tuple(rows[0]), ignore).run(self.connection, rows)
        else:
            await sql.copy_rows(self.connection, table, rows)

    async def insert_unseen(self, model: Any, rows: Sequence[sql.Row]) -> None:
        """Insert rows that were looked for in vain; where another transaction has made one meanwhile, this one passes.

        Whatever was decided rests on its absence, so the whole transaction is tried again and finds it.
        """
        try:
            await self.insert(model, rows)
        except asyncpg.UniqueViolationError as error:
            raise asyncpg.SerializationError("a row looked for in vain was made meanwhile") from error

    async def upsert(
        self,
        model: Any,
        rows: Sequence[sql.Row],
        keys: tuple[str, ...],
        newer: str | None = None,
        only: tuple[str, ...] | None = None,
    ) -> None:
        """Insert rows or update those whose `keys` exist; with `newer`, only when that column grows."""
        if rows:
            made = sql.upsert_statement(sql.table_of(model), tuple(rows[0]), keys, newer, only)
            await made.run(self.connection, rows)

    async def update(self, model: Any, rows: Sequence[sql.Row], keys: tuple[str, ...]) -> None:
        """Update the rows that `keys` name, setting the other columns given."""
        if rows:
            await sql.update_statement(sql.table_of(model), tuple(rows[0]), keys).run(self.connection, rows)

    async def execute(self, statement: Executable) -> None:
        """Run any SQLAlchemy core statement."""
        text, values = sql.compiled(statement)
        await self.connection.execute(text, *values)

    # --- the chassis's own ---------------------------------------------------------------------------------------

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undo rows, events and promises together when the block raises."""
        kept = (len(self._outgoing), dict(self._due), dict(self._cancelled), len(self._audit), Counter(self._ordinals))
        counted = Counter(self.counted)
        try:
            async with self.connection.transaction():
                yield
        except BaseException:
            (sent, self._due, self._cancelled, noted, self._ordinals), self.counted = kept, counted
            del self._outgoing[sent:], self._audit[noted:]
            raise

    def table(self, name: str) -> Any:
        """One of the service's tables by name."""
        return self._tables[name]

    def send(self, outgoing: Outgoing) -> None:
        """Put a ready record on its way (the chassis's dead letters)."""
        self._outgoing.append(outgoing)

    async def keep_promises(self) -> None:
        """Write what was promised and what was taken back, once for the whole transaction."""
        if self._cancelled:
            await self.connection.execute(_TAKE_BACK, *zip(*self._cancelled, strict=True))
        promises = [self._due[named] for named in sorted(self._due)]  # in one order, so that nobody waits in a ring
        await self.upsert(self._tables["due"], promises, keys=("kind", "key"))

    async def flush(self) -> int:
        """Write promises, audit and, last and under the order lock, the outbox. Returns how many records leave."""
        await self.keep_promises()
        await self.insert(self._tables["audit"], self._audit)
        await append_outbox(self.connection, self._tables["outbox"], self._outgoing)
        return len(self._outgoing)


def _on_event_clock(cause: Cause) -> bool:
    return isinstance(cause, Received) and cause.event_clock
