"""What every conversation owes: danger answered first, STOP heeded for the telephone, and no picture lost."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import ContactRecorded, RequestCreated, RequestUpdated
from contracts.vocabulary import Channel
from intake.app import build
from intake.settings import Settings
from relay311_drivers.telephone import Telephone

sys.path.insert(0, str(Path(__file__).parent))
import pictures
from talks import Chat

BenchFactory = Callable[..., Awaitable[Bench]]
TOKEN = "agreed-with-the-provider"  # noqa: S105 - a test's own
BASE = "http://127.0.0.1:8301"
DANGER = {
    "a gas leak": "If anyone is in danger, call 911 now.",
    "una fuga de gas": "Si alguien corre peligro, llame al 911",
}


@pytest.fixture
async def bench(bench_factory: BenchFactory, tmp_path: Path) -> Bench:
    return await bench_factory(
        build, Settings, telephone_token=TOKEN, photo_store=str(tmp_path), photo_poll_seconds=0.02
    )


def telephone(bench: Bench, number: str = "+12135550142") -> Telephone:
    async def post(address: str, body: str, headers: Mapping[str, str]) -> str:
        answer = await bench.http.post(address.removeprefix(BASE), content=body, headers=dict(headers))
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    return Telephone(BASE, TOKEN, number, post)


async def upload(bench: Bench, kind: str = "JPEG") -> str:
    answer = await bench.http.post("/photos", files=[("photos", ("a.jpg", pictures.plain(kind), "image/jpeg"))])
    return str(answer.json()["photos"][0]["claim"])


@pytest.mark.requirement("CH-21")
@pytest.mark.parametrize("words", DANGER)
async def test_danger_is_answered_first_in_every_channel(bench: Bench, words: str) -> None:
    begun, going, call = Chat(bench), Chat(bench), telephone(bench).call()
    await going.begin()
    await call.step()
    assert (await begun.begin(text=words)).startswith(DANGER[words])
    assert (await going.say(words)).startswith(DANGER[words])
    assert (await telephone(bench).text(words)).startswith(DANGER[words])
    spoken = await call.step(SpeechResult=words)
    assert spoken.startswith(DANGER[words]), spoken
    await bench.quiet()
    contacts = bench.events("contact.recorded", ContactRecorded)
    assert sorted(contact.channel for contact in contacts) == [Channel.CHAT, Channel.CHAT, Channel.IVR, Channel.SMS]
    assert {contact.kind for contact in contacts} == {"emergency_diverted"}


@pytest.mark.requirement("CH-14", "CH-21")
async def test_danger_is_answered_first_where_a_draft_is_taken_up_again(bench: Bench) -> None:
    chat = Chat(bench)
    await chat.begin(text="there is graffiti on a wall")
    said = await telephone(bench).text(f"{chat.last['reference']} and someone is bleeding")
    assert said.startswith("If anyone is in danger")
    assert "We go on with" in said


@pytest.mark.requirement("CH-07", "CH-14")
@pytest.mark.parametrize(("stop", "start"), [("STOP", "START"), ("Alto", "empezar")])
async def test_stop_holds_for_the_telephone_until_start(bench: Bench, stop: str, start: str) -> None:
    phone, other, chat = telephone(bench), telephone(bench, "+12135550143"), Chat(bench)
    await chat.begin(text="there is graffiti on a wall")
    assert await phone.text(stop) != ""
    assert await phone.text("there is a pothole") == ""
    assert await phone.text(chat.last["reference"]) == "", "another conversation is the same telephone"
    assert await phone.text(stop) == ""
    assert "Is that right?" in await other.text("there is a pothole")
    assert "call 911 now" in await phone.text("someone is shooting")
    await bench.advance(timedelta(days=31))
    assert await bench.rows("intake", "SELECT 1 FROM vault_conversation") == []
    assert await phone.text("there is a pothole") == "", "forgetting a conversation forgets no wish"
    assert await phone.text(start) != ""
    assert await phone.text("there is a pothole") != ""
    assert await bench.rows("intake", "SELECT 1 FROM vault_text_stop") == []


@pytest.mark.requirement("CH-08", "PHO-01")
async def test_pictures_sent_in_a_chat_are_all_kept(bench: Bench) -> None:
    chat, claims = Chat(bench), [await upload(bench, kind) for kind in ("JPEG", "PNG")]
    await chat.begin(photos=[claims[0]])
    assert "Is that right?" in await chat.say("there is graffiti on a wall")
    said = await chat.say(photos=[claims[1], "not-a-claim"])
    assert "Thank you for the photo" in said
    assert "Is that right?" in said
    await chat.finish()
    assert chat.last["request_id"]
    await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    assert [photo.photo_id for photo in created.photos] == [claim.partition(".")[0] for claim in claims]


@pytest.mark.requirement("CH-08", "PHO-01")
async def test_a_picture_sent_after_the_request_was_made_joins_it(bench: Bench) -> None:
    chat, claim = Chat(bench), await upload(bench)
    await chat.begin(text="there is graffiti on a wall")
    await chat.finish()
    await bench.quiet()
    assert "Thank you for the photo" in await chat.say(photos=["not-a-claim", claim])
    await bench.quiet()
    (told,) = bench.events("request.updated", RequestUpdated)
    assert [photo.photo_id for photo in told.change.photos] == [claim.partition(".")[0]]  # type: ignore[union-attr]
    assert "could not send it" in await chat.say(photos=["not-a-claim"])


async def test_pictures_and_places_amid_a_draft_are_no_wrong_answers(bench: Bench) -> None:
    chat = Chat(bench)
    await chat.begin(text="there is graffiti on a wall")
    await chat.say("yes")
    for n in range(4):
        await chat.say(photos=[f"https://media.example.org/{n}.jpg"])
        assert chat.last["step"] == "question"
    await chat.say(place={"latitude": 34.05, "longitude": -118.25})
    assert chat.last["step"] == "question"
    await chat.finish()
    rows = await bench.rows("intake", "SELECT address FROM vault_photo_fetch ORDER BY address")
    assert [row["address"][-5] for row in rows] == ["0", "1", "2", "3"]
    await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    assert created.place.latitude == 34.05


async def test_a_picture_that_comes_with_a_drafts_reference_is_kept(bench: Bench) -> None:
    chat, phone = Chat(bench), telephone(bench)
    await chat.begin(text="there is graffiti on a wall")
    await phone.text(chat.last["reference"], NumMedia="1", MediaUrl0="https://media.example.org/1.jpg")
    await chat.say("graffiti on a wall")
    await chat.finish()
    assert len(await bench.rows("intake", "SELECT 1 FROM vault_photo_fetch")) == 1


BEGUN: dict[str, Any] = {"service_code": "graffiti-removal", "reporter": {"name": "Pat", "email": "pat@example.org"}}


async def begin_draft(bench: Bench, **more: Any) -> tuple[str, str]:
    begun = await bench.http.post("/drafts", json=BEGUN | more)
    assert begun.status_code == 201, begun.text
    return begun.json()["reference"], f"/drafts/{begun.json()['reference']}?token={begun.json()['token']}"


@pytest.mark.requirement("CH-14", "SS-13")
async def test_a_draft_begun_by_form_is_finished_by_text_under_its_reference(bench: Bench) -> None:
    reference, _ = await begin_draft(bench)
    phone, steps = telephone(bench), ("1", "1", "1", "100 W 1st St", "skip", "yes")
    assert f"We go on with {reference}" in await phone.text(reference)
    assert await bench.rows("intake", "SELECT 1 FROM vault_draft") == []
    said = ""
    for step in steps:
        said = await phone.text("100 W 1st St" if "Where" in said else "skip" if "photo" in said.lower() else step)
        if "number is" in said or reference in said:
            break
    await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    assert (created.about.tracking_number, created.about.channel) == (reference, Channel.SMS)
    assert reference in said
    (kept,) = await bench.rows("intake", "SELECT email, phone FROM vault_contact")
    assert (kept["email"], kept["phone"]) == ("pat@example.org", "+12135550142")
    assert reference in await telephone(bench, "+12135550149").text(reference), "its number tells how it stands"
    assert "We go on" not in await telephone(bench, "+12135550149").text(reference)


@pytest.mark.requirement("CH-14", "SS-13")
async def test_a_draft_begun_by_form_goes_on_in_a_chat_and_is_handed_in_by_form(bench: Bench) -> None:
    reference, path = await begin_draft(bench, description="On the north wall", service_code=None)
    chat = Chat(bench)
    await chat.begin(text=f"I go on with {reference}")
    assert chat.last["reference"] == reference
    await chat.say("there is graffiti on a wall")
    assert chat.last["step"] in {"propose", "question"}
    await chat.say("yes")
    shown = (await bench.http.get(path)).json()
    assert shown["draft"]["service_code"] == "graffiti-removal"
    assert shown["draft"]["reporter"]["email"] == "pat@example.org"
    assert "On the north wall" in shown["draft"]["description"]
    more = {"place": {"address": "100 W 1st St"}}
    assert (await bench.http.patch(path, json=more)).status_code == 200
    made = await bench.http.post(path.replace("?", "/submit?"), json={"channel": "web"})
    assert made.status_code == 201, made.text
    assert made.json()["tracking_number"] == reference


@pytest.mark.requirement("CH-14")
async def test_who_wants_no_texts_takes_no_draft_away(bench: Bench) -> None:
    reference, path = await begin_draft(bench)
    phone = telephone(bench)
    await phone.text("STOP")
    assert await phone.text(reference) == ""
    assert (await bench.http.get(path)).status_code == 200
