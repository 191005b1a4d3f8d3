"""Idempotency keys: the same answer for thirty days and more, another body refused, nobody's data kept with them."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.retaining import kept_for, retain
from chassis.testing import Bench
from contracts.intake import RequestCreated
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause
from intake.app import build
from intake.settings import Settings
from relay311_drivers.telephone import Telephone

BenchFactory = Callable[..., Awaitable[Bench]]
GRAFFITI = {"service_code": "graffiti-removal", "place": {"address": "100 W 1st St"}}
PAT = {"name": "Canary Doe", "email": "canary@example.org", "phone": "+1 213 555 0177"}
CANARIES = ("Canary", "canary@", "555 0177", "5550177", "555-0177", "CANARY")
TOKEN = "agreed-with-the-provider"  # noqa: S105 - a test's own
BASE = "http://127.0.0.1:8301"
LEAST_KEPT = timedelta(days=30)


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings, telephone_token=TOKEN)


async def post(bench: Bench, path: str, body: Any, key: str = "", **headers: str) -> tuple[int, Any]:
    keyed = {"Idempotency-Key": key} if key else {}
    answer = await bench.http.post(path, json=body, headers=keyed | headers)
    return answer.status_code, answer.json()


async def give_up_what_is_old(bench: Bench) -> int:
    """Run `retain`, asked to keep as little as it can; gives how many answers went."""
    async with bench.running["intake"].database.reads() as reads:
        gone = await retain(reads.connection, bench.clock.now, kept_for(0, {}), lambda _line: None)
    return gone["idempotency"]


@pytest.mark.requirement("CH-13")
async def test_a_key_is_good_for_thirty_days_however_little_is_to_be_kept(bench: Bench) -> None:
    first = await post(bench, "/requests", GRAFFITI | {"reporter": PAT}, "k")
    for moved in (LEAST_KEPT - timedelta(minutes=1), timedelta(minutes=1)):
        await bench.advance(moved)
        assert await give_up_what_is_old(bench) == 0
        assert await post(bench, "/requests", GRAFFITI | {"reporter": PAT}, "k") == first
        assert (await post(bench, "/requests", GRAFFITI | {"description": "Other."}, "k"))[0] == 409
    assert len(bench.published("request.created")) == 1
    await bench.advance(timedelta(minutes=1))
    assert await give_up_what_is_old(bench) == 1, "older keys do go, or nothing was measured"
    assert await post(bench, "/requests", GRAFFITI | {"reporter": PAT}, "k") != first


@pytest.mark.requirement("CH-13")
@pytest.mark.parametrize("path", ["/requests", "/drafts", "/conversations"])
async def test_a_key_used_again_gets_its_answer_and_with_another_body_a_refusal(bench: Bench, path: str) -> None:
    one = {"text": "There is a pothole"} if path == "/conversations" else GRAFFITI
    other = {"text": "There is trash"} if path == "/conversations" else GRAFFITI | {"description": "Other."}
    first = await post(bench, path, one, "k")
    assert first[0] == 201
    assert await post(bench, path, one, "k") == first
    assert (await post(bench, path, other, "k"))[0] == 409
    assert (await post(bench, path, one, "another"))[1] != first[1]


@pytest.mark.requirement("CH-13", "CH-14")
async def test_an_answer_in_a_chat_is_good_as_long_as_the_conversation_and_then_says_so(bench: Bench) -> None:
    first = await post(bench, "/conversations", {"text": "There is a pothole"}, "k")
    await bench.advance(LEAST_KEPT - timedelta(minutes=1))
    assert await post(bench, "/conversations", {"text": "There is a pothole"}, "k") == first
    await bench.advance(timedelta(minutes=2))
    assert (await post(bench, "/conversations", {"text": "There is a pothole"}, "k"))[0] == 404


async def test_no_answer_that_is_kept_holds_what_only_the_vault_may_hold(
    bench: Bench, figure: Callable[[str], None]
) -> None:
    seen = [
        await _by_chat(bench),
        await _by_text(bench),
        await _by_form(bench),
        await _at_the_desk(bench),
    ]
    silent = [text for text in seen if not any(canary in text for canary in CANARIES)]
    assert silent == [], "each showed what is personal"
    rows = await bench.rows("intake", "SELECT route, answer::text AS text FROM idempotency")
    assert {row["route"] for row in rows} >= {
        "POST /requests", "POST /drafts", "POST /conversations", "POST /conversations/messages", "POST /telephony/sms",
        "POST /requests/messages", "PATCH /requests", "POST /contacts", "POST /contacts/events",
        "POST /requests/feedback",
    }  # fmt: skip
    told = [dict(row) for row in rows if any(canary in row["text"] for canary in CANARIES)]
    assert told == []
    figure(f"answers kept: {len(rows)} of {len({row['route'] for row in rows})} doors, with personal data: 0")


async def _by_chat(bench: Bench) -> str:
    """Talk until the draft is read back with what the writer answered; staff read it all."""
    _, begun = await post(bench, "/conversations", {"text": "There is illegal dumping, trash on the sidewalk"})
    path, token = f"/conversations/{begun['reference']}/messages", {"Conversation-Token": begun["token"]}
    said = ""
    for text in ("yes", "2", "1", "CANARY did it, call 213 555 0177", "100 W 1st St", "skip"):
        said = str((await post(bench, path, {"text": text}, **token))[1]["says"])
    assert "CANARY" in said, "what was answered is read back"
    shown = await bench.http.get(f"/conversations/{begun['reference']}", headers=bench.token("agent"))
    return str(shown.text)


async def _by_text(bench: Bench) -> str:
    async def send(address: str, body: str, headers: Mapping[str, str]) -> str:
        return str((await bench.http.post(address.removeprefix(BASE), content=body, headers=dict(headers))).text)

    phone = Telephone(BASE, TOKEN, "+12135550177", send)
    for text in ("There is graffiti on a wall of Canary Doe", "yes", "100 W 1st St", "skip", "yes"):
        await phone.text(text)
    return str(await bench.rows("intake", "SELECT talk::text FROM vault_conversation WHERE phone IS NOT NULL"))


async def _by_form(bench: Bench) -> str:
    """Report, write, amend and draft; the agency at work reads the originals."""
    _, made = await post(bench, "/requests", GRAFFITI | {"reporter": PAT, "description": "Call Canary 213 555 0177"})
    path, link = f"/requests/{made['tracking_number']}", str(made["manage_link"]).partition("?")[2]
    await post(bench, f"{path}/messages?{link}", {"text": "CANARY again"})
    await bench.http.patch(f"{path}?{link}", json={"description": "Canary has moved"})
    await post(bench, "/drafts", GRAFFITI | {"reporter": PAT, "description": "CANARY"})
    await bench.quiet()
    await _assign(bench, agency := bench.running["intake"].service.agencies[0])
    shown = await bench.http.get(f"{path}/details", headers=bench.token("agency", agency=agency))
    return json.dumps(shown.json())


async def _assign(bench: Bench, agency: str) -> None:
    created = bench.events("request.created", RequestCreated)[-1]
    event = RequestAssigned(
        request_id=created.request_id, sequence=1, about=created.about, agency=agency, assignment_id=uuid4(),
        queue="desk", cause=AssignmentCause.RULE, confidence=1, reason={"en": "by rule"}, assigned_at=bench.clock.now,
    )  # fmt: skip
    await bench.feed(event)


async def _at_the_desk(bench: Bench) -> str:
    """Take a call with notes and log what the caller says; then read it."""
    agent = bench.token("agent")
    _, begun = await post(bench, "/contacts", {"channel": "phone", "phone": PAT["phone"]}, **agent)
    path = f"/contacts/{begun['contact_id']}"
    for event in ({"event": "answered"}, {"event": "note", "note": "CANARY called"}):
        await post(bench, f"{path}/events", event, **agent)
    number = bench.events("request.created", RequestCreated)[-1].about.tracking_number
    await post(bench, f"/requests/{number}/feedback", {"text": "Canary is angry", "rating": 1}, **agent)
    return str((await bench.http.get(path, headers=agent)).text)
