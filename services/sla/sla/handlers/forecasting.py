"""Keeping each service's forecast: learning from closings, and publishing what a resident would hear differently."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from chassis.ids import derived_id
from chassis.records import Cause, Due
from chassis.transaction import Transaction
from contracts.event import Texts
from contracts.sla import ForecastPublished
from sla import store
from sla.domain.clock import PromiseClock, lesson_of
from sla.domain.curve import Curve, merged, whole_curve
from sla.domain.forecast import Forecast, History, Lesson, history_in, is_worth_counting_again
from sla.domain.learning import EVERYWHERE, Known, Learned, ages_of
from sla.domain.learning import learn as learn_from
from sla.domain.rules import Rules
from sla.handlers.areas import keep_areas, publish_areas
from sla.handlers.reviewing import review

DAILY: Final = "sla.daily"
SMALL_HOURS: Final = time(3)

Lessons = Counter[Lesson]
"""How many requests taught this; a closing that was disputed counts back."""


class Outlook(NamedTuple):
    """What may be promised of a service now, in the whole city or in one area."""

    forecast: Forecast
    words: Texts


class Outlooks:
    """What may be promised of some services and areas; an area that is not told apart has its service's."""

    def __init__(self, histories: Mapping[tuple[str, str], History | None], rules: Rules, today: date) -> None:
        self._histories, self._rules, self._today = histories, rules, today
        self._made: dict[tuple[str, str], Outlook] = {}

    def of(self, service: str, area: str) -> Outlook:
        """Return what may be promised of a service in an area."""
        key = (service, area if self._histories.get((service, area)) else EVERYWHERE)
        if key not in self._made:
            self._made[key] = _outlook(service, self._histories.get(key), self._rules, self._today, key[1])
        return self._made[key]


async def outlooks(tx: Transaction, places: Iterable[tuple[str, str]], rules: Rules) -> Outlooks:
    """Load what may be promised of these services and areas."""
    histories, published = await store.forecasts_in(tx, places)
    if published > len(rules.published):
        rules.take_up(await store.published_targets(tx))
    return Outlooks(histories, rules, rules.day(tx.now))


def note(lessons: Lessons, clock: PromiseClock, requests: int) -> None:
    """Count what a closed request teaches, or take it back."""
    lesson = lesson_of(clock)
    if lesson is not None:
        lessons[lesson] += requests


async def learn(tx: Transaction, lessons: Lessons, causes: Mapping[str, Cause], rules: Rules) -> None:
    """Add closings to the history, count again where enough came in, and publish what changed."""
    kept = {key: requests for key, requests in lessons.items() if requests}
    if not kept:
        return
    rows = await store.add_closings(tx, kept)
    if tx.rebuilding:  # what was published of it is on the log
        return
    worth = [row for row in rows if is_worth_counting_again(row["closed"], row["counted_at"], rules.minimum)]
    await count(tx, worth, causes, rules)


async def count(tx: Transaction, rows: Sequence[Mapping[str, Any]], causes: Mapping[str, Cause], rules: Rules) -> None:
    """Count what these services' requests show now, and publish what changed."""
    if not rows:
        return
    now = max(causes[row["service_code"]].now for row in rows)
    learned = await learned_of(tx, [row["service_code"] for row in rows], now, rules)
    await store.save_forecasts(
        tx, [_row(tx, row, learned[row["service_code"]], causes[row["service_code"]], rules) for row in rows]
    )
    await keep_areas(tx, learned, causes, rules)


async def count_daily(tx: Transaction, due: Sequence[Due], rules: Rules) -> None:
    """Count every service once a day, for what stays open grows older though nothing is closed.

    Where too little was closed to count, a target may have begun to hold, and is said from now on.
    """
    rules.take_up(await store.published_targets(tx))
    rows = await store.lock_forecasts(tx, list(rules.city.services))
    worth = [row for row in rows if row["closed"] >= rules.minimum]
    await count(tx, worth, {row["service_code"]: due[0] for row in worth}, rules)
    rest = [row for row in rows if row["closed"] < rules.minimum]
    said = [_said(tx, row, store.history_of_row(row), due[0], rules) for row in rest]
    await store.save_forecasts(tx, said)
    await review(tx, due[0].now.astimezone(rules.work.zone).date(), rules)
    plan_daily(tx, due[0], rules)


def plan_daily(tx: Transaction, because: Due, rules: Rules) -> None:
    """Set the next daily count, in the small hours of the city's own clock."""
    local = because.now.astimezone(rules.work.zone)
    at = datetime.combine(local.date() + timedelta(days=local.time() >= SMALL_HOURS), SMALL_HOURS, rules.work.zone)
    tx.schedule(DAILY, "all", at, {}, because)


async def learned_of(
    tx: Transaction, services: Sequence[str], now: datetime, rules: Rules
) -> dict[str, Learned | None]:
    """Learn these services anew; what a service has not shown is borrowed from the whole city."""
    known = await store.known(tx, services, now)
    city = await city_curve(tx, known, now)
    areas = await store.area_ages(tx, known, now, rules.minimum)
    return {service: learn_from(found, areas[service], city, now, rules.minimum) for service, found in known.items()}


async def city_curve(tx: Transaction, known: Mapping[str, Known], now: datetime) -> Curve:
    """Return the whole city's curve, with what was just counted in place of what was stored of it."""
    ages = await store.stored_ages(tx) | {service: ages_of(found, now) for service, found in known.items()}
    return whole_curve(merged(ages.values()))


async def publish_forecasts(tx: Transaction, rules: Rules) -> None:
    """Publish every service's forecast that was never published or that the city's folder has changed."""
    rules.take_up(await store.published_targets(tx))
    rows = await store.lock_forecasts(tx, list(rules.city.services))
    causes = {row["service_code"]: _starting(tx, row, rules) for row in rows}
    said = [_said(tx, row, store.history_of_row(row), causes[row["service_code"]], rules) for row in rows]
    await store.save_forecasts(tx, said)
    await publish_areas(tx, {row["service_code"]: store.history_of_row(row) for row in rows}, rules)
    for cause in list(causes.values())[:1]:
        plan_daily(tx, cause, rules)


def _starting(tx: Transaction, row: Mapping[str, Any], rules: Rules) -> Due:
    """Name the city's folder as the cause, so that starting twice publishes once."""
    service, kind = row["service_code"], "sla.forecasts"
    named = derived_id(kind, rules.city.version, service, row["version"])
    return Due(kind=kind, key=service, due_at=tx.now, payload={}, id=named, now=tx.now)


def _row(
    tx: Transaction, row: Mapping[str, Any], learned: Learned | None, cause: Cause, rules: Rules
) -> dict[str, Any]:
    history = history_in(learned) if learned else None
    counted = counted_columns(learned) | {"counted_at": row["closed"]}
    return _said(tx, row, history, cause, rules) | counted


def counted_columns(learned: Learned | None) -> dict[str, Any]:
    """Return the columns of a forecast row that say what was counted."""
    if learned is None:
        none = dict.fromkeys(("days_10", "days_50", "days_80", "days_90"))
        return {"sample_size": 0, "way": "", "ages": [], **none}
    size, way = learned.sample_size, learned.way.value
    return {"sample_size": size, "way": way, "ages": learned.ages.packed(), **learned.said._asdict()}


def _said(
    tx: Transaction, row: Mapping[str, Any], history: History | None, cause: Cause, rules: Rules
) -> dict[str, Any]:
    """Return what a forecast row says with this history; publishes it if it reads differently from what it said."""
    service = row["service_code"]
    today = rules.day(tx.now)
    said, target_words = _outlook(service, history, rules, today), rules.target_words(service, today)
    is_news = row["version"] == 0 or (row["words"], row["target_words"]) != (said.words, target_words)
    version = row["version"] + is_news
    if is_news:
        _publish(tx, service, version, said, target_words, cause)
    return {
        "service_code": service,
        "version": version,
        "words": said.words,
        "target_words": target_words,
        "published_at": tx.now if is_news else row["published_at"],
    }


def _publish(tx: Transaction, service: str, version: int, said: Outlook, target_words: Texts, cause: Cause) -> None:
    event = ForecastPublished(
        service_code=service,
        version=version,
        basis=said.forecast.basis,
        earliest_days=said.forecast.earliest_days,
        latest_days=said.forecast.latest_days,
        target_words=target_words,
        words=said.words,
    )
    tx.publish(event, because=cause, at=tx.now)


def _outlook(service: str, history: History | None, rules: Rules, today: date, area: str = EVERYWHERE) -> Outlook:
    forecast = rules.forecast(service, history, today, area)
    return Outlook(forecast, rules.forecast_words(service, forecast, today))
