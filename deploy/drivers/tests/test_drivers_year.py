"""A made year keeps to the city's volumes and seasons, and its desks report in time."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree
from typing import Any

import orjson
import pytest

from contracts.city import City, load_city
from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.year.desks import Desks, is_last
from relay311_drivers.year.making import make_year, moments
from relay311_drivers.year.player import Player
from relay311_drivers.year.tally import Room, Tally
from relay311_drivers.year.volumes import Volumes, owner, read_volumes, services_by_weight

ROOT = Path(__file__).resolve().parents[3]
OPENED = datetime(2025, 3, 1, 8, tzinfo=UTC)
SECOND = "0190b0a2-0000-7000-8000-000000000003"
REQUEST, ASSIGNMENT = "0190b0a2-0000-7000-8000-000000000001", "0190b0a2-0000-7000-8000-000000000002"


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities" / "los-angeles")


def test_the_same_seed_makes_the_same_year_in_order_and_to_the_number(city: City) -> None:
    year = list(make_year(city, 3_000, 7))
    assert year == list(make_year(city, 3_000, 7))
    assert len({past.report.submission_key for past in year}) == 3_000
    assert [past.opened for past in year] == sorted(past.opened for past in year)
    assert all(past.report.requested_at == past.opened < past.ended for past in year)


def test_agencies_get_what_is_printed_of_them(city: City) -> None:
    volumes = read_volumes(city)
    by_agency: Counter[str] = Counter()
    for service, weight in services_by_weight(city, volumes).items():
        by_agency[owner(city, service) or ""] += round(weight)
    assert all(abs(by_agency[one.agency] - one.requests) < 20 for one in volumes.agencies)
    assert abs(by_agency.total() - volumes.requests) < 50


def test_moments_follow_the_seasons(city: City) -> None:
    volumes, made = read_volumes(city), list(moments(city, 40_000, random.Random(1)))
    months = Counter((moment - timedelta(hours=8)).month for moment in made)
    busiest = max(range(12), key=lambda month: volumes.months[month])
    assert months[busiest + 1] > 40_000 * volumes.months[busiest] / sum(volumes.months) * 0.95


def test_every_named_agency_and_channel_is_known(city: City) -> None:
    assert {one.agency for one in read_volumes(city).agencies} <= {one.slug for one in city.working_agencies}


def test_a_city_without_volumes_has_even_ones() -> None:
    volumes = read_volumes(load_city(ROOT / "cities" / "san-diego"))
    assert not volumes.agencies
    assert len(set(volumes.hours)) == 1


def test_volumes_that_are_wrong_are_told_with_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "los-angeles"
    copytree(ROOT / "cities" / "los-angeles", folder)
    path = folder / "volumes.yaml"
    path.write_text(path.read_text().replace("requests: 1750000", "requests: many"))
    with pytest.raises(DriverError, match=r"volumes\.yaml:\d+: requests"):
        read_volumes(load_city(folder))


def test_an_operator_without_channels_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no channels for own_department"):
        Volumes.model_validate({"others": {"own_department": 1}})


def test_a_desk_reports_three_steps_in_the_order_of_their_times() -> None:
    desks = Desks(("en", "es"))
    desks.take(ASSIGNMENT, REQUEST, "parks", OPENED, OPENED + timedelta(days=10))
    assert not list(desks.due(OPENED, 9))
    work = list(desks.due(OPENED + timedelta(days=10), 9))
    said = [orjson.loads(desks.record(one)[1]) for one in work]
    assert [one["data"]["kind"] for one in said] == ["accepted", "in_progress", "completed"]
    assert [one.due - OPENED for one in work] == [timedelta(days=days) for days in (1, 6, 10)]
    assert all(one["clock"] == "event" for one in said)
    assert not len(desks)


def test_a_year_that_does_not_fit_on_the_disk_is_not_begun(tmp_path: Path) -> None:
    Room(tmp_path).require(1, life_bytes=1)
    with pytest.raises(DriverError, match="play at most"):
        Room(tmp_path).require(10**9)


def test_progress_says_day_rate_and_time_left() -> None:
    tally = Tally(100, created=50, closed=20, day=OPENED, started=0.0)
    assert "01 Mar  created 50/100  closed 20" in str(tally)
    assert "min left" in str(tally)


def test_a_request_that_two_agencies_share_is_closed_when_both_have_ended(city: City, tmp_path: Path) -> None:
    nobody: Any = None  # neither the log nor HTTP is used here
    player = Player(Platform(tmp_path, city.folder), city, nobody, nobody, 1)
    past = next(make_year(city, 1, 1))
    player._new[REQUEST] = past
    for agency, assignment in (("parks", ASSIGNMENT), ("streets", SECOND), ("streets", SECOND)):
        player.assigned({"request_id": REQUEST, "assignment_id": assignment, "agency": agency})
    first, second = (work for work in player._desks.due(None, 99) if is_last(work))
    player._end(first)
    assert not player._ending
    player._end(second)
    player.closed({"request_id": REQUEST})
    assert (player.tally.assigned, player.tally.closed) == (1, 1)
