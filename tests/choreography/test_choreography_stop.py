"""STOP, by text to the city's number: notify hears of it from intake, whatever name the telephone is known by."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

import intake.app
import intake.settings
import notify.app
import notify.settings
from chassis.testing import Bench
from contracts.intake import ContactProfile
from contracts.notify import NotificationSettled
from relay311_drivers.telephone import Telephone

TOKEN = "agreed-with-the-provider"  # noqa: S105 - a test's own
BASE = "http://127.0.0.1:8301"
NUMBER = "+12135550142"
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
BOTH = [(service.app.build, service.settings.Settings) for service in (intake, notify)]


@pytest.fixture
async def city(bench_factory: Any) -> Bench:
    given = {"telephone_token": TOKEN, "telephone_api": "http://127.0.0.1:1"}  # nobody calls it: all is counted alone
    return await bench_factory(BOTH, now=NOW, delivery="null", delivery_poll_seconds=0.02, **given)


def telephone(city: Bench) -> Telephone:
    async def post(address: str, body: str, headers: Mapping[str, str]) -> str:
        answer = await city.http.post(address.removeprefix(BASE), content=body, headers=dict(headers))
        assert answer.status_code == 200, answer.text
        await city.quiet()
        return str(answer.text)

    return Telephone(BASE, TOKEN, NUMBER, post)


async def told_by(city: Bench, name: str, **reporter: Any) -> tuple[str, str]:
    """Report something, and tell how the first message about it ended."""
    body = {
        "service_code": "single-streetlight-issue",
        "place": {"address": "500 W Example Street", "latitude": 34.05, "longitude": -118.25},
        "reporter": {"name": name, "phone": "(213) 555-0142", **reporter},
    }
    taken = (await city.http.post("/requests", json=body)).json()
    for _ in range(500):
        await city.quiet()
        ended = city.events("notification.settled", NotificationSettled)
        if mine := [one for one in ended if str(one.request_id) == taken["request_id"]]:
            return mine[0].channel.value, mine[0].outcome.value
    raise AssertionError("nothing was settled")


@pytest.mark.requirement("NOT-03", "NOT-10", "CH-07")
@pytest.mark.parametrize(("stop", "start"), [("STOP", "START"), ("Alto", "Empezar"), ("pare.", "COMENZAR")])
async def test_a_telephone_that_said_stop_is_neither_texted_nor_called_until_it_says_start(
    city: Bench, stop: str, start: str
) -> None:
    phone = telephone(city)
    assert await told_by(city, "Ana") == ("sms", "delivered")
    assert await phone.text(stop) != "", "one last word says that it is done"
    newest = {p.contact_ref: p for p in city.events("contact.profile", ContactProfile)}
    assert {(p.texts_stopped, p.phone is not None) for p in newest.values()} == {(True, True)}
    assert (await told_by(city, "Ana"))[1] == "suppressed"
    assert (await told_by(city, "Somebody else with the same telephone"))[1] == "suppressed"
    assert await told_by(city, "Ana", email="ana@example.org", preferred_channel="sms") == ("email", "delivered")
    assert "911" in await phone.text("Ayuda"), "who asks for help gets it all the same"
    for name in ("notify", "intake"):
        assert await city.rebuild(name) == []
    assert (await told_by(city, "Ana"))[1] == "suppressed", "nor after a rebuild"
    assert await phone.text(start) != ""
    assert await told_by(city, "Ana") == ("sms", "delivered")
    assert await told_by(city, "Somebody new") == ("sms", "delivered")


@pytest.mark.requirement("NOT-03")
async def test_what_the_provider_takes_for_stop_by_a_list_of_its_own_is_heeded(city: Bench) -> None:
    phone = telephone(city)
    assert await told_by(city, "Ana") == ("sms", "delivered")
    assert "no more texts" in await phone.text("Kein Interesse", OptOutType="STOP")
    assert (await told_by(city, "Ana"))[1] == "suppressed"
    await phone.text("doch wieder", OptOutType="START")
    assert await told_by(city, "Ana") == ("sms", "delivered")
