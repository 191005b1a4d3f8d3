"""Rules as data at work: whose ground, whose asset, what hour, which channel and which day decide the desk."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.testing import Bench
from contracts.city import load_city
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import RequestCreated
from contracts.routing import RequestAssigned
from contracts.vocabulary import Operator
from routing.app import build
from routing.domain.directory import Directory
from routing.domain.rules import Question, choose
from routing.settings import Settings

CITIES = Path(__file__).parents[3] / "cities"
NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)
NIGHT = datetime(2026, 11, 25, 7, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def angeles() -> Directory:
    return Directory.of(load_city(CITIES / "los-angeles"))


def rules_of(desks: Directory, question: Question) -> list[str | None]:
    return [choice.rule_id for choice in choose(question, desks)]


@pytest.mark.requirement("RTE-02", "CAT-08")
@pytest.mark.parametrize(
    ("question", "rule_id", "agency"),
    [
        (Question("private-property-violation", {"building_kind": "multi_family"}, {}), "multi-family", "housing"),
        (
            Question("private-property-violation", {"building_kind": "business"}, {}),
            "private-property",
            "building-and-safety",
        ),
        (
            Question("single-streetlight-issue", {"problem": "out"}, {}, asset_id="dwp-1042"),
            "lights-of-the-utility",
            "water-and-power",
        ),
        (
            Question("single-streetlight-issue", {"pole_number": "DWP1042"}, {}),
            "lights-of-the-utility",
            "water-and-power",
        ),
        (Question("single-streetlight-issue", {"pole_number": "4711"}, {}), "lights", "street-lighting"),
        (Question("illegal-dumping", {}, {"location_kind": "private"}), "dumping-private", "building-and-safety"),
        (
            Question("illegal-dumping", {}, {"location_kind": "private"}, channel="crew"),
            "dumping-seen-by-crew",
            "sanitation",
        ),
        (Question("illegal-dumping", {"found_in": "park"}, {}), "dumping-park", "recreation-and-parks"),
        (Question("tree-emergency", {}, {}, opened_at=NOON), "trees", "street-services"),
        (Question("tree-emergency", {}, {}, opened_at=NIGHT), "tree-out-of-hours", "street-services"),
        (Question("tree-emergency", {}, {}, opened_at=SUNDAY), "tree-on-days-off", "street-services"),
    ],
)
def test_what_the_rules_look_at_decides(angeles: Directory, question: Question, rule_id: str, agency: str) -> None:
    first, *_ = choose(question, angeles)
    assert (first.rule_id, first.agency) == (rule_id, agency)
    assert set(first.reason) == {"en", "es"}
    assert first.rule_version
    assert 0 < first.confidence <= 1


@pytest.mark.requirement("RTE-02")
def test_ground_drawn_for_a_rule_decides() -> None:
    diego = Directory.of(load_city(CITIES / "san-diego"))
    beach, street = (32.78, -117.254), (32.78, -117.20)
    assert rules_of(diego, Question("illegal-dumping", {}, {}, spot=beach)) == ["dumping-on-the-beach"]
    assert rules_of(diego, Question("illegal-dumping", {}, {}, spot=street)) == ["dumping"]
    assert rules_of(diego, Question("illegal-dumping", {}, {})) == ["dumping"]


@pytest.mark.requirement("RTE-02")
def test_a_rule_holds_from_its_day_to_its_day(angeles: Directory) -> None:
    (old,) = angeles.rules["taxicab"]
    new = old.model_copy(update={"version": 2, "agency": "police", "queue": "non-emergency",
                                 "effective_from": date(2026, 12, 1)})  # fmt: skip
    old = old.model_copy(update={"effective_until": date(2026, 12, 1)})
    desks = Directory({"taxicab": (old, new)}, angeles.queues, zone=angeles.zone)
    ride = Question("taxicab", {}, {}, opened_at=NOON)
    before, after = datetime(2026, 12, 1, 7, 59, tzinfo=UTC), datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert [choose(ride, desks.on(at))[0].agency for at in (before, after)] == ["transportation", "police"]
    history = Question("taxicab", {}, {}, opened_at=NOON, is_history=True)
    assert choose(history, desks.on(after))[0].agency == "transportation", "history is under the rules of its own day"


@pytest.mark.requirement("RTE-02", "CAT-22")
async def test_a_city_that_draws_its_desks_by_district_needs_only_a_rule_of_its_own(
    bench_factory: Any, tmp_path: Path
) -> None:
    city = tmp_path / "town"
    shutil.copytree(CITIES / "los-angeles", city)
    rules, at = (city / "routes.yaml").read_text(), "  - id: graffiti\n"
    assert rules.count(at) == 1
    own = """  - id: graffiti-of-the-valley
    version: 1
    services: [graffiti-removal]
    when:
      areas: {council_district: ["2", "3"]}
    before: [graffiti]
    agency: street-services
    queue: %s
    reason: {en: Street Services paints over graffiti in your district., es: En su distrito lo pinta otra oficina.}
"""
    queue = load_city(CITIES / "los-angeles").agencies["street-services"].queues[0].slug
    (city / "routes.yaml").write_text(rules.replace(at, own % queue + at))
    bench: Bench = await bench_factory(build, Settings, city=city)
    for district in ("2", "14", None):
        facts = RequestFacts(tracking_number=f"T-{district}", service_code="graffiti-removal", opened_at=NOON)
        place = Place(area={"council_district": district} if district else {})
        await bench.feed(RequestCreated(request_id=uuid4(), sequence=1, about=facts, place=place,
                                        operator=Operator.CITY_311, description="Paint"))  # fmt: skip
    given = {one.about.tracking_number: one for one in bench.events("request.assigned", RequestAssigned)}
    assert {number: (one.rule_id, one.agency) for number, one in given.items()} == {
        "T-2": ("graffiti-of-the-valley", "street-services"),
        "T-14": ("graffiti", "community-beautification"),
        "T-None": ("graffiti", "community-beautification"),
    }
    assert given["T-2"].reason["es"] == "En su distrito lo pinta otra oficina."
