"""How long closed requests took, how long open ones have lasted, and each service's forecast."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any, Final

from chassis.transaction import Reads, Transaction
from sla.domain.curve import CLASSES, Ages, ends, weight
from sla.domain.forecast import History, Lesson
from sla.domain.learning import EVERYWHERE, Cohort, Counted, Known, Way
from sla.store.tables import AreaForecast, ForecastRow

WINDOW: Final = timedelta(days=770)
"""How far back closings are looked at: two years and a season; what is older is kept and weighs nothing."""
_MIDDLE: Final = timedelta(days=15)
_MINUTE: Final = timedelta(minutes=1)

_SHOWN: Final = "sample_size, days_10, days_50, days_80, days_90, way"
# Asked along the way: an instance learns so that another has published a target.
_PUBLISHED: Final = "(SELECT count(*) FROM published_target) AS published"
_ROW: Final = f"service_code, version, closed, counted_at, words, target_words, published_at, {_SHOWN}"

_ADD: Final = f"""
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::date[], $3::text[], $4::int[], $5::int[])
    AS g(service_code, cohort, area, minutes, requests)
), noted AS (
  INSERT INTO closing_count (service_code, cohort, minutes, requests)
  SELECT service_code, cohort, minutes, sum(requests) FROM given
  GROUP BY 1, 2, 3 HAVING sum(requests) <> 0 ORDER BY 1, 2, 3
  ON CONFLICT (service_code, cohort, minutes) DO UPDATE SET requests = closing_count.requests + excluded.requests
), aged AS (
  INSERT INTO closing_age (service_code, area, cohort, age_class, requests)
  SELECT service_code, area, cohort, width_bucket(minutes, $6::int[]), sum(requests) FROM given WHERE area <> ''
  GROUP BY 1, 2, 3, 4 HAVING sum(requests) <> 0 ORDER BY 1, 2, 3, 4
  ON CONFLICT (service_code, area, cohort, age_class) DO UPDATE SET requests = closing_age.requests + excluded.requests
)
INSERT INTO forecast AS f (service_code, closed)
SELECT service_code, sum(requests) FROM given GROUP BY service_code ORDER BY service_code
ON CONFLICT (service_code) DO UPDATE SET closed = f.closed + excluded.closed RETURNING {_ROW}
"""
_AREA: Final = ("service_code", "area")
# A row for each month: what is read grows with months and durations, and never with requests.
_CLOSED: Final = """
SELECT service_code, cohort, array_agg(minutes ORDER BY minutes) AS minutes,
  array_agg(requests ORDER BY minutes) AS requests
FROM closing_count WHERE service_code = ANY($1::text[]) AND cohort >= $2 AND requests > 0
GROUP BY service_code, cohort
"""
_BY_AREA: Final = """
SELECT service_code, area, age_class, sum(requests) AS requests, sum(requests * given.weight) AS weighted
FROM closing_age JOIN unnest($2::date[], $3::float8[]) AS given(cohort, weight) USING (cohort)
WHERE service_code = ANY($1::text[]) AND requests > 0 GROUP BY 1, 2, 3
"""
_CLASS_ENDS: Final = [ceil(ends(number) - 1e-9) for number in range(CLASSES - 1)]
# Older ones by the day, newer ones by the hour: rows stay few, and nothing is closed within an hour of days.
_STILL_OPEN: Final = """
SELECT service_code, area, date_trunc(CASE WHEN opened_at > $2 THEN 'hour' ELSE 'day' END, opened_at) AS opened,
  count(*) AS requests
FROM clock WHERE closed_at IS NULL AND NOT linked AND service_code = ANY($1::text[]) GROUP BY 1, 2, 3
"""
_FORECASTS_IN: Final = f"""
SELECT service_code, '{EVERYWHERE}' AS area, {_SHOWN}, {_PUBLISHED} FROM forecast WHERE service_code = ANY($1::text[])
UNION ALL
SELECT service_code, area, {_SHOWN}, {_PUBLISHED} FROM area_forecast
JOIN unnest($2::text[], $3::text[]) AS g(service_code, area) USING (service_code, area)
"""


async def add_closings(tx: Transaction, lessons: Mapping[Lesson, int]) -> list[Mapping[str, Any]]:
    """Add closings to the history; returns the forecast rows of these services, locked."""
    keys = sorted(lessons)
    columns = [list(column) for column in zip(*keys, strict=True)]
    return list(await tx.sql(_ADD, *columns, [lessons[key] for key in keys], _CLASS_ENDS))


async def known(tx: Transaction, services: Sequence[str], now: datetime) -> dict[str, Known]:
    """Return what is known of each service: what was closed, by month, and what is open, by area, day and hour.

    Its rows grow with the months looked at and with the backlog, not with how many requests were ever closed.
    """
    closed: defaultdict[str, list[Cohort]] = defaultdict(list)
    for row in await tx.sql(_CLOSED, list(services), (now - WINDOW).date()):
        closed[row["service_code"]].append(Cohort(_opened(row["cohort"], now), row["minutes"], row["requests"]))
    still: defaultdict[str, list[Counted]] = defaultdict(list)
    for row in await tx.sql(_STILL_OPEN, list(services), now - timedelta(days=3)):
        lasted = max((now - row["opened"]) / _MINUTE, 0.0)
        still[row["service_code"]].append(Counted(row["area"], row["opened"], lasted, row["requests"], is_open=True))
    return {service: Known(closed[service], still[service]) for service in services}


async def area_ages(
    tx: Transaction, known: Mapping[str, Known], now: datetime, minimum: int
) -> dict[str, dict[str, Ages]]:
    """Return the ages of each area in which as many were closed, with what is open there, of services just counted."""
    cohorts, closed = list(_months(now)), Counter[tuple[str, str]]()
    weights = [weight(_opened(cohort, now).date(), now.date()) for cohort in cohorts]
    found: defaultdict[tuple[str, str], Ages] = defaultdict(Ages)
    for row in await tx.sql(_BY_AREA, list(known), cohorts, weights):
        place = row["service_code"], row["area"]
        closed[place] += row["requests"]
        found[place].closed[row["age_class"]] += row["weighted"]
    for service, lines in known.items():
        for c in lines.open:
            if (service, c.area) in found:
                found[service, c.area].add(c.minutes, c.requests * weight(c.opened.date(), now.date()), is_open=True)
    told: dict[str, dict[str, Ages]] = {service: {} for service in known}
    for (service, area), ages in found.items():
        if closed[service, area] >= minimum:
            told[service][area] = ages
    return told


def _opened(cohort: date, now: datetime) -> datetime:
    return min(datetime.combine(cohort, time(0), UTC) + _MIDDLE, now)


def _months(now: datetime) -> Iterator[date]:
    """Give the first day of each month that is looked at."""
    month = now.date().replace(day=1)
    while month >= (now - WINDOW).date():
        yield month
        month = (month - timedelta(days=1)).replace(day=1)


async def stored_ages(reads: Reads) -> dict[str, Ages]:
    """Return every service's ages as last counted; together they are the city's."""
    rows = await reads.sql("SELECT service_code, ages FROM forecast WHERE ages <> '[]'")
    return {row["service_code"]: Ages.unpacked(row["ages"]) for row in rows}


async def forecasts(reads: Reads, services: Sequence[str] | None = None) -> list[Mapping[str, Any]]:
    """Return the forecast rows of these services, or of all."""
    if services is None:
        return list(await reads.sql(f"SELECT {_ROW} FROM forecast ORDER BY service_code"))
    return list(await reads.sql(f"SELECT {_ROW} FROM forecast WHERE service_code = ANY($1::text[])", list(services)))


async def forecasts_in(
    reads: Reads, places: Iterable[tuple[str, str]]
) -> tuple[dict[tuple[str, str], History | None], int]:
    """Return what history shows of services and areas, and how many targets were ever published.

    A service's own history stands under `*`.
    """
    pairs = sorted(set(places))
    services, areas = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    rows = await reads.sql(_FORECASTS_IN, sorted(set(services)), services, areas)
    found = {(row["service_code"], row["area"]): history_of_row(row) for row in rows}
    return found, max((row["published"] for row in rows), default=0)


async def area_forecasts(reads: Reads, service: str) -> list[Mapping[str, Any]]:
    """Return what history shows of a service's areas."""
    wanted = f"SELECT area, {_SHOWN} FROM area_forecast WHERE service_code = $1 ORDER BY area"
    return list(await reads.sql(wanted, service))


def history_of_row(row: Mapping[str, Any]) -> History | None:
    """Return what history shows, from a row; None where it shows nothing yet."""
    if row["days_80"] is None:
        return None
    days = (row["days_10"], row["days_50"], row["days_80"], row["days_90"])
    return History(row["sample_size"], *days, Way(row["way"]))


async def lock_forecasts(tx: Transaction, services: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return the forecast rows of all these services, made where absent, so that one instance at a time decides."""
    await tx.insert(ForecastRow, [{"service_code": service} for service in sorted(services)], ignore=("service_code",))
    wanted = f"SELECT {_ROW} FROM forecast WHERE service_code = ANY($1::text[]) ORDER BY service_code FOR UPDATE"
    return list(await tx.sql(wanted, list(services)))


async def save_forecasts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write forecast rows that have changed; all have the same columns."""
    await tx.update(ForecastRow, rows, keys=("service_code",))


async def lock_areas(tx: Transaction, services: Sequence[str]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return what was said of these services' areas; whoever asks has locked the services' own rows."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {service: {} for service in services}
    wanted = f"SELECT service_code, area, version, apart, words, {_SHOWN} FROM area_forecast"
    for row in await tx.sql(f"{wanted} WHERE service_code = ANY($1::text[])", list(services)):
        found[row["service_code"]][row["area"]] = row
    return found


async def save_areas(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what history shows of areas, or what was published of them; all have the same columns."""
    if rows:
        given = tuple(name for name in rows[0] if name not in _AREA)
        await tx.upsert(AreaForecast, rows, keys=_AREA, only=given)


async def restore_areas(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what was published of areas; an older version changes nothing."""
    await tx.upsert(AreaForecast, rows, keys=_AREA, newer="version")


_RESTORE: Final = ("service_code", "version", "words", "target_words", "published_at")


async def restore_forecasts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what was published of forecasts; an older version changes nothing."""
    await tx.upsert(ForecastRow, rows, keys=("service_code",), newer="version", only=_RESTORE[1:])
