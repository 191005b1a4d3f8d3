"""The expected time at the door: told in every channel, and of the area where one is known."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.frontends import Place, RequestSubmitted
from contracts.intake import RequestAccepted
from contracts.sla import Basis, ForecastPublished
from contracts.vocabulary import ForecastMethod
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_intake_talking import TOKEN, Chat, begin_draft, telephone

SERVICE = "graffiti-removal"
PLACE = {"address": "100 W 1st St", "latitude": 34.05, "longitude": -118.24}
WHOLE = {"en": "8 of 10 are done within 3 days.", "es": "8 de 10 se terminan en 3 días."}
OWN = {"en": "8 of 10 are done within 9 days.", "es": "8 de 10 se terminan en 9 días."}


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], tmp_path: Path) -> Bench:
    made = await bench_factory(build, Settings, telephone_token=TOKEN, photo_store=str(tmp_path))
    await made.feed(forecast("*", 1, WHOLE))
    return made


def forecast(area: str, version: int, words: dict[str, str], basis: str | None = None) -> ForecastPublished:
    told = Basis(method=ForecastMethod.HISTORY, sample_size=400, days_80=3, area=basis or area)
    return ForecastPublished(service_code=SERVICE, area=area, version=version, basis=told, words=words)


async def report(bench: Bench, area: str | None = None, **more: Any) -> dict[str, str]:
    place = PLACE | ({"area": {"council_district": area}} if area else {})
    answer = await bench.http.post("/requests", json={"service_code": SERVICE, "place": place} | more)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    return dict(answer.json()["forecast"])


@pytest.mark.requirement("SLA-01", "SLA-13")
async def test_an_area_that_has_a_forecast_of_its_own_is_told_that_one(bench: Bench) -> None:
    await bench.feed(forecast("4", 1, OWN))
    assert await report(bench, "4") == OWN
    assert await report(bench, "5") == WHOLE
    await bench.feed(submitted("4"))
    assert bench.events("request.accepted", RequestAccepted)[-1].forecast == OWN
    await bench.feed(forecast("4", 2, {"en": "As it was said then."}, basis="*"))
    assert await report(bench, "4") == WHOLE, "the area is not told apart any more"


def submitted(area: str) -> RequestSubmitted:
    place = Place(**PLACE, area={"council_district": area})
    return RequestSubmitted(submission_key="one", submitter="frontend.web", service_code=SERVICE, place=place)


@pytest.mark.requirement("SLA-02")
async def test_the_expected_time_is_told_in_every_channel(bench: Bench) -> None:
    for channel in ("web", "app"):
        assert await report(bench, channel=channel) == WHOLE
    agent = {"service_code": SERVICE, "place": PLACE, "channel": "phone"}
    spoken = await bench.http.post("/requests", json=agent, headers=bench.token("agent"))
    assert spoken.json()["forecast"] == WHOLE, "what the agent reads out"
    chat = Chat(bench)
    await chat.begin()
    await chat.say("graffiti on a wall")
    assert WHOLE["en"] in await chat.finish()
    assert WHOLE["en"] in await by_text(bench)
    key = (await bench.http.post("/open311/keys", json={"owner": "app"}, headers=bench.token("operator"))).json()
    form = {"service_code": SERVICE, "lat": "34.05", "long": "-118.24", "api_key": key["api_key"]}
    (made,) = (await bench.http.post("/open311/v2/requests.json", data=form)).json()
    assert made["service_notice"] == WHOLE["en"]
    asked = {one["code"]: one for one in (await bench.http.get("/services")).json()["services"]}
    assert asked[SERVICE]["forecast"] == WHOLE, "and before anything is reported"


async def by_text(bench: Bench) -> str:
    """Finish a report by text message; returns what was said last."""
    reference, _ = await begin_draft(bench)
    phone, said = telephone(bench), ""
    await phone.text(reference)
    for step in ("1", "1", "1", "100 W 1st St", "skip", "yes"):
        said = await phone.text("100 W 1st St" if "Where" in said else "skip" if "photo" in said.lower() else step)
        if reference in said:
            break
    return said
