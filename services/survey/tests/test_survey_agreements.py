"""What an agency agreed on with 311: whom to ask what and when, and who answers within how long; else the city's."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.testing import Bench
from contracts.city import CityError, load_city
from contracts.intake import SurveyReplied
from contracts.survey import FollowUpChanged, FollowUpKind
from contracts.vocabulary import Channel
from survey.app import build
from survey.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_survey_following_up import AGENCY, CITY, answer, follow_ups
from test_survey_handlers import DAY, NOW, answered, closed, facts, invited, link

Make = Callable[..., Awaitable[Bench]]
TERMS: dict[str, Any] = {
    "shared_every": {"amount": 7, "unit": "days"},
    "shared_with": "customer-liaison",
    "covers": ["ratings"],
}
AGREED: dict[str, Any] = {
    "agency": AGENCY,
    "version": 2,
    "signed": True,
    "signed_by": "Office of Community Beautification",
    "signed_on": "2026-02-01",
    "effective_from": "2026-02-01",
    "set_by": "a test",
    "source": "a test",
    "feedback": TERMS | {"answered_by": "section-manager", "hours": 72, "complaint_hours": 8},
    "survey": {"delay_hours": 1, "questions": ["done", "quality"], "reminder_days": 3},
}


def city_with(folder: Path, **agreed: Any) -> Path:
    """Copy a city with one agreement more."""
    folder.mkdir()
    for path in CITY.iterdir():
        if path.name != "agreements.yaml":
            (folder / path.name).symlink_to(path)
    known = yaml.safe_load((CITY / "agreements.yaml").read_text())["agreements"]
    written = yaml.safe_dump({"agreements": [*known, AGREED | agreed]}, allow_unicode=True, sort_keys=False)
    (folder / "agreements.yaml").write_text(written)
    return folder


@pytest.fixture
async def bench(bench_factory: Make, tmp_path: Path) -> Bench:
    city = city_with(tmp_path / "los-angeles")
    return await bench_factory(build, Settings, now=NOW, link_key="a key of the test", city=city)


@pytest.mark.requirement("SUR-08", "SLA-18")
async def test_residents_are_asked_as_was_agreed_on_with_the_agency(bench: Bench) -> None:
    await bench.feed(closed(about=facts(contacts=("c1",), channel=Channel.PHONE)))
    other = closed(2, about=facts(contacts=("c2",), channel=Channel.PHONE))
    await bench.feed(other.model_copy(update={"agencies": ("sanitation",)}))
    await bench.advance(timedelta(hours=2))
    await bench.advance(2 * DAY)
    mine, another = sorted(invited(bench), key=lambda one: one.contact_ref)
    assert (mine.questions, another.questions) == (("done", "quality"), ())
    shown = [(await bench.http.get(link(one))).json()["questions"] for one in (mine, another)]
    assert [[question["code"] for question in asked] for asked in shown] == [
        ["done", "quality"],
        ["done", "quality", "handling", "agent", "comment"],
    ]
    refused = await bench.http.post(link(mine), json={"done": True, "handling": 2})
    assert [error["field"] for error in refused.json()["errors"]] == ["handling"]
    await bench.advance(2 * DAY)
    assert [one.contact_ref for one in invited(bench) if one.reminder] == ["c1"], "after three days, not seven"
    await bench.advance(4 * DAY)
    assert [one.contact_ref for one in invited(bench) if one.reminder] == ["c1", "c2"]
    said = SurveyReplied(
        request_id=mine.request_id,
        invitation_id=mine.invitation_id,
        contact_ref="c1",
        via=Channel.SMS,
        answers={"done": True, "quality": 4, "handling": 1},
    )
    await bench.feed(said)
    (heard,) = answered(bench)
    assert (heard.work_rating, heard.handling_rating) == (4, None), "what was not asked by keys is left out"
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-01")
async def test_an_agreement_may_ask_from_the_closing_on_and_of_some_alone(bench_factory: Make, tmp_path: Path) -> None:
    protocol = {"asked_after": "closing", "delay_hours": 0, "share": 0.5, "reminder_days": 0}
    city = city_with(tmp_path / "los-angeles", survey=protocol, services=["graffiti-removal"])
    bench = await bench_factory(build, Settings, now=NOW, link_key="a key of the test", city=city)
    for number in range(40):
        event = closed(number, about=facts(contacts=(f"c{number}",)))
        await bench.feed(event.model_copy(update={"visible_from": NOW + 30 * DAY}))
    await bench.quiet()
    assert 10 <= len(invited(bench)) <= 30, "at once, although nothing is to be seen for a month"
    await bench.advance(20 * DAY)
    assert not any(one.reminder for one in invited(bench)), "0 days: never"


@pytest.mark.requirement("SUR-07", "SUR-10", "SUR-15")
async def test_who_answers_within_how_long_is_as_agreed_and_else_as_in_the_city(bench: Bench) -> None:
    await answer(bench, 1, done=True, quality=1)
    complaint = {"kind": "complaint", "category": "late", "text": "Nobody came", "agency": AGENCY}
    for agency in (AGENCY, "sanitation"):
        assert (await bench.http.post("/feedback", json=complaint | {"agency": agency})).status_code == 201
    await bench.quiet()
    assert sorted((one.agency, one.role, one.due_at - one.opened_at) for one in follow_ups(bench)) == [
        (AGENCY, "section-manager", timedelta(hours=8)),
        (AGENCY, "section-manager", timedelta(hours=72)),
        ("sanitation", "customer-liaison", timedelta(hours=48)),
    ]
    await bench.advance(timedelta(hours=9))
    late = [one for one in follow_ups(bench) if one.overdue]
    assert [(one.role, one.title["en"]) for one in late] == [("customer-liaison", "Customer liaison")], "goes on"
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-08")
def test_an_agreement_that_cannot_be_followed_is_told_with_file_and_line(tmp_path: Path) -> None:
    strange = city_with(
        tmp_path / "strange",
        survey={"questions": ["quality", "colour"], "reminder_days": 40},
        feedback=TERMS | {"answered_by": "nobody-there"},
    )
    with pytest.raises(CityError) as told:
        load_city(strange)
    for said in ("'colour' is no question", "leaves out done", "reminds after the link", "'nobody-there' is no role"):
        assert said in str(told.value)
    assert str(told.value).count("agreements.yaml:") == 4, "each with its line"


@pytest.mark.requirement("SUR-08", "SUR-14")
async def test_each_agency_is_told_its_results_as_often_as_agreed_and_somebody_there_assesses_them(
    bench: Bench,
) -> None:
    for number in range(6):
        await bench.feed(closed(number, about=facts(contacts=(f"c{number}",))))
    other = closed(9, about=facts(contacts=("c9",)))
    await bench.feed(other.model_copy(update={"agencies": ("sanitation",)}))
    await bench.advance(2 * DAY)
    for one in invited(bench):
        assert (await bench.http.post(link(one), json={"done": True, "quality": 4})).status_code == 201
    await bench.quiet()
    assert shares(bench) == []
    await bench.advance(7 * DAY)
    mine, another = sorted(shares(bench), key=lambda one: one.agency)
    assert (mine.agency, mine.role, mine.what["es"]) == (
        AGENCY,
        "customer-liaison",
        "Resultados por evaluar: 2026-03-01 / 2026-03-08",
    )
    own = bench.token("agency", agency=AGENCY)
    (told,) = (await bench.http.get(f"/results/shared?agency={AGENCY}", headers=own)).json()
    assert (told["since"], told["figures"]["work_rating"], told["figures"]["closed"]) == ("2026-03-01", 4.0, 6)
    assert "disputed" not in told["figures"]["lines"][0], "ratings alone were agreed on"
    assert (await bench.http.get("/results/shared?agency=sanitation", headers=own)).status_code == 403
    staff = bench.token("supervisor")
    (few,) = (await bench.http.get("/results/shared?agency=sanitation", headers=staff)).json()
    assert (few["figures"]["suppressed"], few["figures"]["work_rating"]) == (True, None)
    await bench.advance(6 * DAY)
    assert {one.agency for one in shares(bench) if one.overdue} == {AGENCY, "sanitation"}, "nobody assessed them"
    words = {"since": "2026-03-01", "until": "2026-04-01", "agency": AGENCY, "findings": "Clean walls."}
    assert (await bench.http.post("/assessments", json=words, headers=own)).status_code == 201
    await bench.advance(14 * DAY)
    assert (shares(bench, AGENCY)[-1].state, shares(bench, AGENCY)[-1].outcome) == ("settled", "assessed")
    assert len({one.follow_up_id for one in shares(bench, AGENCY)}) == 1, (
        "weeks in which nothing was closed are not told"
    )
    assert shares(bench, another.agency)[-1].state == "open"
    assert await bench.rebuild("survey") == []


def shares(bench: Bench, agency: str | None = None) -> list[FollowUpChanged]:
    told = bench.events("followup.changed", FollowUpChanged)
    found = [one for one in told if one.kind is FollowUpKind.ASSESSMENT and agency in {None, one.agency}]
    return sorted(found, key=lambda one: (one.agency, one.version))
