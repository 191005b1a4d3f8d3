"""What was given up waits for a person: seen with its reason, sent again once, never lost and never told twice."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from told import Inbox, closed, created, facts, profile, put_off, settled

from chassis.testing import Bench
from contracts.intake import ContactErased
from contracts.survey import SurveyAnswered, SurveyInvited
from contracts.vocabulary import DeliveryOutcome
from notify.app import build
from notify.settings import Settings


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    return await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02)


async def waiting(bench: Bench, role: str = "operator", **asked: Any) -> list[dict[str, Any]]:
    answer = await bench.http.get("/undelivered", params=asked, headers=bench.token(role))
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def redrive(bench: Bench, *intent_ids: object, key: str | None = None) -> dict[str, list[str]]:
    headers = bench.token("operator") | ({"Idempotency-Key": key} if key else {})
    body = {"intent_ids": [str(one) for one in intent_ids], "because": "the mail server was set up anew"}
    answer = await bench.http.post("/undelivered/redrive", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def refused(bench: Bench, inbox: Inbox) -> dict[str, Any]:
    """Let the server refuse a mail for good."""
    inbox.refusals = ["554 5.7.0 <ana@example.org> not today"]
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await settled(bench, 1)
    (parked,) = await waiting(bench)
    return parked


@pytest.mark.requirement("NOT-02")
async def test_what_was_refused_for_good_waits_with_its_reason_and_is_sent_again_once(
    bench: Bench, inbox: Inbox
) -> None:
    parked = await refused(bench, inbox)
    assert (parked["reason"], parked["attempts"], parked["moment"]) == ("refused", 1, "received")
    assert "554" in parked["detail"]
    assert "ana" not in str(parked)
    assert await redrive(bench, parked["intent_id"]) == {
        "redriven": [parked["intent_id"]], "unreachable": [], "not_waiting": [],
    }  # fmt: skip
    first, second = await settled(bench, 2)
    assert (first.outcome, second.outcome) == (DeliveryOutcome.FAILED, DeliveryOutcome.DELIVERED)
    assert (second.sequence, second.transition) == (2, "created:again:1")
    assert [mail["To"] for mail in inbox.mails] == ["ana@example.org"]
    assert await waiting(bench) == []
    assert (await redrive(bench, parked["intent_id"], uuid4()))["redriven"] == []
    assert len(inbox.mails) == 1
    (noted,) = await bench.rows("notify", "SELECT role, object, detail FROM audit WHERE action = 'undelivered.redrive'")
    assert (noted["role"], noted["object"]) == ("operator", parked["intent_id"])
    assert "set up anew" in str(noted["detail"])


async def test_the_same_call_twice_sends_once_and_answers_the_same(bench: Bench, inbox: Inbox) -> None:
    parked = await refused(bench, inbox)
    assert await redrive(bench, parked["intent_id"], key="k1") == await redrive(bench, parked["intent_id"], key="k1")
    await settled(bench, 2)
    assert len(inbox.mails) == 1


async def test_what_fails_again_waits_again_under_a_name_of_its_own(bench: Bench, inbox: Inbox) -> None:
    parked = await refused(bench, inbox)
    inbox.refusals = ["554 still not"]
    await redrive(bench, parked["intent_id"])
    await settled(bench, 2)
    (again,) = await waiting(bench)
    assert again["intent_id"] != parked["intent_id"]
    await redrive(bench, again["intent_id"])
    assert (await settled(bench, 3))[-1].transition == "created:again:2"
    assert len(inbox.mails) == 1


async def test_what_was_tried_until_it_was_old_news_waits_with_the_last_answer(bench: Bench, inbox: Inbox) -> None:
    inbox.refusals = ["451 4.3.2 shutting down"] * 20
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await put_off(bench)
    await bench.advance(timedelta(days=4))
    assert [one.outcome for one in await settled(bench, 1)] == [DeliveryOutcome.EXPIRED]
    (parked,) = await waiting(bench, reason="too_often", channel="email")
    assert "451" in parked["detail"]
    inbox.refusals = []
    await redrive(bench, parked["intent_id"])
    assert (await settled(bench, 2))[-1].outcome is DeliveryOutcome.DELIVERED


async def test_who_has_no_address_any_more_is_reached_when_there_is_a_new_one(bench: Bench, inbox: Inbox) -> None:
    inbox.dead = {"ana@example.org"}
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await settled(bench, 1)
    (parked,) = await waiting(bench)
    assert (await redrive(bench, parked["intent_id"]))["unreachable"] == [parked["intent_id"]]
    assert len(await waiting(bench)) == 1, "what nobody can be told stays"
    await bench.feed(profile(email="ana@new.example", version=2))
    assert (await redrive(bench, parked["intent_id"]))["redriven"] == [parked["intent_id"]]
    await settled(bench, 2)
    assert [mail["To"] for mail in inbox.mails] == ["ana@new.example"]


async def test_what_another_channel_tells_waits_for_nobody(bench: Bench, inbox: Inbox) -> None:
    inbox.dead = {"ana@example.org"}
    await bench.feed(profile(webhook_url="http://127.0.0.1:1/hook", channels=("email",)))
    await bench.feed(created(facts()))
    await settled(bench, 1)
    assert await waiting(bench) == []


async def test_an_invitation_that_was_answered_is_nobodys_failure(bench: Bench, inbox: Inbox) -> None:
    inbox.refusals = ["451 busy"] * 20
    base, closure = facts(), uuid4()
    asked = {"invitation_id": UUID(int=42), "closure_id": closure, "contact_ref": "c1"}
    await bench.feed(profile())
    await bench.feed(SurveyInvited(**base, **asked))
    await put_off(bench)
    await bench.feed(SurveyAnswered(**base | {"sequence": 2}, **asked))
    await bench.advance(timedelta(minutes=5))
    await settled(bench, 1)
    assert await waiting(bench) == []


@pytest.mark.parametrize(("role", "status"), [(None, 403), ("agency", 403), ("agent", 403), ("supervisor", 200)])
async def test_only_supervisors_and_operators_see_it_and_send_again(
    bench: Bench, inbox: Inbox, role: str | None, status: int
) -> None:
    parked = await refused(bench, inbox)
    headers = bench.token(role) if role else {}
    assert (await bench.http.get("/undelivered", headers=headers)).status_code == status
    body = {"intent_ids": [parked["intent_id"]], "because": "asked by telephone"}
    assert (await bench.http.post("/undelivered/redrive", json=body, headers=headers)).status_code == status


async def test_a_call_without_a_reason_is_refused_in_words(bench: Bench) -> None:
    answer = await bench.http.post(
        "/undelivered/redrive", json={"intent_ids": [str(uuid4())], "because": ""}, headers=bench.token("operator")
    )
    assert answer.status_code == 422
    assert "because" in answer.text


async def test_it_survives_a_rebuild_and_goes_with_an_erased_person(bench: Bench, inbox: Inbox) -> None:
    parked = await refused(bench, inbox)
    base = facts("N2")
    inbox.refusals = ["554 not today"]
    await bench.feed(closed(base))
    await settled(bench, 2)
    await redrive(bench, parked["intent_id"])
    await settled(bench, 3)
    assert await bench.rebuild("notify") == []
    await bench.quiet()
    assert [one["moment"] for one in await waiting(bench)] == ["closed"]
    assert len(inbox.mails) == 1, "what was sent again is told once, also when the log is read again"
    await bench.feed(ContactErased(contact_ref="c1"))
    assert await waiting(bench) == []
