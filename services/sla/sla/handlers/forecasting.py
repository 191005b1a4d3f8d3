"""Keeping each service's forecast: learning from closings, and publishing what a resident would hear differently."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chassis.ids import derived_id
from chassis.records import Cause, Due
from chassis.transaction import Transaction
from contracts.event import Texts
from contracts.sla import ForecastPublished
from sla import store
from sla.domain.forecast import Forecast, History, history_of, is_worth_counting_again
from sla.domain.rules import Rules

Lessons = Counter[tuple[str, int]]
"""(service, minutes to close) -> requests; a closing that was disputed counts back."""


class Outlook(NamedTuple):
    """What may be promised of a service now."""

    forecast: Forecast
    words: Texts


async def outlooks(tx: Transaction, services: Iterable[str], rules: Rules) -> dict[str, Outlook]:
    """Load what may be promised of these services."""
    wanted = set(services)
    histories = {row["service_code"]: store.history_of_row(row) for row in await store.forecasts(tx, list(wanted))}
    return {service: _outlook(service, histories.get(service), rules) for service in wanted}


async def learn(tx: Transaction, lessons: Lessons, causes: Mapping[str, Cause], rules: Rules) -> None:
    """Add closings to the history, count again where enough came in, and publish what changed."""
    kept = {key: requests for key, requests in lessons.items() if requests}
    if not kept:
        return
    rows = await store.add_closings(tx, kept)
    if tx.rebuilding:  # what was published of it is on the log
        return
    rows = [row for row in rows if is_worth_counting_again(row["closed"], row["counted_at"], rules.minimum)]
    counts = await store.closing_counts(tx, [row["service_code"] for row in rows]) if rows else {}
    histories = {service: history_of(found) for service, found in counts.items()}
    changed = [_counted(tx, row, histories[row["service_code"]], causes[row["service_code"]], rules) for row in rows]
    await store.save_forecasts(tx, changed)


async def publish_forecasts(tx: Transaction, rules: Rules) -> None:
    """Publish every service's forecast that was never published or that the city's folder has changed."""
    rows = await store.lock_forecasts(tx, list(rules.city.services))
    causes = {row["service_code"]: _starting(tx, row, rules) for row in rows}
    changed = [_counted(tx, row, store.history_of_row(row), causes[row["service_code"]], rules) for row in rows]
    await store.save_forecasts(tx, changed)


def _starting(tx: Transaction, row: Mapping[str, Any], rules: Rules) -> Due:
    """Name the city's folder as the cause, so that starting twice publishes once."""
    service, kind = row["service_code"], "sla.forecasts"
    named = derived_id(kind, rules.city.version, service, row["version"])
    return Due(kind=kind, key=service, due_at=tx.now, payload={}, id=named, now=tx.now)


def _counted(
    tx: Transaction, row: Mapping[str, Any], history: History | None, cause: Cause, rules: Rules
) -> dict[str, Any]:
    """Return a forecast row with this history; publishes it if it reads differently from what was last published."""
    service = row["service_code"]
    said, target_words = _outlook(service, history, rules), rules.target_words(service)
    is_news = row["version"] == 0 or (row["words"], row["target_words"]) != (said.words, target_words)
    version = row["version"] + is_news
    if is_news:
        _publish(tx, service, version, said, target_words, cause)
    return {
        "service_code": service,
        "version": version,
        "counted_at": row["closed"],
        "sample_size": history.sample_size if history else 0,
        "days_50": history.days_50 if history else None,
        "days_80": history.days_80 if history else None,
        "days_95": history.days_95 if history else None,
        "words": said.words,
        "target_words": target_words,
        "published_at": tx.now if is_news else row["published_at"],
    }


def _publish(tx: Transaction, service: str, version: int, said: Outlook, target_words: Texts, cause: Cause) -> None:
    event = ForecastPublished(
        service_code=service, version=version, basis=said.forecast.basis, target_words=target_words, words=said.words
    )
    tx.publish(event, because=cause, at=tx.now)


def _outlook(service: str, history: History | None, rules: Rules) -> Outlook:
    forecast = rules.forecast(service, history)
    return Outlook(forecast, rules.forecast_words(service, forecast))
