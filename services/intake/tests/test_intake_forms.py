"""How far people come with forms, counted without knowing anybody, and what needed no agent."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from talks import Chat

BenchFactory = Callable[..., Awaitable[Bench]]
POTHOLE = {"service_code": "graffiti-removal", "description": "Paint.", "place": {"address": "100 W 1st St"}}


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


async def tell(bench: Bench, n: int, *steps: str, **more: Any) -> None:
    """Come so far with a form, ten seconds a step."""
    for step in steps:
        body = {"visit": f"visit-number-{n:06d}", "step": step, "service_code": "graffiti-removal", **more}
        answer = await bench.http.post("/forms/steps", json=body)
        assert answer.status_code == 200, answer.text
        bench.clock.now += timedelta(seconds=10)


async def forms(bench: Bench, role: str = "analyst") -> dict[tuple[str | None, str], Any]:
    answer = await bench.http.get("/forms", headers=bench.token(role))
    assert answer.status_code == 200, answer.text
    return {(line["service_code"], line["channel"]): line for line in answer.json()["forms"]}


@pytest.mark.requirement("SS-11")
async def test_forms_are_counted_from_their_beginning_to_their_report_or_the_step_after_which_they_were_given_up(
    bench: Bench,
) -> None:
    for n in range(6):
        await tell(bench, n, "begun", "type", "place", "sent", again=n > 0)
    for n in range(6, 12):
        await tell(bench, n, "begun", "type", "place", "type")
    bench.clock.now += timedelta(days=1, seconds=1)
    for n in range(12, 18):
        await tell(bench, n, "begun")
    line = (await forms(bench))["graffiti-removal", "web"]
    assert (line["begun"], line["sent"], line["given_up"], line["under_way"]) == (18, 6, 6, 6)
    assert (line["given_up_after"], line["completion"]) == ({"place": 6}, 0.5)
    assert line["seconds"] == {
        "all": {"sent": 6, "half": 30, "most": 30},
        "again": {"sent": 5, "half": 30, "most": 30},
    }, "one that fills it in for the first time is too few to be shown"


@pytest.mark.requirement("SS-11")
async def test_a_few_forms_are_kept_back_with_the_next_smallest_line_and_residents_read_none(bench: Bench) -> None:
    for n in range(9):
        await tell(bench, n, "begun", channel="app" if n < 2 else "web")
    shown = await forms(bench, "supervisor")
    assert {channel: line["suppressed"] for (_, channel), line in shown.items()} == {"app": True, "web": True}
    assert shown["graffiti-removal", "app"]["begun"] is None
    assert (await bench.http.get("/forms")).status_code == 403


@pytest.mark.requirement("SS-11", "CH-14")
async def test_drafts_and_conversations_tell_how_far_they_came_by_themselves(bench: Bench) -> None:
    for n in range(10):
        begun = (await bench.http.post("/drafts", json=POTHOLE | {"channel": "app"})).json()
        if n < 5:
            proof = {"token": begun["token"]}
            assert (await bench.http.post(f"/drafts/{begun['reference']}/submit", params=proof)).status_code == 201
    for n in range(10):
        chat = Chat(bench)
        await chat.begin(text="there is graffiti on a wall")
        await (chat.finish() if n < 5 else chat.say("yes"))
    bench.clock.now += timedelta(days=2)
    shown = await forms(bench)
    ends = {channel: (line["begun"], line["sent"], line["given_up"]) for (_, channel), line in shown.items()}
    assert ends == {"app": (10, 5, 5), "chat": (10, 5, 5)}


@pytest.mark.requirement("SS-11")
async def test_nothing_in_the_count_leads_to_a_request_or_a_person(bench: Bench) -> None:
    begun = (await bench.http.post("/drafts", json=POTHOLE | {"reporter": {"email": "pat@example.org"}})).json()
    await bench.http.post(f"/drafts/{begun['reference']}/submit", params={"token": begun["token"]})
    (row,) = await bench.rows("intake", "SELECT * FROM form_visit")
    told = " ".join(str(value) for value in row.values())
    assert begun["reference"] not in told
    assert "pat" not in told


@pytest.mark.requirement("AGT-06")
async def test_what_needed_no_agent_is_set_against_agents_time_and_another_citys_gain(bench: Bench) -> None:
    agent = bench.token("agent", subject="alex")
    for _ in range(2):
        contact = (await bench.http.post("/contacts", json={"channel": "phone"}, headers=agent)).json()["contact_id"]
        for event in ("answered", "talk_ended", "ended"):
            await bench.http.post(f"/contacts/{contact}/events", json={"event": event}, headers=agent)
            bench.clock.now += timedelta(minutes=6 if event != "ended" else 0)
    chat = Chat(bench)
    await chat.begin(text="there is graffiti on a wall")
    await chat.finish()
    handed = Chat(bench)
    await handed.begin(text="agent")
    told = (await bench.http.get("/contacts/relief", headers=bench.token("analyst"))).json()
    assert (told["served_without_agent"], told["handled_by_agents"], told["staffed_hours"]) == (1, 2, 1)
    assert told["by_channel"] == [{"channel": "chat", "outcome": "request_made", "served": 1}]
    assert (told["mean_handling_seconds"], told["seconds_saved"]) == (720, 720)
    assert (told["availability"], told["availability_without"], told["gain"]) == (0.6, 0.4, 0.5)
    assert told["peer_gain"] == 0.25
    assert (await bench.http.get("/contacts/relief")).status_code == 403
