"""An agency says that another request stands for this one; and what is said in the city's listed words."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.testing import Bench
from contracts.intake import DuplicateLinked, ReferralAsked, RequestReopened
from contracts.routing import RequestDiverted
from contracts.vocabulary import Disposition
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_intake_endings import new_life
from test_intake_life import DONE, LIGHTS, Life

BenchFactory = Callable[..., Awaitable[Bench]]
SAME = {"en": "The same lamp was reported the day before.", "es": "La misma luz se reportó el día anterior."}
DOUBLE: dict[str, Any] = {"disposition": Disposition.DUPLICATE, "explanation": SAME}
CALL_211 = {"en": "This is for 211. The number is 211.", "es": "Esto le corresponde al 211. El número es 211."}


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


@pytest.fixture
async def pair(bench: Bench) -> tuple[Life, Life]:
    """Two reports of one lamp, the second a day later."""
    first = await new_life(bench)
    bench.clock.now += timedelta(days=1)
    return first, await new_life(bench)


def number(life: Life) -> str:
    return str(life.made["tracking_number"])


@pytest.mark.requirement("CLO-01", "CLO-02")
async def test_a_duplicate_names_the_request_that_stands_for_it(pair: tuple[Life, Life]) -> None:
    first, second = pair
    mine = await second.assign()
    for given, code in (
        ({}, "parent_missing"),
        ({"duplicate_of": "ZZZZ-ZZZZ-ZZZZ-R"}, "parent_unknown"),
        ({"duplicate_of": number(second)}, "parent_not_fitting"),
    ):
        await second.says(mine, "cannot_complete", **DOUBLE, **given)
        assert second.refusals()[-1].code == code, given
        assert second.refusals()[-1].allowed == ("duplicate_of",)
    assert [change for change in first.changes() if isinstance(change, DuplicateLinked)] == []


@pytest.mark.requirement("CLO-01", "CLO-07")
async def test_a_duplicate_follows_its_parent_and_ends_with_it(pair: tuple[Life, Life]) -> None:
    first, second = pair
    works, mine = await first.assign(), await second.assign()
    await second.says(mine, "cannot_complete", **DOUBLE, duplicate_of=number(first).lower())
    assert second.closings() == [], "its reporter still waits for the work"
    shown = await second.show()
    assert (shown["status"], shown["parent_number"]) == ("open", number(first))
    assert SAME["en"] in str(shown["timeline"])
    await first.says(works, "completed", **DONE)
    assert [closed.disposition for closed in second.closings()] == [Disposition.FIXED] * 2
    assert (await second.show())["status"] == "closed"
    await first.post("dispute", {"comment": "Still dark"})
    assert len(first.bench.events("request.reopened", RequestReopened)) == 2, "what follows is opened with it"


async def test_a_duplicate_of_what_is_closed_ends_at_once_and_is_opened_again_with_it(pair: tuple[Life, Life]) -> None:
    first, second = pair
    works, mine = await first.assign(), await second.assign()
    await first.says(works, "completed", **DONE)
    await second.says(mine, "cannot_complete", **DOUBLE, duplicate_of=number(first))
    (closed,) = [one for one in second.closings() if one.request_id == second.created.request_id]
    assert (closed.request_id, closed.disposition, closed.agencies) == (
        second.created.request_id, Disposition.DUPLICATE, (LIGHTS,),
    )  # fmt: skip
    assert closed.explanation == SAME
    await first.post("dispute", {"comment": "Still dark"})
    assert {event.request_id for event in first.bench.events("request.reopened", RequestReopened)} == {
        first.created.request_id, second.created.request_id,
    }  # fmt: skip


async def test_a_duplicate_of_a_duplicate_follows_the_first(pair: tuple[Life, Life]) -> None:
    first, second = pair
    third = await new_life(first.bench)
    for life, of in ((second, first), (third, second)):
        await life.says(await life.assign(), "cannot_complete", **DOUBLE, duplicate_of=number(of))
    assert (await third.show())["parent_number"] == number(first)


async def test_the_work_desk_asks_for_the_number_too(pair: tuple[Life, Life]) -> None:
    first, second = pair
    mine = await second.assign()
    path = f"/desk/assignments/{mine}/cannot-complete"
    token = first.bench.token("agency", agency=LIGHTS)
    body = {"client_id": "c-1", "disposition": "duplicate", "explanation": SAME}
    refused = await first.bench.http.post(path, json=body, headers=token)
    assert (refused.status_code, refused.json()["code"]) == (409, "parent_missing")
    taken = await first.bench.http.post(path, json=body | {"duplicate_of": number(first)}, headers=token)
    assert taken.status_code == 200, taken.text
    await first.bench.quiet()
    assert (await second.show())["parent_number"] == number(first)


@pytest.mark.requirement("CLO-03")
async def test_a_listed_reason_is_read_in_every_language(bench: Bench) -> None:
    life = await new_life(bench)
    mine = await life.assign()
    await life.says(mine, "cannot_complete", disposition=Disposition.UNABLE_TO_ACT, reason_code="wrong-agency")
    assert life.refusals()[-1].code == "reason_unknown"
    assert "no-access" in life.refusals()[-1].allowed
    await life.says(mine, "cannot_complete", disposition=Disposition.UNABLE_TO_ACT, reason_code="no-access")
    (closed,) = life.closings()
    assert closed.explanation == {
        "en": "The crew could not get to the place.", "es": "La cuadrilla no pudo llegar al lugar.",
    }  # fmt: skip


@pytest.mark.requirement("RTE-06", "STA-08")
async def test_a_listed_reason_of_a_referral_is_read_in_every_language(bench: Bench) -> None:
    life = await new_life(bench)
    await life.says(await life.assign(), "referred", reason_code="other-ground", refer_to="engineering")
    (asked,) = [change for change in life.changes() if isinstance(change, ReferralAsked)]
    assert asked.reason == "The place belongs to another agency of the city."
    assert asked.explanation["es"] == "El lugar le corresponde a otra agencia de la ciudad."
    assert asked.explanation["es"] in str((await life.show())["timeline"])


def sent_elsewhere(life: Life, **given: Any) -> RequestDiverted:
    told: dict[str, Any] = {
        "request_id": life.created.request_id, "sequence": 1, "about": life.created.about, "diversion_id": uuid4(),
        "destination": "social-services-211", "kind": "social_services", "reason": "social-help",
        "disposition": Disposition.NOT_OUR_JURISDICTION, "explanation": CALL_211, "phone": "211", "hours": "24/7",
        "diverted_by": "agent", "diverted_at": life.bench.clock.now,
    }  # fmt: skip
    return RequestDiverted(**(told | given))


@pytest.mark.requirement("RTE-16", "CLO-02", "CLO-08")
async def test_what_the_triage_desk_sent_outside_ends_with_number_and_hours(bench: Bench) -> None:
    life = await new_life(bench, "other")
    event = sent_elsewhere(life)
    await bench.feed(event)
    await bench.feed(event)
    (closed,) = life.closings()
    assert (closed.disposition, closed.closed_by, closed.door) == (Disposition.NOT_OUR_JURISDICTION, "agent", "triage")
    assert closed.explanation == CALL_211
    shown = await life.show()
    assert (shown["status"], shown["explanation"]) == ("closed", CALL_211)


@pytest.mark.requirement("CLO-07", "STA-08")
async def test_what_stays_with_the_city_or_was_taken_up_meanwhile_does_not_end(bench: Bench) -> None:
    inside, worked = await new_life(bench, "other"), await new_life(bench, "other")
    await bench.feed(sent_elsewhere(inside, disposition=None, destination="abandoned-vehicle-line", kind="city_desk"))
    await worked.assign()
    await bench.feed(sent_elsewhere(worked))
    again = await new_life(bench, "other")
    await bench.feed(sent_elsewhere(again, reopen_count=1))
    assert inside.closings() == []
    assert {(await life.show())["status"] for life in (inside, worked, again)} == {"open"}
