"""What sla tells over HTTP: forecasts, targets, promises, and how they were kept."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter

from chassis.errors import not_found
from chassis.http import Caller, Doors
from chassis.principals import allow
from contracts.city import Target
from sla import store
from sla.domain.clock import PromiseClock
from sla.domain.learning import EVERYWHERE
from sla.domain.policy import POLICY
from sla.domain.rules import Rules
from sla.endpoints.staff import open_staff_doors
from sla.schemas import ShownArea, ShownBasis, ShownForecast, ShownPromise, ShownTarget


def routes(doors: Doors, rules: Rules) -> APIRouter:
    """Make the routes of sla."""
    router = APIRouter()

    @router.get("/forecasts")
    async def list_forecasts(caller: Caller) -> list[ShownForecast]:
        """List what may be promised of each service."""
        allow(POLICY, caller, "forecast.read")
        async with doors.reads() as reads:
            return [_forecast(row, rules, doors) for row in await store.forecasts(reads)]

    @router.get("/forecasts/{service}")
    async def show_forecast(service: str, caller: Caller) -> ShownForecast:
        """Show what may be promised of one service."""
        allow(POLICY, caller, "forecast.read")
        async with doors.reads() as reads:
            rows = await store.forecasts(reads, [service])
        if not rows:
            raise not_found(f"forecast for the service {service!r}")
        return _forecast(rows[0], rules, doors)

    @router.get("/forecasts/{service}/areas")
    async def list_areas(service: str, caller: Caller) -> list[ShownArea]:
        """List the areas of a service that have shown enough to be told apart."""
        allow(POLICY, caller, "forecast.read")
        async with doors.reads() as reads:
            rows = await store.area_forecasts(reads, service)
        return [ShownArea(**row) for row in rows if row["days_80"] is not None]

    @router.get("/promises/{request_id}")
    async def show_promise(request_id: UUID, caller: Caller) -> ShownPromise:
        """Show one request's promise and how it was kept."""
        allow(POLICY, caller, "promise.read")
        async with doors.reads() as reads:
            clock = await store.clock_of(reads, request_id)
        if clock is None:
            raise not_found(f"promise for the request {request_id}")
        return _promise(clock)

    @router.get("/targets")
    async def list_targets(caller: Caller) -> list[ShownTarget]:
        """List the agencies' targets, who set them and whether they were signed."""
        allow(POLICY, caller, "target.read")
        async with doors.reads() as reads:
            rules.take_up(await store.published_targets(reads))
        published = [version.target for versions in rules.versions.values() for version in versions]
        return [_target(target) for target in dict.fromkeys((*rules.city.targets, *published))]

    open_staff_doors(router, doors, rules)
    return router


def _forecast(row: Mapping[str, Any], rules: Rules, doors: Doors) -> ShownForecast:
    today = rules.day(doors.database.clock())
    forecast = rules.forecast(row["service_code"], store.history_of_row(row), today)
    return ShownForecast(
        service_code=row["service_code"],
        area=EVERYWHERE,
        version=row["version"],
        basis=ShownBasis(**forecast.basis.model_dump()),
        earliest_days=forecast.earliest_days,
        latest_days=forecast.latest_days,
        words=row["words"],
        target_words=row["target_words"],
        published_at=row["published_at"],
    )


def _promise(clock: PromiseClock) -> ShownPromise:
    return ShownPromise(
        request_id=clock.request_id,
        service_code=clock.service_code,
        agency=clock.agency or None,
        opened_at=clock.opened_at,
        due_at=clock.due_at,
        deadline_at=clock.deadline_at,
        expected_at=None if _waits(clock) else clock.expected_at,
        revision=clock.revision,
        paused_since=clock.paused_at if clock.closed_at is None else None,
        pause_reason=clock.pause_reason if _waits(clock) else None,
        respond_by=clock.respond_by,
        responded_at=clock.responded_at,
        closed_at=clock.closed_at,
        on_time=clock.is_on_time,
    )


def _waits(clock: PromiseClock) -> bool:
    return clock.closed_at is None and clock.paused_at is not None and not clock.linked


def _target(target: Target) -> ShownTarget:
    return ShownTarget(
        service_code=target.service,
        agency=target.agency,
        amount=target.due.amount,
        unit=target.due.unit,
        signed=target.signed,
        set_by=target.set_by,
        basis=target.basis,
        effective_from=target.effective_from,
        source=target.source,
    )
