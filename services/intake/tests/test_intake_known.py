"""Contacts of those who are known: by the account they are signed in to, or as whom staff linked a thread's writer."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chassis.testing import Bench
from contracts.intake import ContactRecorded, RequestCreated
from contracts.vocabulary import Channel
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from accounts import Letterbox, Town, letterbox
from test_intake_social import SECRET, say, tweet
from test_intake_talking import Chat

__all__ = ["letterbox"]
DANGER = "there is a gas leak"


@pytest.fixture
async def town(
    bench_factory: Callable[..., Awaitable[Bench]], letterbox: tuple[Letterbox, int], tmp_path: Path
) -> Town:
    box, port = letterbox
    given = {"smtp_port": port, "social_x_secret": SECRET, "photo_store": str(tmp_path)}
    return Town(await bench_factory(build, Settings, **given), box)


@pytest.mark.requirement("CP-01", "CP-05", "KB-13")
async def test_who_is_signed_in_is_known_to_the_chat_and_the_request_is_theirs(town: Town) -> None:
    session = await town.sign_in("pat@example.org")
    chat = Chat(town.bench, session)
    await chat.begin(text="there is graffiti on a wall")
    await chat.finish()
    await chat.say(DANGER)
    await town.bench.quiet()
    (created,) = town.bench.events("request.created", RequestCreated)
    assert await town.numbers(session) == [created.about.tracking_number]
    (contact,) = town.bench.events("contact.recorded", ContactRecorded)
    assert (contact.channel, contact.contact_ref) == (Channel.CHAT, created.about.contact_refs[0])
    ended = await town.http.post("/conversations", json={"text": "hello"}, headers={"X-Session": "made-up"})
    assert ended.status_code == 401


@pytest.mark.requirement("CP-07", "KB-13")
async def test_a_threads_writer_is_known_once_staff_have_linked_them(town: Town) -> None:
    session = await town.sign_in("pat@example.org")
    person = (await town.http.get("/me", headers=session)).json()["person_id"]
    assert await say(town.bench, "x", tweet("1", "graffiti at 100 W 1st St")) == 200
    assert await say(town.bench, "x", tweet("2", DANGER, answers="1")) == 200
    (before,) = town.bench.events("contact.recorded", ContactRecorded)
    assert before.contact_ref is None, "a handle is nobody's"
    rows = await town.bench.rows("intake", "SELECT contact_ref FROM vault_words WHERE contact_ref IS NOT NULL")
    place, why = f"/people/{person}/contacts/{rows[0]['contact_ref']}", {"reason": "It is their handle."}
    assert (await town.http.put(place, json=why, headers=town.bench.token("agent"))).status_code == 200
    assert await say(town.bench, "x", tweet("3", f"{DANGER} now", answers="1")) == 200
    recorded = town.bench.events("contact.recorded", ContactRecorded)
    assert [one.contact_ref for one in recorded if one != before] == [rows[0]["contact_ref"]]
    assert await town.numbers(session), "its request is theirs too"
