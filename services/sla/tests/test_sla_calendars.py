"""Agencies' own working time: by the agency, by its agreement, over changes of the clocks, and refused where wrong."""

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from chassis.ids import derived_uuid
from contracts.city import CityError, Span, load_city
from contracts.event import RequestFacts
from sla.domain.clock import resumed
from sla.domain.rules import Rules, rules_of
from sla.domain.targets import only_agency

CITY = Path(__file__).parents[3] / "cities" / "los-angeles"
ZONE = ZoneInfo("America/Los_Angeles")
SERVICE = "graffiti-removal"
AGENCY = only_agency(load_city(CITY), SERVICE)
WEEK = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
NIGHTS = {"working_days": WEEK, "opens": "22:00", "closes": "06:00", "city_holidays": False, "source": "a memo"}
EARLY = {
    "working_days": WEEK[:4], "opens": "06:00", "closes": "16:00", "source": "a memo",
    "holidays": [{"date": date(2026, 3, 3), "name": {"en": "Training day", "es": "Día de formación"}}],
}  # fmt: skip


def changed(folder: Path, name: str, change: Any) -> None:
    """Change one file of a city's folder."""
    file = folder / f"{name}.yaml"
    said = yaml.safe_load(file.read_text())
    change(said)
    file.write_text(yaml.safe_dump(said, allow_unicode=True))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the city, with work that is due in eight working hours and a crew that does it at night."""
    copied = tmp_path / "city"
    shutil.copytree(CITY, copied)
    due = {"amount": 8, "unit": "business_hours"}
    changed(copied, "targets", lambda said: [t.update(due=due) for t in said["targets"] if t["service"] == SERVICE])
    changed(copied, "calendar", lambda said: said.update(named={"nights": NIGHTS}))
    nightly = {"calendar": "nights"}
    changed(copied, "agencies", lambda said: [a.update(nightly) for a in said["agencies"] if a["slug"] == AGENCY])
    return copied


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type] # the parts of a date and a time


def due(rules: Rules, opened_at: datetime, service: str = SERVICE) -> datetime | None:
    facts = RequestFacts(tracking_number="X", service_code=service, opened_at=opened_at)
    due_at = rules.start(derived_uuid("x"), facts).due_at
    return due_at and due_at.astimezone(ZONE)


@pytest.mark.requirement("SLA-09", "SLA-15")
@pytest.mark.parametrize(
    ("opened", "by"),
    [
        (local(2026, 3, 2, 9), local(2026, 3, 3, 6)),
        (local(2026, 3, 7, 12), local(2026, 3, 8, 23)),  # the night on which the clocks go forward has seven hours
        (local(2026, 10, 31, 12), local(2026, 11, 1, 5)),  # and nine when they go back
        (local(2026, 12, 24, 23), local(2026, 12, 25, 23)),  # the crew works on the city's holidays
    ],
)
def test_an_agencys_own_hours_count_where_it_alone_does_the_work(folder: Path, opened: datetime, by: datetime) -> None:
    assert due(rules_of(load_city(folder)), opened) == by


@pytest.mark.requirement("SLA-09")
def test_work_that_agencies_share_is_counted_by_the_citys_own_calendar(folder: Path) -> None:
    rules, plain = rules_of(load_city(folder)), rules_of(load_city(CITY))
    shared = [code for code in rules.city.services if only_agency(rules.city, code) is None and code in rules.versions]
    assert shared
    friday = local(2026, 3, 6, 16)
    assert [due(rules, friday, code) for code in shared] == [due(plain, friday, code) for code in shared]


@pytest.mark.requirement("SLA-09", "SLA-14")
def test_an_agreements_calendar_holds_in_place_of_the_agencys_from_its_day_on_and_for_waits_too(folder: Path) -> None:
    changed(folder, "calendar", lambda said: said["named"].update(early=EARLY))

    def agree(said: dict[str, Any]) -> None:
        mine = next(one for one in said["agreements"] if one["agency"] == AGENCY)
        mine |= {"effective_until": date(2026, 3, 2)}
        said["agreements"].append(mine | {"version": 2, "effective_from": date(2026, 3, 2), "calendar": "early"})
        said["agreements"][-1].pop("effective_until")

    changed(folder, "agreements", agree)
    rules = rules_of(load_city(folder))
    assert due(rules, local(2026, 2, 27, 9)) == local(2026, 2, 28, 6), "by the nights of before"
    opened = local(2026, 3, 2, 10)
    assert due(rules, opened) == local(2026, 3, 4, 8), "six hours on Monday, and none on its training day"
    clock = rules.start(derived_uuid("x"), RequestFacts(tracking_number="X", service_code=SERVICE, opened_at=opened))
    waited = clock._replace(paused_at=local(2026, 3, 2, 12))
    runs = resumed(waited, local(2026, 3, 4, 12), rules.measure(SERVICE, opened))
    assert runs.deadline_at == local(2026, 3, 5, 8), "six of its eight hours are left: four on Wednesday"


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("agencies", lambda said: said["agencies"][0].update(calendar="days"), "'days' is no calendar of this city"),
        ("calendar", lambda said: said["named"].update(idle=EARLY), "names idle, by which nobody works"),
    ],
)
def test_a_calendar_that_is_missing_or_that_nobody_works_by_is_refused(
    folder: Path, file: str, change: Any, said: str
) -> None:
    changed(folder, file, change)
    with pytest.raises(CityError, match=said) as refused:
        load_city(folder)
    assert f"{file}.yaml:" in str(refused.value), "with the line"


def test_a_wait_of_days_is_said_by_the_days_that_are_worked(folder: Path) -> None:
    week, monday = Span(amount=7, unit="business_days"), date(2026, 3, 2)
    assert rules_of(load_city(folder)).target_days(week, SERVICE, monday) == 7
    assert rules_of(load_city(CITY)).target_days(week, SERVICE, monday) == pytest.approx(9.8)
