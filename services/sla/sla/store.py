"""What sla keeps: one clock per request, how long closed requests took, and each service's forecast."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, DateTime, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.tables import new_base
from chassis.transaction import Reads, Transaction
from contracts.event import RequestFacts
from sla.domain.clock import PromiseClock
from sla.domain.forecast import History

Base = new_base()
METADATA = Base.metadata
MOMENT: Final = DateTime(timezone=True)

STARTED: Final = ("request_id", "service_code", "opened_at", "event_clock", "due_at", "at_risk_at", "deadline_at")
"""What a clock is born with, the same whichever event arrives first."""


def _count() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": text("0")})


class ClockRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """One request's clock; see `PromiseClock`. Only its key is indexed, so that changing it touches no index."""

    __tablename__ = "clock"
    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)
    request_id: UUID = Field(primary_key=True)
    service_code: str
    opened_at: datetime = Field(sa_type=MOMENT)
    event_clock: bool
    due_at: datetime | None = Field(sa_type=MOMENT)
    at_risk_at: datetime | None = Field(sa_type=MOMENT)
    deadline_at: datetime | None = Field(sa_type=MOMENT)
    expected_at: datetime | None = Field(sa_type=MOMENT)
    revision: int = _count()
    agency: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    assigned_seq: int = _count()
    updated_seq: int = _count()
    paused_at: datetime | None = Field(sa_type=MOMENT)
    stage: int = _count()
    closed_at: datetime | None = Field(sa_type=MOMENT)
    counted: int | None
    at_risk_told: int = _count()
    breach_told: int = _count()
    escalations: int = _count()
    linked: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class ClosingCount(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """How many requests of a service took so many minutes; a service's rows stay few however long its history."""

    __tablename__ = "closing_count"
    service_code: str = Field(primary_key=True)
    minutes: int = Field(primary_key=True)
    requests: int


class ForecastRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """A service's forecast: what history shows, and what was last published of it (version 0: nothing yet)."""

    __tablename__ = "forecast"
    service_code: str = Field(primary_key=True)
    version: int = _count()
    closed: int = _count()
    counted_at: int = _count()
    sample_size: int = _count()
    days_50: float | None
    days_80: float | None
    days_95: float | None
    words: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    target_words: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    published_at: datetime | None = Field(sa_type=MOMENT)


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

    def put(self, clock: PromiseClock) -> None:
        """Keep what became of a clock."""
        self._clocks[clock.request_id] = clock
        self._changed.add(clock.request_id)

    async def save(self, tx: Transaction, own: tuple[str, ...], fresh: tuple[str, ...] | None = None) -> None:
        """Write the columns a handler owns.

        A clock that was not found may have been started meanwhile by another instance reading another topic; there
        only the columns `fresh` (default: `own`) are written over, which nobody else writes.
        """
        given = own if fresh is None else fresh
        new = [self._clocks[key] for key in self._changed - self._known]
        old = [self._clocks[key] for key in self._changed & self._known]
        await tx.upsert(ClockRow, _rows(new, (*STARTED, *given)), keys=("request_id",), only=given)
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


_ADD: Final = """
INSERT INTO closing_count (service_code, minutes, requests)
SELECT * FROM unnest($1::text[], $2::int[], $3::int[]) ON CONFLICT (service_code, minutes)
DO UPDATE SET requests = closing_count.requests + excluded.requests
"""
_GROW: Final = """
INSERT INTO forecast AS f (service_code, closed) SELECT * FROM unnest($1::text[], $2::int[])
ON CONFLICT (service_code) DO UPDATE SET closed = f.closed + excluded.closed RETURNING f.*
"""
_COUNTS: Final = """
SELECT service_code, minutes, requests FROM closing_count
WHERE service_code = ANY($1::text[]) AND requests > 0 ORDER BY service_code, minutes
"""


async def add_closings(tx: Transaction, lessons: Mapping[tuple[str, int], int]) -> list[Mapping[str, Any]]:
    """Add (service, minutes) -> requests to the history; returns the forecast rows of these services, locked."""
    keys = sorted(lessons)
    services, minutes = [key[0] for key in keys], [key[1] for key in keys]
    await tx.sql(_ADD, services, minutes, [lessons[key] for key in keys])
    grown: dict[str, int] = {}
    for key in keys:
        grown[key[0]] = grown.get(key[0], 0) + lessons[key]
    return list(await tx.sql(_GROW, list(grown), list(grown.values())))


async def closing_counts(tx: Transaction, services: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """Return each service's (minutes, requests) in rising order."""
    found: dict[str, list[tuple[int, int]]] = {service: [] for service in services}
    for row in await tx.sql(_COUNTS, list(services)):
        found[row["service_code"]].append((row["minutes"], row["requests"]))
    return found


async def forecasts(reads: Reads, services: Sequence[str] | None = None) -> list[Mapping[str, Any]]:
    """Return the forecast rows of these services, or of all."""
    if services is None:
        return list(await reads.sql("SELECT * FROM forecast ORDER BY service_code"))
    return list(await reads.sql("SELECT * FROM forecast WHERE service_code = ANY($1::text[])", list(services)))


def history_of_row(row: Mapping[str, Any]) -> History | None:
    """Return what history shows, from a forecast row."""
    if row["days_80"] is None:
        return None
    return History(row["sample_size"], row["days_50"], row["days_80"], row["days_95"])


async def lock_forecasts(tx: Transaction, services: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the forecast rows of all these services, made where absent, so that one instance at a time decides."""
    await tx.insert(ForecastRow, [{"service_code": service} for service in sorted(services)], ignore=("service_code",))
    wanted = "SELECT * FROM forecast WHERE service_code = ANY($1::text[]) ORDER BY service_code FOR UPDATE"
    return list(await tx.sql(wanted, list(services)))


async def save_forecasts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write forecast rows that have changed."""
    await tx.update(ForecastRow, rows, keys=("service_code",))


_RESTORE: Final = ("service_code", "version", "words", "target_words", "published_at")


async def restore_forecasts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what was published of forecasts; an older version changes nothing."""
    await tx.upsert(ForecastRow, rows, keys=("service_code",), newer="version", only=_RESTORE[1:])


_PERFORMANCE: Final = """
SELECT service_code, nullif(agency, '') AS agency, count(*) AS closed,
  count(*) FILTER (WHERE due_at IS NOT NULL) AS with_target,
  count(*) FILTER (WHERE closed_at <= due_at) AS on_time,
  count(*) FILTER (WHERE closed_at <= deadline_at) AS on_time_without_waiting,
  count(*) FILTER (WHERE expected_at IS NOT NULL) AS with_forecast,
  count(*) FILTER (WHERE closed_at <= expected_at) AS within_forecast
FROM clock WHERE closed_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""


async def performance(reads: Reads) -> list[Mapping[str, Any]]:
    """Count closed requests against their targets and forecasts, by service and agency."""
    return list(await reads.sql(_PERFORMANCE))
