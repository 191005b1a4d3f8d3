"""Timers: due rows swept with SKIP LOCKED, each batch one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from chassis import failpoints
from chassis.backoff import delay
from chassis.database import Database
from chassis.ids import derived_id
from chassis.records import Due
from chassis.transaction import Transaction

SWEEP = 500
POLL_SECONDS = 0.5
_log = structlog.get_logger()

# By place, not by key: however many are due later, and whatever the planner thinks of them, only these are looked at.
TAKE = """
DELETE FROM due WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM due WHERE kind = $1 AND NOT on_event_clock AND due_at <= $2
  ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)) RETURNING key, due_at, payload, traceparent
"""
# One probe of the index a kind: what is due later, however much, is never looked at.
ANY_DUE = """
SELECT given.kind FROM unnest($1::text[]) AS given(kind)
WHERE EXISTS (SELECT FROM due WHERE due.kind = given.kind AND NOT on_event_clock AND due_at <= $2)
"""

DueHandler = Callable[[Transaction, Sequence[Due]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Timer:
    """A kind of due work and its handler."""

    kind: str
    handler: DueHandler


def due(kind: str, handler: DueHandler) -> Timer:
    """Say which handler takes a kind of due work."""
    return Timer(kind, handler)


class Sweeper:
    """Hands over work whose time has come. The rows are taken and the effects made in one transaction."""

    def __init__(self, timers: Sequence[Timer], database: Database, fired: Callable[[int], None]) -> None:
        self._timers: Mapping[str, Timer] = {timer.kind: timer for timer in timers}
        self._database, self._fired = database, fired
        self._alone = asyncio.Lock()

    async def run(self) -> None:
        """Sweep until cancelled."""
        tries = 0
        while self._timers:
            try:
                busy = await self.sweep()
                tries = 0
                await asyncio.sleep(0 if busy else POLL_SECONDS)
            except Exception as error:  # a failing timer is tried again; its rows are still there
                _log.error("sweep failed", error=f"{type(error).__name__}: {error}"[:500], tries=tries)
                await asyncio.sleep(delay(tries))
                tries += 1

    async def sweep(self) -> int:
        """Handle what is due now, one batch of each kind; returns how many. A sweeper sweeps once at a time."""
        async with self._alone:
            return await self._sweep()

    async def _sweep(self) -> int:
        now = self._database.clock()
        async with self._database.reads() as reads:
            ready = {row["kind"] for row in await reads.sql(ANY_DUE, list(self._timers), now)}
        return sum([await self._sweep_kind(timer) for kind, timer in self._timers.items() if kind in ready])

    async def _sweep_kind(self, timer: Timer) -> int:
        async with self._database.transaction() as tx:
            rows = await tx.sql(TAKE, timer.kind, tx.now, SWEEP)
            ready = [
                Due(
                    kind=timer.kind,
                    key=row["key"],
                    due_at=row["due_at"],
                    payload=row["payload"],
                    id=derived_id("due", timer.kind, row["key"], row["due_at"].isoformat()),
                    now=tx.now,
                    traceparent=row["traceparent"],
                )
                for row in sorted(rows, key=lambda r: r["due_at"])
            ]
            if ready:
                failpoints.at("timer.taken")
                await timer.handler(tx, ready)
        self._fired(len(ready))
        return len(ready)
