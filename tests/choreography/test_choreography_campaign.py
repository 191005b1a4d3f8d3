"""A campaign, from what somebody agrees to on their account to the message: intake tells notify who agreed."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller

import intake.app
import intake.settings
import notify.app
import notify.settings
from chassis.testing import Bench
from contracts.notify import NotificationSettled
from contracts.vocabulary import Moment
from relay311_local.ports import free_port

BOTH = [(service.app.build, service.settings.Settings) for service in (intake, notify)]
NOW = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
LIGHT = "single-streetlight-issue"
CODE = re.compile(r"\b\d{6}\b")


class Letterbox:
    """A mail server that keeps the newest mail."""

    newest, port = "", 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.newest = envelope.content.decode()
        return "250 OK"


@pytest.fixture
async def letterbox() -> AsyncIterator[Letterbox]:
    box = Letterbox()
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
async def city(bench_factory: Any, letterbox: Letterbox) -> Bench:
    given = {"delivery": "null", "delivery_poll_seconds": 0.02, "smtp_port": letterbox.port}
    bench: Bench = await bench_factory(BOTH, now=NOW, **given)
    return bench


async def report(city: Bench, email: str) -> None:
    place = {"address": "500 W Example Street", "latitude": 34.05, "longitude": -118.25}
    place["area"] = {"council_district": "9"}
    body = {"service_code": LIGHT, "place": place, "reporter": {"name": "Pat", "email": email}}
    answer = await city.http.post("/requests", json=body)
    assert answer.status_code == 201, answer.text
    await city.quiet()


async def sign_in(city: Bench, letterbox: Letterbox, email: str) -> dict[str, str]:
    """Sign in by a code."""
    assert (await city.http.post("/accounts/code", json={"email": email})).status_code == 202
    code = CODE.findall(letterbox.newest)[0]
    opened = await city.http.post("/accounts/session", json={"email": email, "code": code})
    return {"X-Session": opened.json()["session"]}


async def choose(city: Bench, session: dict[str, str], notices: list[str]) -> None:
    """Say by which ways the city's notices may come."""
    answer = await city.http.patch("/me", json={"notices": notices}, headers=session)
    assert answer.is_success, answer.text
    await city.quiet()


async def announce(city: Bench, code: str) -> None:
    words = {"en": "A light is out?", "es": "¿Se apagó una luz?"}
    times = {"starts_at": city.clock.now.isoformat(), "ends_at": (city.clock.now + timedelta(days=7)).isoformat()}
    about = {"services": [LIGHT], "areas": {"council_district": ["9"]}, "ways": ["messages"]}
    staff = city.token("supervisor")
    body = {"title": words, "text": words, **about, **times}
    made = await city.clients["notify"].put(f"/campaigns/{code}", json=body, headers=staff)
    assert made.status_code == 201, made.text
    await city.advance(timedelta(seconds=1))


async def settled(city: Bench, count: int) -> list[NotificationSettled]:
    for _ in range(500):
        await city.quiet()
        if len(found := city.events("notification.settled", NotificationSettled)) >= count:
            return found
    raise AssertionError(f"only {len(found)} of {count} messages were settled")


@pytest.mark.requirement("NOT-11", "NOT-03")
async def test_who_agreed_on_their_account_is_told_of_a_campaign_and_who_did_not_is_not(
    city: Bench, letterbox: Letterbox
) -> None:
    for email in ("pat@example.org", "eva@example.org"):
        await report(city, email)
    await settled(city, 2)
    session = await sign_in(city, letterbox, "pat@example.org")
    await choose(city, session, ["email"])
    await announce(city, "lights-out")
    (told,) = [one for one in await settled(city, 3) if one.moment is Moment.CAMPAIGN]
    assert (told.channel.value, told.outcome.value, told.about.tracking_number) == ("email", "delivered", "lights-out")
    assert await city.rows("intake", "SELECT FROM timeline WHERE request_id = $1", told.request_id) == []
    await choose(city, session, [])
    await announce(city, "lights-out-again")
    await city.advance(timedelta(minutes=5))
    assert len(await settled(city, 3)) == 3, "who takes it back is told no more"
    for name in ("intake", "notify"):
        assert await city.rebuild(name) == []
