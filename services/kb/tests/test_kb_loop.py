"""What nobody answers, what fits no service and what is handed on become proposals, and tell on nobody."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import ContactRecorded, RequestCreated
from contracts.vocabulary import Channel, ContactKind, Operator
from kb.app import build
from kb.handlers import missing
from kb.handlers.opening import reading_room
from kb.settings import Settings

BILLBOARDS = (
    "The big billboard over the road is broken and flickers",
    "Billboard flickers all night, it is broken",
    "A broken billboard by [name]'s house flickers",
)


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]]) -> Bench:
    made = await bench_factory(build, Settings)
    await made.quiet()
    return made


async def proposals(bench: Bench) -> dict[str, Any]:
    said = await bench.http.get("/proposals?since=2026-01-01", headers=bench.token("analyst"))
    return dict(said.json())


def other(bench: Bench, words: str, request_id: UUID, sequence: int = 1, language: str = "en") -> RequestCreated:
    about = RequestFacts(tracking_number="AB12", service_code="other", opened_at=bench.clock.now, language=language)
    return RequestCreated(
        request_id=request_id,
        sequence=sequence,
        about=about,
        place=Place(),
        operator=Operator.CITY_311,
        description=words,
    )


@pytest.mark.requirement("CAT-23")
async def test_requests_that_fit_no_service_but_come_together_propose_one(bench: Bench) -> None:
    ids = [uuid4() for _ in BILLBOARDS]
    for request_id, words in zip(ids, BILLBOARDS, strict=True):
        await bench.feed(other(bench, words, request_id))
    await bench.feed(other(bench, "An owl in the attic", uuid4()))  # one of its kind is no cluster
    for _ in range(3):
        await bench.feed(other(bench, "El anuncio parpadea toda la noche", uuid4(), language="es"))
    english, spanish = sorted((await proposals(bench))["services"], key=lambda line: str(line["language"]))
    assert (english["language"], english["times"]) == ("en", 3)
    assert {"billboard", "flicker", "broken"} <= set(english["words"].split())
    assert (spanish["language"], spanish["times"], "parpade" in spanish["words"]) == ("es", 3, True)
    assert "name" not in str(english)
    await bench.feed(other(bench, "", ids[0], sequence=2))  # its words were erased: a pair is no cluster any more
    assert [line["language"] for line in (await proposals(bench))["services"]] == ["es"]
    assert await bench.rebuild("kb") == []
    assert [line["language"] for line in (await proposals(bench))["services"]] == ["es"]


@pytest.mark.requirement("CAT-23", "KB-13")
async def test_reasons_for_handing_calls_on_propose_articles_once_they_are_many(bench: Bench) -> None:
    moved = {"kind": ContactKind.CALL_TRANSFERRED, "channel": Channel.PHONE, "destination": "animal-shelter"}
    for reason, times in (("adoption", 5), ("lost-pet", 4), ("Ana Pérez wants her dog", 5)):
        for _ in range(times):
            await bench.feed(ContactRecorded(contact_id=uuid4(), reason=reason, **moved))
    articles = (await proposals(bench))["articles"]
    assert {(line["because"], line["words"], line["times"]) for line in articles} == {
        ("handed on to animal-shelter", "adoption", 5),
        ("handed on to animal-shelter", "unsaid", 5),
    }
    assert "rez" not in str(await bench.rows("kb", "SELECT subject FROM count"))


@pytest.mark.requirement("KB-13", "CAT-23")
async def test_searches_in_vain_propose_an_article_in_words_that_many_typed(bench: Bench) -> None:
    for _ in range(5):
        assert (await bench.http.get("/search", params={"q": "zorbing"})).json() == []
    (vain,) = [line for line in (await proposals(bench))["articles"] if line["because"] == "searched in vain"]
    assert (vain["words"], vain["times"]) == ("zorbing", 5)
    (task,) = [t for t in (await bench.http.get("/tasks", headers=bench.token("agent"))).json() if t["subject"]]
    assert task["subject"] == "zorbing"
    done = {"state": "done", "note": "An article is written."}
    assert (await bench.http.post(f"/tasks/{task['task_id']}/settle", json=done)).status_code == 403
    lead = bench.token("supervisor")
    assert (await bench.http.post(f"/tasks/{task['task_id']}/settle", json=done, headers=lead)).is_success
    assert not [t for t in (await bench.http.get("/tasks", headers=lead)).json() if t["subject"] == "zorbing"]
    await bench.http.get("/search", params={"q": "zorbing"})  # asked once more: it opens again
    assert [t for t in (await bench.http.get("/tasks", headers=lead)).json() if t["subject"] == "zorbing"]


@pytest.mark.requirement("KB-13")
@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_what_was_counted_last_is_written_when_the_service_stops(bench: Bench, *, is_cancelled: bool) -> None:
    running, stop = bench.running["kb"], asyncio.Event()
    room = reading_room(running.service.settings.city, "key")
    counting = asyncio.create_task(missing.run(running.doors, stop, room))
    await asyncio.sleep(0.1)  # it has looked once, and waits
    missing.note_search(room, "zorbing", "en", bench.clock.now.date(), found=False)
    told = missing.note_unanswered(room, "zorbing", "en", bench.clock.now.date())
    assert await bench.rows("kb", "SELECT * FROM count") == []
    stop.set() if not is_cancelled else counting.cancel()
    await asyncio.gather(counting, return_exceptions=True)
    counted = {(row["measure"], row["n"]) for row in await bench.rows("kb", "SELECT measure, n FROM count")}
    assert counted == {("searched", 1), ("not_found", 2)}
    (task,) = await bench.rows("kb", "SELECT task_id, asked FROM task")
    assert (task["task_id"], task["asked"]) == (told, 2)
