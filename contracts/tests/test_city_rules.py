"""The rules of a city: what is out of reach, won by chance or left out is told with file and line."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.city import CityError, load_city

CITIES = Path(__file__).parents[2] / "cities"
END = {"id": "end", "version": 1, "services": ["illegal-dumping"], "agency": "environmental-services",
       "queue": "clean-city", "reason": {"en": "The rest.", "es": "Lo demás."}}  # fmt: skip
STREET = {"attributes": {"place": ["street"]}}
PARK = {"attributes": {"place": ["park"]}}


def rule(name: str, when: Any = None, agency: str = "parks", **more: Any) -> dict[str, Any]:
    """Make a rule for dumped trash."""
    desk = {"parks": "upkeep", "environmental-services": "clean-city", "get-it-done": "triage"}
    return END | {"id": name, "when": when or {}, "agency": agency, "queue": desk[agency]} | more


@pytest.fixture
def town(tmp_path: Path) -> Path:
    copy = tmp_path / "town"
    shutil.copytree(CITIES / "san-diego", copy)
    return copy


def check(town: Path, *rules: dict[str, Any], **more: Any) -> str:
    """Say what is wrong when these rules stand for dumped trash; empty when nothing is."""
    path = town / "routes.yaml"
    told = yaml.safe_load(path.read_text("utf-8"))
    others = [one for one in told["rules"] if "illegal-dumping" not in one["services"]]
    path.write_text(yaml.safe_dump(told | more | {"rules": [*rules, *others]}, sort_keys=False), "utf-8")
    copy = town.with_name(f"town-{len(list(town.parent.iterdir()))}")  # a folder is read once in a process
    shutil.copytree(town, copy)
    try:
        load_city(copy)
    except CityError as error:
        return str(error)
    return ""


@pytest.mark.requirement("RTE-02", "CAT-22")
@pytest.mark.parametrize(
    "when",
    [
        {"attributes": {"place": ["park"]}},
        {"areas": {"council_district": ["1", "2"]}},
        {"location_kind": ["private"]},
        {"outlines": ["beach-front"]},
        {"channels": ["crew"]},
        {"hours": ["Mon-Fri 22:00-06:00", "Sat-Sun 00:00-24:00"]},
        {"calendar": ["day_off"]},
        {"attributes": {"place": ["park"]}, "areas": {"council_district": ["1"]}, "hours": ["Sat 08:00-12:00"]},
    ],
)
def test_a_particular_rule_before_a_general_one_is_right(town: Path, when: dict[str, Any]) -> None:
    assert check(town, rule("first", when), END) == ""


def test_the_owner_of_an_asset_may_decide(town: Path) -> None:
    asset = {"owner": "port", "name": {"en": "The port", "es": "El puerto"}, "services": ["illegal-dumping"],
             "pattern": "P-[0-9]+", "source": "this test"}  # fmt: skip
    assert check(town, rule("ports", {"asset_owner": ["port"]}), END, assets=[asset]) == ""
    said = check(town, rule("ports", {"asset_owner": ["port"]}), END, assets=[])
    assert "'port' is no owner of this rule's assets" in said


UNREACHABLE = {
    "the same condition": (rule("one", PARK), rule("two", PARK), "two"),
    "a narrower one": (rule("one", PARK), rule("two", PARK | {"areas": {"council_district": ["1"]}}), "two"),
    "hours inside hours": (
        rule("one", {"hours": ["Mon-Sun 06:00-20:00"]}),
        rule("two", {"hours": ["Tue 12:00-13:00"]}),
        "two",
    ),
    "an outline inside a pair": (rule("one", {"outlines": ["beach-front"]}),
                                 rule("two", {"outlines": ["beach-front"], "channels": ["phone"]}), "two"),
}  # fmt: skip


@pytest.mark.requirement("RTE-02")
@pytest.mark.parametrize("case", UNREACHABLE)
def test_a_rule_behind_one_that_takes_the_same_is_told(town: Path, case: str) -> None:
    first, second, name = UNREACHABLE[case]
    said = check(town, first, second, END)
    assert "rules[1]: can never be reached for illegal-dumping: rule one takes the same before" in said
    line = next(n for n, text in enumerate((town / "routes.yaml").read_text("utf-8").splitlines(), 1) if name in text)
    assert f"routes.yaml:{line}: " in said


@pytest.mark.requirement("RTE-02")
def test_rules_that_together_take_everything_leave_nothing_behind_them(town: Path) -> None:
    weekdays, weekend = {"hours": ["Mon-Fri 00:00-24:00"]}, {"hours": ["Sat-Sun 00:00-24:00"]}
    rules = rule("one", weekdays), rule("two", weekend), END
    assert "rules[2]: can never be reached for illegal-dumping: the rules before it together take" in check(
        town, *rules
    )


def test_a_condition_that_no_request_meets_is_told(town: Path) -> None:
    said = check(town, rule("one", {"location_kind": ["park"]}), END)
    assert "no request of it ever meets the condition" in said


@pytest.mark.requirement("RTE-02")
def test_days_keep_rules_apart(town: Path) -> None:
    old = rule("parks", PARK, effective_until="2026-07-01")
    new = rule("parks", PARK, "get-it-done", version=2, effective_from="2026-07-01")
    assert check(town, old, new, END) == ""
    late = rule("parks", PARK, "get-it-done", version=2, effective_from="2026-06-01")
    assert "'parks' is twice in force on the same days, which is ambiguous" in check(town, old, late, END)
    same = rule("parks", PARK, "get-it-done", effective_from="2026-07-01")
    assert "is there twice in version 1" in check(town, old, same, END)


def test_a_rule_that_others_cover_on_each_of_its_days_is_out_of_reach(town: Path) -> None:
    old, new = rule("old", PARK, effective_until="2026-07-01"), rule("new", PARK, effective_from="2026-07-01")
    assert "rules[2]: can never be reached" in check(town, old, new, rule("third", PARK), END)
    gap = rule("new", PARK, effective_from="2026-08-01")
    assert check(town, old, gap, rule("third", PARK), END) == ""


@pytest.mark.requirement("RTE-02")
def test_two_conditions_that_one_request_may_meet_are_ambiguous_until_said_to_be_meant(town: Path) -> None:
    district = {"areas": {"council_district": ["3"]}}
    first, second = rule("park", PARK), rule("third-district", district, "get-it-done")
    said = check(town, first, second, END)
    assert "rules[0]: is ambiguous for illegal-dumping: rule third-district takes the same request" in said
    assert "place: park" in said
    assert "council_district: 3" in said
    assert check(town, first | {"before": ["third-district"]}, second, END) == ""
    assert check(town, first, rule("third-district", district), END) == "", "one desk, so nothing is ambiguous"
    assert "'nobody' is no other rule" in check(town, first | {"before": ["nobody"]}, second, END)


def test_every_day_has_a_rule(town: Path) -> None:
    ending = END | {"effective_until": "2027-01-01"}
    assert "have no rule without conditions for illegal-dumping from 2027-01-01 on" in check(town, ending)
    begin = END | {"id": "again", "effective_from": "2027-01-01"}
    assert check(town, ending, begin) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"when": {"hours": ["Mon 25:00-26:00"]}}, "is not a way to say hours"),
        ({"when": {"channels": ["pigeon"]}}, "must be one of"),
        ({"effective_from": "2026-02-01", "effective_until": "2026-01-01"}, "ends before it begins"),
        ({"when": {"outlines": ["moon"]}}, "'moon' is no outline of this file"),
    ],
)
def test_a_slip_in_a_rule_is_a_sentence(town: Path, changes: dict[str, Any], said: str) -> None:
    assert said in check(town, rule("one") | changes, END)
