"""The clocks a batch touches: loaded and locked together, and written once."""

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from chassis.records import Received
from chassis.transaction import Reads, Transaction
from contracts.event import RequestFacts
from sla.domain.clock import PromiseClock
from sla.store.tables import ClockRow

STARTED: Final = (
    "request_id",
    "service_code",
    "opened_at",
    "event_clock",
    "due_at",
    "at_risk_at",
    "deadline_at",
    "respond_by",
)
"""What a clock is born with, the same whichever event arrives first."""

_FIELDS: Final = ", ".join(PromiseClock._fields)
_LOCK: Final = f"SELECT {_FIELDS} FROM clock WHERE request_id = ANY($1::uuid[]) ORDER BY request_id FOR UPDATE"
_ONE: Final = f"SELECT {_FIELDS} FROM clock WHERE request_id = $1"


Start = Callable[[UUID, RequestFacts], PromiseClock]


class Sheet:
    """The clocks a batch touches: those found are locked, and each is written once, at the end."""

    def __init__(self, found: Iterable[PromiseClock]) -> None:
        self._clocks = {clock.request_id: clock for clock in found}
        self._known = frozenset(self._clocks)
        self._changed: set[UUID] = set()

    def find(self, request_id: UUID) -> PromiseClock | None:
        """Return a request's clock as the batch has it now, or None."""
        return self._clocks.get(request_id)

    def get(self, request_id: UUID, about: RequestFacts, start: Start) -> PromiseClock:
        """Return a request's clock as the batch has it now, started from these facts if this is its first event."""
        return self._clocks.get(request_id) or start(request_id, about)

    def all_of(self, received: Iterable[Received[Any]], start: Start) -> list[PromiseClock]:
        """Return the clocks these events are about, as the batch has them now."""
        return [self.get(r.event.request_id, r.event.about, start) for r in received]

    def put(self, clock: PromiseClock) -> None:
        """Keep what became of a clock; what is as it was is not written again."""
        if self._clocks.get(clock.request_id) != clock:
            self._clocks[clock.request_id] = clock
            self._changed.add(clock.request_id)

    async def save(self, tx: Transaction, own: tuple[str, ...]) -> None:
        """Write the columns a handler owns.

        A clock that was not found may have been started meanwhile by another instance reading another topic: what was
        decided did not know of it, so the batch is applied once more.
        """
        new = [self._clocks[key] for key in sorted(self._changed - self._known)]
        old = [self._clocks[key] for key in self._changed & self._known]
        await tx.insert_unseen(ClockRow, _rows(new, (*STARTED, *own)))
        await tx.update(ClockRow, _rows(old, ("request_id", *own)), keys=("request_id",))


def _rows(clocks: Sequence[PromiseClock], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    names = tuple(dict.fromkeys(columns))
    values = attrgetter(*names)
    return [dict(zip(names, values(clock), strict=True)) for clock in clocks]


async def lock_clocks(tx: Transaction, request_ids: Iterable[UUID]) -> Sheet:
    """Load and lock the clocks of these requests, always in the same order."""
    return Sheet(PromiseClock(**row) for row in await tx.sql(_LOCK, list(set(request_ids))))


async def clock_of(reads: Reads, request_id: UUID) -> PromiseClock | None:
    """Return one request's clock, or None."""
    rows = await reads.sql(_ONE, request_id)
    return PromiseClock(**rows[0]) if rows else None
