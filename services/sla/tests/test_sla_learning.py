"""What requests teach: the printed figure, the curve beside it, areas that lean on it, and which is used."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest

from sla.domain.curve import whole_curve
from sla.domain.learning import Counted, Learned, Way, ages_of, areas_of, gathered
from sla.domain.learning import learn as learn_from

NOW = datetime(2026, 11, 1)  # noqa: DTZ001 - a bare count, in one time
DAY = 1440


def requests(days: float, count: int, ago: int, area: str = "1", *, is_open: bool = False) -> Counted:
    return Counted(area, NOW - timedelta(days=ago), days * DAY, count, is_open)


def steady(days: Iterable[float] = range(1, 11), area: str = "1", count: int = 10) -> list[Counted]:
    return [requests(length, count, ago=ago, area=area) for ago in (20, 50, 80) for length in days]


def learn(counted: list[Counted]) -> Learned | None:
    return learn_from(gathered(counted), areas_of(counted, NOW, 30), city(), NOW, minimum=30)


def city() -> list[float]:
    return list(whole_curve(ages_of(gathered(steady()), NOW)))


@pytest.mark.requirement("SLA-04")
def test_a_service_says_nothing_until_enough_of_its_requests_were_closed() -> None:
    assert learn([requests(1, 29, 10), requests(3, 50, 3, is_open=True)]) is None
    assert learn([requests(1, 30, 10)]) is not None


@pytest.mark.requirement("SLA-04", "SLA-13")
def test_a_growing_backlog_makes_the_curve_slower_before_anything_of_it_is_closed() -> None:
    calm = learn(steady())
    backlog = [requests(9, 300, ago=9, is_open=True)]
    crowded = learn([*steady(), *backlog])
    assert calm is not None
    assert crowded is not None
    assert calm.curve.days_80 is not None
    assert crowded.curve.days_80 is not None
    assert crowded.curve.days_80 > calm.curve.days_80 + 1
    assert crowded.printed.days_80 is None, "less than 80 % are closed, so the printed method has no figure"
    assert crowded.way == Way.CURVE


@pytest.mark.requirement("SLA-04")
def test_an_area_is_told_apart_once_it_has_shown_enough_and_leans_on_its_service_till_then() -> None:
    quick, slow = steady([1.0], "1", 400), steady([9.0], "2", 400)
    few = [requests(30, 20, 10, area="3")]
    found = learn([*quick, *slow, *few])
    assert found is not None
    assert found.areas.keys() == {"1", "2"}
    assert (found.areas["1"].days_80 or 0) < (found.curve.days_80 or 0) <= (found.areas["2"].days_80 or 0) + 1


@pytest.mark.requirement("SLA-13")
def test_the_way_that_would_have_been_nearer_lately_is_used_and_the_printed_one_where_both_were() -> None:
    same = learn(steady())
    assert same is not None
    assert same.way == Way.PRINTED
    turned = [
        *(requests(days, 30, ago=270) for days in range(1, 11)),  # slow long ago
        *(requests(days / 10, 15, ago=ago) for ago in (20, 50) for days in range(1, 21)),  # quick by now
    ]
    found = learn(turned)
    assert found is not None
    assert found.way == Way.CURVE
    assert (found.said.days_80 or 0) < (found.printed.days_80 or 0)


def test_the_printed_way_says_the_same_of_every_area() -> None:
    found = learn(steady())
    assert found is not None
    assert found.said_in("1") == found.said == found.printed
