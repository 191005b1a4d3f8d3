"""Every answer, in every channel there is, holds the number and in words when it will be done."""

import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email import message_from_string
from email.policy import default
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import uuid4

import orjson
import pytest
from aiosmtpd.controller import Controller

import intake.app
import intake.settings
import notify.app
import notify.settings
import routing.app
import routing.settings
import sla.app
import sla.settings
from chassis.testing import Bench
from contracts.frontends import Place, RequestSubmitted
from contracts.intake import RequestAccepted, RequestCreated
from contracts.vocabulary import Channel
from relay311_local.ports import free_port

sys.path.insert(0, str(Path(__file__).parent))
from residents_doors import OPEN, PLACE, by_call, by_chat, by_mail, by_post, by_text, mail_opened

NOW: Final = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
FOUR: Final = [(service.app.build, service.settings.Settings) for service in (intake, routing, sla, notify)]
SAID: Final = "There is graffiti on a wall"
SERVICE: Final = "graffiti-removal"
REPORT: Final = {"service_code": SERVICE, "description": f"{SAID}.", "place": {"address": PLACE}}
FORECAST: Final = re.compile(
    r"8 of 10 requests of the kind \"[^\"]+\" are done within \d+ \w+"
    r"|An estimate from past requests is not yet available"
)
OUT: Final = free_port()
Letters: TypeAlias = list[str]


class Town:
    """Four services of a city, and the mail that reaches residents."""

    def __init__(self, bench: Bench, letters: Letters) -> None:
        self.bench, self.letters = bench, letters

    async def post(self, channel: Channel, role: str | None = None) -> str:
        """Report by REST: as a resident, or as somebody at a desk who reads the answer out."""
        headers = self.bench.token(role) if role else {}
        answer = await self.bench.http.post("/requests", json=REPORT | {"channel": channel}, headers=headers)
        assert answer.status_code == 201, answer.text
        return f"{answer.json()['tracking_number']} {answer.json()['forecast']['en']}"

    async def by_letter(self) -> str:
        """Write an e-mail, and read what is mailed back."""
        await by_mail(self.bench, SAID)
        await self.bench.quiet()
        for _ in range(400):
            await self.bench.quiet()
            if self.letters:
                break
        mail: Any = message_from_string(self.letters[0], policy=default)
        return str(mail.get_body(("plain",)).get_content())

    async def by_open311(self) -> str:
        """Report as a client of Open311."""
        key = await self.bench.http.post("/open311/keys", json={"owner": "app"}, headers=self.bench.token("operator"))
        form = {"service_code": SERVICE, "address_string": PLACE, "api_key": key.json()["api_key"]}
        (made,) = (await self.bench.http.post("/open311/v2/requests.json", data=form)).json()
        return f"{made['service_request_id']} {made['service_notice']}"

    async def by_event(self) -> str:
        """Publish a report as a frontend, and hear the answer."""
        place = Place(address=PLACE)
        told = {"submitter": "frontend.web", "channel": Channel.EVENT}
        await self.bench.feed(RequestSubmitted(submission_key=str(uuid4()), service_code=SERVICE, place=place, **told))
        taken = self.bench.events("request.accepted", RequestAccepted)[-1]
        return f"{taken.tracking_number} {taken.forecast['en']}"

    async def by_lines(self) -> str:
        """Hand in lines as the system that moves an old one in."""
        line = orjson.dumps(REPORT | {"channel": Channel.IMPORT, "key": "1", "external_id": "1-7"})
        headers = {"content-type": "application/x-ndjson"} | self.bench.token("system")
        answer = await self.bench.http.post("/requests/bulk", content=line, headers=headers)
        (result,) = answer.json()["results"]
        return f"{result['tracking_number']} {result['forecast']['en']}"


def by_desk(channel: Channel) -> Callable[[Town], Awaitable[str]]:
    """Take it at a desk, from whoever called, wrote, left a message or stands there."""
    return partial(Town.post, channel=channel, role="agent")


DOORS: Final[Mapping[Channel, Callable[[Town], Awaitable[str]]]] = {
    Channel.PHONE: by_desk(Channel.PHONE),
    Channel.VOICEMAIL: by_desk(Channel.VOICEMAIL),
    Channel.MAIL: by_desk(Channel.MAIL),
    Channel.FAX: by_desk(Channel.FAX),
    Channel.IN_PERSON: by_desk(Channel.IN_PERSON),
    Channel.CREW: by_desk(Channel.CREW),
    Channel.WEB: partial(Town.post, channel=Channel.WEB),
    Channel.APP: partial(Town.post, channel=Channel.APP),
    Channel.CHAT: lambda town: by_chat(town.bench, SAID),
    Channel.SMS: lambda town: by_text(town.bench, SAID),
    Channel.IVR: lambda town: by_call(town.bench, SAID),
    Channel.SOCIAL: lambda town: by_post(town.bench, SAID),
    Channel.EMAIL: Town.by_letter,
    Channel.OPEN311: Town.by_open311,
    Channel.EVENT: Town.by_event,
    Channel.IMPORT: Town.by_lines,
}


class Letterbox:
    """A mail server that keeps what residents are sent."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self._letters.append(envelope.content.decode())
        return "250 OK"


@pytest.fixture
async def town(bench_factory: Callable[..., Any], channel: Channel) -> AsyncIterator[Town]:
    """Open intake; beside it, where the answer is a letter, those that promise and write."""
    services, letters = FOUR if channel is Channel.EMAIL else FOUR[:1], Letters()
    controller = Controller(Letterbox(letters), hostname="127.0.0.1", port=OUT)
    controller.start()
    more = {"smtp_port": OUT, "delivery_poll_seconds": 0.02} if channel is Channel.EMAIL else {}
    bench = await bench_factory(services, now=NOW, **more, **OPEN)
    await mail_opened()
    yield Town(bench, letters)
    controller.stop()


def test_no_channel_is_left_out() -> None:
    assert set(DOORS) == set(Channel)


@pytest.mark.requirement("CH-13", "CH-20", "SLA-02", "SS-02")
@pytest.mark.parametrize("channel", list(Channel))
async def test_the_answer_holds_number_and_forecast(town: Town, channel: Channel) -> None:
    said = await DOORS[channel](town)
    await town.bench.quiet()
    (created,) = town.bench.events("request.created", RequestCreated)
    assert created.about.channel is channel
    letters = re.sub(r"[^0-9A-Z]", "", said)
    assert created.about.tracking_number.replace("-", "") in letters, said
    assert FORECAST.search(said), said
