"""The forecast: in how many days 80 % of such requests were closed, and what it says while little is known."""

from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from contracts.city import Baseline
from contracts.sla import Basis
from contracts.vocabulary import Disposition, ForecastMethod
from sla.domain.curve import Curve, days_until
from sla.domain.learning import EVERYWHERE, Learned, Way

MINUTES_PER_DAY: Final = 1440
STEPS: Final = ((120, 1), (MINUTES_PER_DAY, 12))
"""Durations are kept to the minute below two hours, to twelve minutes below a day, and to the tenth of a day above."""
MINUTES_PER_TENTH: Final = 144
EVERY: Final = 30
LEAST_STEP: Final = 1.1
NOT_COUNTED: Final = frozenset({Disposition.DUPLICATE, Disposition.CANCELLED_BY_REQUESTER})
"""Closings that tell nothing about how long the work takes."""


class Lesson(NamedTuple):
    """What a closing teaches: where and when such a request was opened, and how long it took."""

    service: str
    cohort: date
    area: str
    minutes: int


class History(NamedTuple):
    """What requests of a service show: days within which 10, 50, 80 and 90 of 100 are closed, and how it was found."""

    sample_size: int
    days_10: float | None
    days_50: float | None
    days_80: float
    days_90: float | None
    way: Way = Way.PRINTED


class Forecast(NamedTuple):
    """A service's forecast: its basis, and from history alone the days between which 80 of 100 requests end."""

    basis: Basis
    earliest_days: float | None = None
    latest_days: float | None = None


class Expected(NamedTuple):
    """A forecast as moments of one request."""

    expected_at: datetime | None
    earliest_at: datetime | None
    latest_at: datetime | None


def minutes_to_close(opened_at: datetime, closed_at: datetime) -> int:
    """Return how long a request took, as it is kept.

    Kept so, a service's whole history is a short list of counts however many requests it holds, and the 80 % figure
    is still exact to the tenth of a day, half up.

    >>> from datetime import UTC
    >>> start = datetime(2026, 11, 1, tzinfo=UTC)
    >>> minutes_to_close(start, start + timedelta(minutes=144)), minutes_to_close(start, start + timedelta(minutes=119))
    (144, 119)
    >>> minutes_to_close(start, start + timedelta(days=5, hours=18)) / 1440
    5.8
    >>> minutes_to_close(start, start - timedelta(hours=1))
    0
    """
    minutes = int(max(closed_at - opened_at, timedelta(0)).total_seconds() / 60 + 0.5)
    step = next((step for below, step in STEPS if minutes < below), MINUTES_PER_TENTH)
    return int(minutes / step + 0.5) * step


def history_in(learned: Learned, area: str = EVERYWHERE) -> History | None:
    """Return what is said of a service or of one of its areas; None where nothing can be said.

    >>> from datetime import UTC
    >>> from sla.domain.curve import Ages, whole_curve
    >>> from sla.domain.learning import Cohort, Known, learn
    >>> now = datetime(2026, 11, 1, tzinfo=UTC)
    >>> took = Cohort(now, [days * 1440 for days in range(1, 11)], [10] * 10)
    >>> history_in(learn(Known([took], []), {}, whole_curve(Ages()), now, 30))[:5]
    (100, 1.0, 5.0, 8.0, 9.0)
    """
    said = learned.said_in(area)
    if said.days_80 is None:
        return None
    return History(learned.sample_size, said.days_10, said.days_50, said.days_80, said.days_90, learned.way)


def forecast_of(
    history: History | None, baseline: Baseline | None, minimum: int, *, has_target: bool, area: str = EVERYWHERE
) -> Forecast:
    """Choose what a forecast rests on: own history once there is enough, else the printed baseline, else the target.

    >>> plenty, little = History(30, 0.1, 0.5, 1.0, 4.0), History(29, 0.1, 0.5, 1.0, 4.0)
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
        return _from_history(history, area)
    if baseline is not None:
        return Forecast(_printed(baseline))
    return Forecast(Basis(method=ForecastMethod.TARGET if has_target else ForecastMethod.NONE))


def expected(forecast: Forecast, start: datetime) -> Expected:
    """Return when a request that starts now should be done; nothing is said where nothing is known.

    >>> from datetime import UTC
    >>> known = forecast_of(History(40, 0.1, 0.5, 0.8, 3.0), None, 30, has_target=True)
    >>> expected(known, datetime(2026, 11, 1, tzinfo=UTC)).expected_at.isoformat()
    '2026-11-01T19:12:00+00:00'
    >>> expected(forecast_of(None, None, 30, has_target=True), datetime(2026, 11, 1, tzinfo=UTC)).expected_at
    """
    days = (forecast.basis.days_80, forecast.earliest_days, forecast.latest_days)
    return Expected(*(None if count is None else start + timedelta(days=count) for count in days))


def expected_late(curve: Curve, opened_at: datetime, now: datetime) -> Expected:
    """Return when work is expected that is not done by the time it was expected: by how the rest of such work ends.

    It moves on by a tenth of its age at least, so that waiting is not told in many small steps.

    >>> from datetime import UTC
    >>> from sla.domain.curve import Ages, whole_curve
    >>> ages = Ages()
    >>> for days in (1, 2, 3, 4, 30, 31, 32, 33, 34): ages.add(days * 1440, 10, is_open=False)
    >>> opened = datetime(2026, 11, 1, tzinfo=UTC)
    >>> said = expected_late(whole_curve(ages), opened, opened + timedelta(days=10))
    >>> (said.expected_at - opened).days
    35
    >>> expected_late([0.0] * 200, opened, opened + timedelta(days=10)).expected_at is None
    True
    """
    age = (now - opened_at) / timedelta(days=1)
    days = days_until(curve, 0.8, age)
    if days is None:
        return Expected(None, None, None)
    latest = days_until(curve, 0.9, age)
    expected_at = opened_at + timedelta(days=max(days, age * LEAST_STEP))
    latest_at = None if latest is None else max(opened_at + timedelta(days=latest), expected_at)
    return Expected(expected_at, now, latest_at)


def is_counted(disposition: Disposition) -> bool:
    """Tell whether a closing says how long the work takes: duplicates and cancellations do not.

    >>> is_counted(Disposition.FIXED), is_counted(Disposition.DUPLICATE)
    (True, False)
    """
    return disposition not in NOT_COUNTED


def is_worth_counting_again(closed: int, counted_at: int, minimum: int) -> bool:
    """Tell whether enough was closed since the last count to count again: the first time, then every 30 and every 5 %.

    >>> [is_worth_counting_again(closed, before, 30) for closed, before in ((29, 0), (30, 0), (59, 30), (60, 30))]
    [False, True, False, True]
    >>> is_worth_counting_again(1040, 1000, 30), is_worth_counting_again(1050, 1000, 30)
    (False, True)
    >>> is_worth_counting_again(closed=29, counted_at=30, minimum=30)
    True
    """
    if min(closed, counted_at) < minimum:
        return max(closed, counted_at) >= minimum
    return abs(closed - counted_at) >= max(EVERY, counted_at // 20)


def _from_history(history: History, area: str) -> Forecast:
    basis = Basis(
        method=ForecastMethod.HISTORY,
        sample_size=history.sample_size,
        days_80=history.days_80,
        source=history.way.value,
        area=area,
    )
    return Forecast(basis, history.days_10, history.days_90)


def _printed(baseline: Baseline) -> Basis:
    method = ForecastMethod.BASELINE
    return Basis(method=method, sample_size=baseline.n, days_80=baseline.days_80, source=baseline.label)
