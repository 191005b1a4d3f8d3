"""The forecast: in how many days 80 % of such requests were closed, and what it says while little is known."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from contracts.city import Baseline
from contracts.sla import Basis
from contracts.vocabulary import Disposition, ForecastMethod
from sla.domain.learning import cohort_rank

MINUTES_PER_DAY: Final = 1440
MINUTES_PER_TENTH: Final = 144
SHARES: Final = (50, 80, 95)
NOT_COUNTED: Final = frozenset({Disposition.DUPLICATE, Disposition.CANCELLED_BY_REQUESTER})
"""Closings that tell nothing about how long the work takes."""


class History(NamedTuple):
    """What closed requests of a service show: days within which 50, 80 and 95 of 100 were closed."""

    sample_size: int
    days_50: float
    days_80: float
    days_95: float


class Forecast(NamedTuple):
    """A service's forecast: its basis, and from history alone the days between which most requests end."""

    basis: Basis
    earliest_days: float | None = None
    latest_days: float | None = None


class Expected(NamedTuple):
    """A forecast as moments of one request."""

    expected_at: datetime | None
    earliest_at: datetime | None
    latest_at: datetime | None


def minutes_to_close(opened_at: datetime, closed_at: datetime) -> int:
    """Return how long a request took, as it is kept: to the minute below a day, to the tenth of a day from there on.

    Kept so, a service's whole history is a short list of counts however many requests it holds, and the 80 % figure
    is still exact to the tenth of a day, half up.

    >>> from datetime import UTC
    >>> start = datetime(2026, 11, 1, tzinfo=UTC)
    >>> minutes_to_close(start, start + timedelta(minutes=144))
    144
    >>> minutes_to_close(start, start + timedelta(days=5, hours=18)) / 1440
    5.8
    >>> minutes_to_close(start, start - timedelta(hours=1))
    0
    """
    minutes = int(max(closed_at - opened_at, timedelta(0)).total_seconds() / 60 + 0.5)
    if minutes < MINUTES_PER_DAY:
        return minutes
    return int(minutes / MINUTES_PER_TENTH + 0.5) * MINUTES_PER_TENTH


def nearest_rank(counts: Iterable[tuple[int, int]], share: int) -> int | None:
    """Return the value within which `share` percent of all counted values lie; no value is made up between two.

    `counts` are pairs of a value and how often it occurs, in rising order of value.

    >>> nearest_rank([(1, 1), (2, 1), (3, 1), (9, 1), (50, 1)], 80)
    9
    >>> nearest_rank([(7, 1)], 80), nearest_rank([], 80)
    (7, None)
    """
    kept = [(value, count) for value, count in counts if count > 0]
    rank = cohort_rank(sum(count for _, count in kept), share)
    for value, count in kept:
        rank -= count
        if rank <= 0:
            return value
    return None


def history_of(counts: Sequence[tuple[int, int]]) -> History | None:
    """Return what a service's closings show, from (minutes, count) in rising order; None when there are none.

    >>> history_of([(720, 5), (1440, 3), (14400, 2)])
    History(sample_size=10, days_50=0.5, days_80=1.0, days_95=10.0)
    """
    found = [nearest_rank(counts, share) for share in SHARES]
    days = [minutes / MINUTES_PER_DAY for minutes in found if minutes is not None]
    return History(sum(count for _, count in counts if count > 0), *days) if days else None


def forecast_of(history: History | None, baseline: Baseline | None, minimum: int, *, has_target: bool) -> Forecast:
    """Choose what a forecast rests on: own history once there is enough, else the printed baseline, else the target.

    >>> plenty, little = History(30, 0.5, 1.0, 4.0), History(29, 0.5, 1.0, 4.0)
    >>> forecast_of(plenty, None, 30, has_target=True).basis.method.value
    'history'
    >>> printed = Baseline(service="graffiti", days_80=6.9, n=1286974, period="2016-2019",
    ...                    label="historic_closure", source="a printed table")
    >>> forecast_of(little, printed, 30, has_target=True).basis.days_80
    6.9
    >>> forecast_of(little, None, 30, has_target=True).basis.method.value
    'target'
    >>> forecast_of(None, None, 30, has_target=False).basis.method.value
    'none'
    """
    if history is not None and history.sample_size >= minimum:
        return _from_history(history)
    if baseline is not None:
        return Forecast(_printed(baseline))
    return Forecast(Basis(method=ForecastMethod.TARGET if has_target else ForecastMethod.NONE))


def expected(forecast: Forecast, start: datetime) -> Expected:
    """Return when a request that starts now should be done; nothing is said where nothing is known.

    >>> from datetime import UTC
    >>> known = forecast_of(History(40, 0.5, 0.8, 3.0), None, 30, has_target=True)
    >>> expected(known, datetime(2026, 11, 1, tzinfo=UTC)).expected_at.isoformat()
    '2026-11-01T19:12:00+00:00'
    >>> expected(forecast_of(None, None, 30, has_target=True), datetime(2026, 11, 1, tzinfo=UTC)).expected_at
    """
    days = (forecast.basis.days_80, forecast.earliest_days, forecast.latest_days)
    return Expected(*(None if count is None else start + timedelta(days=count) for count in days))


def is_counted(disposition: Disposition) -> bool:
    """Tell whether a closing says how long the work takes: duplicates and cancellations do not.

    >>> is_counted(Disposition.FIXED), is_counted(Disposition.DUPLICATE)
    (True, False)
    """
    return disposition not in NOT_COUNTED


def is_worth_counting_again(closed: int, counted_at: int, minimum: int) -> bool:
    """Tell whether enough was closed since the last count to count again: every time at first, then every 2 %.

    >>> [is_worth_counting_again(closed, before, 30) for closed, before in ((29, 0), (30, 0), (1010, 1000))]
    [False, True, False]
    >>> is_worth_counting_again(closed=29, counted_at=30, minimum=30)
    True
    """
    return max(closed, counted_at) >= minimum and abs(closed - counted_at) > counted_at // 50


def _from_history(history: History) -> Forecast:
    basis = Basis(
        method=ForecastMethod.HISTORY,
        sample_size=history.sample_size,
        days_80=history.days_80,
        source="closed_requests",
    )
    return Forecast(basis, history.days_50, history.days_95)


def _printed(baseline: Baseline) -> Basis:
    method = ForecastMethod.BASELINE
    return Basis(method=method, sample_size=baseline.n, days_80=baseline.days_80, source=baseline.label)
