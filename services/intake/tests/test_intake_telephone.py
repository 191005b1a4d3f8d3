"""Texts and calls through the real doors: signed, heard once, answered with number and forecast."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from chassis.testing import Bench
from contracts.intake import ContactRecorded, RequestCreated
from contracts.vocabulary import Channel, ContactKind
from intake.app import build
from intake.settings import Settings
from relay311_drivers.telephone import Telephone, report

BenchFactory = Callable[..., Awaitable[Bench]]
TOKEN = "agreed-with-the-provider"  # noqa: S105 - a test's own
BASE = "http://127.0.0.1:8301"
REPORT = ("There is graffiti on a wall", "100 W 1st St", "skip", "yes")


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings, telephone_token=TOKEN)


def telephone(bench: Bench, number: str = "(213) 555-0142", token: str = TOKEN) -> Telephone:
    async def post(address: str, body: str, headers: Mapping[str, str]) -> str:
        answer = await bench.http.post(address.removeprefix(BASE), content=body, headers=dict(headers))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/xml")
        return str(answer.text)

    return Telephone(BASE, token, number, post)


@pytest.mark.requirement("CH-07", "CH-13", "CH-20")
async def test_a_report_by_text_ends_with_number_and_forecast(bench: Bench) -> None:
    phone = telephone(bench)
    number = await report(phone, REPORT)
    await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    assert created.about.tracking_number == number
    assert created.about.channel is Channel.SMS
    assert created.place.address == "100 W 1st St"
    assert "estimate" in phone.thread[-1][1]
    assert number in await phone.text(f"status {number}")
    other = await report(telephone(bench, "+12135550142"), REPORT)
    await bench.quiet()
    first, second = bench.events("request.created", RequestCreated)
    assert {first.about.tracking_number, second.about.tracking_number} == {number, other}
    assert first.about.contact_refs == second.about.contact_refs != ()


async def test_what_is_sent_twice_is_heard_once(bench: Bench) -> None:
    phone = telephone(bench)
    first = await phone.text("there is a gas leak", sid="SM1")
    assert await phone.text("there is a gas leak", sid="SM1") == first
    await bench.quiet()
    assert len(bench.published("contact.recorded")) == 1
    await bench.advance(timedelta(days=31))
    assert await phone.text("there is a gas leak", sid="SM1") == ""
    await bench.quiet()
    assert len(bench.published("contact.recorded")) == 1
    assert await bench.rows("intake", "SELECT 1 FROM vault_conversation") == []


@pytest.mark.parametrize("path", ["/telephony/sms", "/telephony/voice", "/telephony/voice/transcripts"])
async def test_a_forged_signature_is_refused(bench: Bench, path: str) -> None:
    for headers in ({}, {"x-twilio-signature": "Zm9yZ2Vk"}, {"x-twilio-signature": "AAAA="}):
        answer = await bench.http.post(path, data={"MessageSid": "SM1", "Body": "hello"}, headers=headers)
        assert answer.status_code == 403
    assert await bench.rows("intake", "SELECT 1 FROM vault_conversation") == []


async def test_without_a_token_nobody_is_let_in(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings)
    with pytest.raises(AssertionError, match="403"):
        await telephone(bench, token="").text("hello")


@pytest.mark.requirement("CH-21")
async def test_danger_is_one_contact_told_at_once_and_again_with_the_report(bench: Bench) -> None:
    phone = telephone(bench)
    assert "call 911 now" in await phone.text("graffiti on a wall, someone is bleeding there")
    await bench.quiet()
    assert len(bench.published("contact.recorded")) == 1
    await report(phone, ("yes", *REPORT[1:]))
    await bench.quiet()
    contacts = bench.events("contact.recorded", ContactRecorded)
    assert {contact.kind for contact in contacts} == {ContactKind.EMERGENCY_DIVERTED}
    assert len({contact.contact_id for contact in contacts}) == 1


@pytest.mark.requirement("CH-08")
async def test_a_report_by_voice_and_its_status(bench: Bench) -> None:
    call = telephone(bench).call()
    assert "call 911" in await call.step()
    said = await call.step(SpeechResult="there is graffiti on a wall")
    for _ in range(10):
        if call.over:
            break
        said = await call.step(SpeechResult="100 W 1st St") if "Where is it" in said else await call.step(Digits="1")
    assert "Your number is" in said
    await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    assert created.about.channel is Channel.IVR
    status = telephone(bench).call()
    await status.step()
    await status.step(Digits="2")
    assert "Received" in await status.step(SpeechResult=" ".join(created.about.tracking_number.replace("-", "")))


async def test_a_step_of_a_call_sent_twice_is_answered_the_same(bench: Bench) -> None:
    call = telephone(bench).call()
    await call.step()
    path = call.path
    first = await call.step(Digits="4")
    call.path = path
    assert await call.step(Digits="4") == first


@pytest.mark.requirement("CH-22")
async def test_a_caller_is_connected_to_an_office(bench: Bench) -> None:
    call = telephone(bench).call()
    await call.step()
    await call.step(Digits="4")
    await call.step(Digits="4")
    assert call.dialled == "+18772755273"
    await bench.quiet()
    (contact,) = bench.events("contact.recorded", ContactRecorded)
    assert (contact.kind, contact.destination) == (ContactKind.CALL_TRANSFERRED, "police-non-emergency")


@pytest.mark.requirement("CH-04")
async def test_a_voicemail_waits_with_recording_and_words(bench: Bench) -> None:
    phone = telephone(bench)
    call = phone.call()
    await call.step()
    await call.step(Digits="6")
    said = await call.step(RecordingUrl="https://voice.example.org/RE1")
    assert call.over
    words = {"RecordingUrl": "https://voice.example.org/RE1", "TranscriptionText": "a hole in the road"}
    await phone.send("/telephony/voice/transcripts", words)
    (row,) = await bench.rows("intake", "SELECT reference FROM vault_live_queue")
    assert row["reference"] in said
    agent = bench.token("agent")
    place = f"/conversations/{row['reference']}"
    assert (await bench.http.get(place)).status_code == 403
    read = (await bench.http.get(place, headers=agent)).json()
    assert read["recordings"][0]["transcript"] == "a hole in the road"
    queue = (await bench.http.get("/contacts/queue", headers=agent)).json()["waiting"]
    assert [one["channel"] for one in queue] == ["voicemail"]


@pytest.mark.requirement("CH-08", "CH-14", "SS-13")
async def test_a_chat_is_finished_by_text(bench: Bench) -> None:
    begun = (await bench.http.post("/conversations", json={"text": "there is graffiti on a wall"})).json()
    place, token = f"/conversations/{begun['reference']}/messages", {"Conversation-Token": begun["token"]}
    assert "Is that right?" in begun["says"][-1]
    assert (await bench.http.post(place, json={"text": "yes"})).status_code == 422
    forged = await bench.http.post(place, json={"text": "yes"}, headers={"Conversation-Token": "guess"})
    assert forged.status_code == 403
    assert (await bench.http.post(place, json={"text": "yes"}, headers=token)).json()["step"] == "question"
    phone = telephone(bench)
    assert "We go on with" in await phone.text(begun["reference"])
    number = await report(phone, ("1", *REPORT[1:]))
    done = (await bench.http.post(place, json={"text": number}, headers=token)).json()
    assert number in done["says"][0]


async def test_photos_by_text_are_fetched_for_the_request(bench: Bench) -> None:
    phone = telephone(bench)
    await phone.text("There is graffiti on a wall", NumMedia="1", MediaUrl0="https://media.example.org/1.jpg")
    await report(phone, ("yes", *REPORT[1:]))
    await phone.text("", NumMedia="2", MediaUrl0="https://media.example.org/2.jpg", MediaUrl1="file:///etc/passwd")
    rows = await bench.rows("intake", "SELECT address FROM vault_photo_fetch ORDER BY address")
    assert [row["address"][-5:] for row in rows] == ["1.jpg", "2.jpg"]


async def test_a_token_is_changed_without_losing_a_text(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings, telephone_token="new", telephone_token_before=TOKEN)  # noqa: S106
    for token in ("new", TOKEN):
        assert await telephone(bench, token=token).text("hello")
    with pytest.raises(AssertionError, match="signature"):
        await telephone(bench, token="older").text("hello")  # noqa: S106
