"""Every way in for a resident, over its real protocol: text, voice, chat, social networks; one number, one forecast."""

import os
from typing import Any

import pytest
from doors import ADDRESS, NUMBER, Chat, answered, mention, post_social, telephone, wall
from people import Life
from test_journey_photos import picture
from town import Town, eventually

from relay311_drivers.telephone import report


def created(town: Town, number: str) -> dict[str, Any]:
    """Wait for the `request.created` of a number."""

    def found() -> list[dict[str, Any]]:
        return [one for one in town.events("request.created") if one["about"]["tracking_number"] == number]

    return eventually(found, f"request.created of {number}")[0]


def contacts(town: Town, **facts: Any) -> list[dict[str, Any]]:
    """Wait for contacts with these facts."""

    def found() -> list[dict[str, Any]]:
        return [c for c in town.events("contact.recorded") if all(c.get(k) == v for k, v in facts.items())]

    return eventually(found, f"contact.recorded with {facts}")


@pytest.mark.requirement("CH-07", "CH-13", "CH-14", "CH-18", "CH-20", "STA-05")
async def test_a_text_from_the_first_word_to_the_number_and_its_status(town: Town) -> None:
    phone = telephone(town)
    number = await report(phone, ("There is graffiti on a wall", ADDRESS, "skip", "yes"))
    assert answered(phone.thread[-1][1]) == number
    told = created(town, number)
    assert (told["about"]["channel"], told["operator"], told["place"]["address"]) == ("sms", "311", ADDRESS)
    assert number in await phone.text(f"status {number}")
    assert number in await telephone(town).text(number), "everybody may ask for a number"
    sid = f"SM{os.urandom(8).hex()}"
    first = await phone.text("There is a pothole", sid=sid)
    assert "Pothole" in first
    assert await phone.text("There is a pothole", sid=sid) == first, "the provider may send it again"


@pytest.mark.requirement("CH-08", "CH-16", "CH-20", "CH-21", "AGT-05", "AGT-07")
async def test_a_call_begins_with_911_and_departments_and_ends_with_number_and_forecast(town: Town) -> None:
    call = telephone(town).call()
    menu = await call.step()
    at = [menu.index(words) for words in ("call 911", "city department", "report a problem", "status of a request")]
    assert at == sorted(at), "911 first, then the departments, then everything else"
    await call.step(Digits="1")
    await call.step(Digits="3")
    for _ in range(8):
        if not call.over:
            await (call.step(SpeechResult=ADDRESS) if "Where is it" in call.said else call.step(Digits="1"))
    spoken, _, _ = call.said.removeprefix("Thank you. Your number is ").partition(". ")
    number = spoken.replace(", ", "-").replace(" ", "")
    assert answered(call.said.replace(spoken, number)) == number
    assert created(town, number)["about"]["channel"] == "ivr"
    asks = telephone(town).call()
    await asks.step()
    await asks.step(Digits="2")
    assert "Dead Animal Removal" in await asks.step(SpeechResult=spoken)


@pytest.mark.requirement("CH-21", "CH-22", "AGT-07", "VOC-03")
async def test_a_caller_is_handed_on_and_a_call_back_is_queued(town: Town) -> None:
    for keys, dialled, slug in (("9", "911", "emergency-911"), ("45", "211", "social-services-211")):
        call = telephone(town).call()
        await call.step()
        for key in keys:
            await call.step(Digits=key)
        assert call.dialled == dialled
        assert contacts(town, destination=slug, channel="ivr")
    phone = telephone(town)
    call = phone.call()
    await call.step()
    said = await call.step(Digits="5")
    queue = town.ask("GET", town.url("intake", "/contacts/queue"), role="agent").json()["waiting"]
    assert any(one["callback"] and one["channel"] == "ivr" for one in queue), (said, queue)


@pytest.mark.requirement("CH-04", "AGT-14")
async def test_a_voicemail_waits_for_an_agent_with_recording_and_words(town: Town) -> None:
    phone = telephone(town)
    call, recording = phone.call(), f"https://voice.example.org/{os.urandom(6).hex()}"
    await call.step()
    await call.step(Digits="6")
    reference = answered_reference(await call.step(RecordingUrl=recording))
    words = {"RecordingUrl": recording, "TranscriptionText": "a hole in the road"}
    await phone.send("/telephony/voice/transcripts", words)
    place = town.url("intake", f"/conversations/{reference}")
    assert town.ask("GET", place).status_code == 403
    (kept,) = town.ask("GET", place, role="agent").json()["recordings"]
    assert (kept["recording_url"], kept["transcript"]) == (recording, "a hole in the road")
    queue = town.ask("GET", town.url("intake", "/contacts/queue?channel=voicemail"), role="agent").json()["waiting"]
    assert reference in {one.get("draft") for one in queue}, queue


def answered_reference(said: str) -> str:
    """Read the reference at the end of what is said, spelled or written."""
    return said.rpartition("Your reference is ")[2].partition(". ")[0].strip(" .").replace(", ", "-").replace(" ", "")


@pytest.mark.requirement("CH-08", "CH-09", "CH-18", "CH-19", "AGT-08", "SS-06", "SS-12")
def test_a_chat_is_answered_by_an_article_and_goes_on_to_a_request(town: Town) -> None:
    chat = Chat(town)
    said = chat.begin("How is graffiti removed?")
    assert "(Article graffiti-removal, version " in said, "an answer names its article"
    assert chat.last["step"] == "offer"
    assert contacts(town, channel="chat", kind="question_answered", article_id="graffiti-removal")
    chat.say("yes")
    number = answered(chat.finish())
    assert created(town, number)["about"]["channel"] == "chat"
    assert created(town, number)["request_id"] == chat.last["request_id"]


@pytest.mark.requirement("SS-13", "CH-14", "AGT-14")
def test_a_chat_is_handed_to_a_person_with_everything_said(town: Town) -> None:
    chat = Chat(town)
    chat.begin("There is graffiti on the library")
    chat.say("I want to talk to a person")
    talk = town.ask("GET", town.url("intake", f"/conversations/{chat.last['reference']}"), role="agent").json()
    assert "There is graffiti on the library" in str(talk)
    queue = town.ask("GET", town.url("intake", "/contacts/queue?channel=chat"), role="agent").json()["waiting"]
    assert chat.last["reference"] in {one.get("draft") for one in queue}, queue


@pytest.mark.requirement("CH-14", "CH-13", "CH-20", "SS-13")
def test_what_is_begun_in_a_chat_is_finished_by_rest_under_the_same_reference(town: Town) -> None:
    chat = Chat(town)
    chat.begin("There is a dead animal on the street")
    chat.say("yes")
    draft, proof = town.url("intake", f"/drafts/{chat.last['reference']}"), {"token": chat.last["token"]}
    assert town.ask("GET", draft).status_code == 404
    shown = town.ask("GET", draft, role="agent").json()
    assert (shown["begun_in"], shown["draft"]["service_code"]) == ("chat", "dead-animal-removal")
    more = {"place": {"address": ADDRESS}, "attributes": Life(town).answers("dead-animal-removal")}
    standing = town.ask("PATCH", draft, json=more, params=proof).json()
    assert standing["ready"], standing
    taken = town.ask("POST", f"{draft}/submit", json={"channel": "web"}, params=proof)
    assert taken.status_code == 201, taken.text
    assert taken.json()["tracking_number"] == chat.last["reference"]
    assert answered(f"{taken.json()['tracking_number']} {taken.json()['forecast']['en']}") == chat.last["reference"]
    assert created(town, chat.last["reference"])["about"]["channel"] == "web"


@pytest.mark.requirement("CH-05", "CH-13", "CH-20", "NOT-03")
def test_a_mention_is_answered_in_its_thread_and_its_answer_joins_the_request(town: Town) -> None:
    body, author = mention("@city311 there is graffiti at 100 Acorn Street"), os.urandom(4).hex()
    (post,) = body["tweet_create_events"]
    post["user"]["id_str"] = author
    assert post_social(town, "x", body, forged=True) == 403
    with town.agencies_asleep():
        assert [post_social(town, "x", body) for _ in range(2)] == [200, 200], "the provider may send it again"
        (reply,) = wall(town, reply_to=post["id_str"])
        told = created(town, answered(reply["body"]["text"]))
        assert told["about"]["channel"] == "social"
        assert told["description"] == "there is graffiti at 100 Acorn Street"

        def passed_on() -> bool:
            post_social(town, "x", mention("It is the north wall", answers=reply["id"], author=author))
            return any(e["change"]["kind"] == "message" for e in town.events("request.updated", told["request_id"]))

        eventually(passed_on, "the message to the crew")
    assert len(wall(town, reply_to=post["id_str"])) >= 1


@pytest.mark.requirement("CH-06", "CH-20", "CH-21")
def test_a_message_and_a_comment_on_metas_networks_are_answered_where_they_are(town: Town) -> None:
    sender, comment = os.urandom(5).hex(), os.urandom(5).hex()
    message = {"mid": f"m-{sender}", "text": "There is a gas leak and graffiti on the wall"}
    told = {"entry": [{"id": "1", "messaging": [{"sender": {"id": sender}, "message": message}]}]}
    assert post_social(town, "meta", told) == 200

    def told_first() -> list[str]:
        mine = [p["body"] for p in wall(town, path="/me/messages") if p["body"]["recipient"]["id"] == sender]
        said = [body["message"]["text"] for body in mine]
        return [text for text in said if text.startswith("If anyone is in danger, call 911 now.")]

    answered(eventually(told_first, "the answer to the message, danger first")[0])
    value = {"item": "comment", "verb": "add", "comment_id": comment, "from": {"id": "9"}, "message": "A pothole"}
    assert post_social(town, "meta", {"entry": [{"id": "1", "changes": [{"field": "feed", "value": value}]}]}) == 200
    answered(wall(town, path=f"/{comment}/comments")[0]["body"]["message"])


@pytest.mark.requirement("CH-07", "CH-14", "PHO-01", "PHO-04", "PHO-05")
async def test_a_photo_by_text_is_fetched_from_the_provider_cleaned_and_attached(town: Town) -> None:
    phone, canary = telephone(town), f"canary-{os.urandom(12).hex()}"
    hung = town.ask("POST", town.url("social", "/media"), content=picture(canary)).json()
    inside = town.url("intake", "/health/live")  # no provider's: never fetched, and in nobody's way
    words = await phone.text("There is graffiti on a wall", pictures=(town.url("social", hung["path"]), inside))
    for _ in range(8):
        if NUMBER.search(words):
            break
        words = await phone.text(ADDRESS if "Where is it" in words else "yes" if "YES or NO" in words else "1")
    shown = eventually(lambda: views_photos(town, answered(words)), "the photo in the public view")
    assert len(shown) == 1
    seen = town.ask("GET", shown[0]["url"])
    assert (seen.status_code, canary.encode() in seen.content) == (200, False)
    assert seen.content.startswith(b"\xff\xd8")


def views_photos(town: Town, number: str) -> list[dict[str, Any]]:
    """Read the photos of a request as anybody sees them."""
    shown: list[dict[str, Any]] = town.ask("GET", town.url("intake", f"/requests/{number}")).json().get("photos", [])
    return shown


@pytest.mark.requirement("CH-14", "SS-13")
async def test_what_is_begun_by_form_is_finished_by_text_under_the_same_reference(town: Town) -> None:
    begun = town.ask("POST", town.url("intake", "/drafts"), json={"service_code": "graffiti-removal"}).json()
    phone = telephone(town)
    words = await phone.text(begun["reference"])
    assert f"We go on with {begun['reference']}" in words
    for _ in range(8):
        if "Your number is" in words:
            break
        words = await phone.text(
            ADDRESS
            if "Where is it" in words
            else "skip"
            if "photo" in words
            else "yes"
            if "YES or NO" in words
            else "1"
        )
    assert answered(words) == begun["reference"]
    assert created(town, begun["reference"])["about"]["channel"] == "sms"
