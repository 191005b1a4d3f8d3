"""Areas told apart: what history shows of each, published where people there would hear something of their own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from chassis.ids import derived_id
from chassis.records import Cause, Due
from chassis.transaction import Transaction
from contracts.event import Texts
from contracts.sla import ForecastPublished
from sla import store
from sla.domain.forecast import Forecast, History, history_in
from sla.domain.learning import EVERYWHERE, Learned
from sla.domain.rules import Rules


class Told(NamedTuple):
    """What is said of an area; `apart` when it is its own, and not the whole city's for want of one."""

    forecast: Forecast
    words: Texts
    apart: bool


async def keep_areas(
    tx: Transaction, learned: Mapping[str, Learned | None], causes: Mapping[str, Cause], rules: Rules
) -> None:
    """Keep what history shows of these services' areas, and publish what people there would hear differently."""
    known = await store.lock_areas(tx, list(learned))
    rows = []
    for service, found in learned.items():
        whole, own = history_in(found) if found else None, own_histories(found)
        for area in sorted(own.keys() | known[service].keys()):
            history = own.get(area)
            told = told_in(service, area, history, whole, rules, tx.now)
            said = _said(tx, service, area, known[service].get(area), told, causes[service], rules)
            rows.append(said | counted_in(found, history))
    await store.save_areas(tx, rows)


async def publish_areas(tx: Transaction, wholes: Mapping[str, History | None], rules: Rules) -> None:
    """Publish what the city's folder says otherwise than when an area was last published."""
    rows = []
    for service, areas in (await store.lock_areas(tx, list(wholes))).items():
        for area, row in areas.items():
            if row["version"]:
                told = told_in(service, area, store.history_of_row(row), wholes[service], rules, tx.now)
                rows.append(_said(tx, service, area, row, told, _starting(tx, row, rules), rules))
    await store.save_areas(tx, rows)


def told_in(
    service: str, area: str, history: History | None, whole: History | None, rules: Rules, now: datetime
) -> Told:
    """Say what is said in an area: its own figure, or the whole city's."""
    today = rules.day(now)
    forecast = rules.forecast(service, history or whole, today, area if history else EVERYWHERE)
    return Told(forecast, rules.forecast_words(service, forecast, today), history is not None)


def own_histories(learned: Learned | None) -> dict[str, History]:
    """Return what history shows of each area that has shown enough to be told apart."""
    areas: Iterable[str] = learned.apart if learned else ()
    found = {area: history_in(learned, area) for area in areas if learned}
    return {area: history for area, history in found.items() if history is not None}


def counted_in(learned: Learned | None, history: History | None) -> dict[str, Any]:
    """Return the columns of an area's row that say what was counted; nothing where it is not told apart."""
    size, way = (learned.sample_size, learned.way.value) if learned else (0, "")
    days = history[1:5] if history else (None,) * 4
    return {
        "sample_size": size,
        "way": way,
        **dict(zip(("days_10", "days_50", "days_80", "days_90"), days, strict=True)),
    }


def _said(
    tx: Transaction, service: str, area: str, row: Mapping[str, Any] | None, told: Told, cause: Cause, rules: Rules
) -> dict[str, Any]:
    """Return what an area's row says; publishes it if it reads differently, or is no longer the area's own."""
    version, before = (row["version"], (row["words"], row["apart"])) if row else (0, ({}, False))
    is_news = (told.apart or version > 0) and before != (told.words, told.apart)
    if is_news:
        tx.publish(
            ForecastPublished(
                service_code=service,
                area=area,
                version=version + 1,
                basis=told.forecast.basis,
                earliest_days=told.forecast.earliest_days,
                latest_days=told.forecast.latest_days,
                target_words=rules.target_words(service, rules.day(tx.now)),
                words=told.words,
            ),
            because=cause,
            at=tx.now,
        )
    said, apart = (told.words, told.apart) if is_news else before
    return {"service_code": service, "area": area, "version": version + is_news, "words": said, "apart": apart}


def _starting(tx: Transaction, row: Mapping[str, Any], rules: Rules) -> Due:
    """Name the city's folder as the cause, so that starting twice publishes once."""
    kind, key = "sla.forecasts", f"{row['service_code']}|{row['area']}"
    named = derived_id(kind, rules.city.version, key, row["version"])
    return Due(kind=kind, key=key, due_at=tx.now, payload={}, id=named, now=tx.now)
