"""The live stream and the page of a request, over a real socket and a real database."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn

from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.intake import RequestCreated
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause
from intake.app import build
from intake.settings import Settings
from relay311_local.ports import free_port

POTHOLE = {
    "service_code": "graffiti-removal",
    "description": "Paint.",
    "place": {"address": "100 W 1st St"},
    "reporter": {"name": "Ana Example", "email": "ana@example.org", "phone": "213-555-0142"},
}
PAGE = {"Accept": "text/html", "Accept-Language": "es-MX,es;q=0.9"}


class Served:
    """A bench whose HTTP app is served on a real port."""

    def __init__(self, bench: Bench, url: str) -> None:
        self.bench, self.url = bench, url
        self.http = httpx2.AsyncClient(base_url=url, timeout=10)

    async def report(self, **more: Any) -> dict[str, Any]:
        answer = await self.http.post("/requests", json=POTHOLE | more)
        assert answer.status_code == 201, answer.text
        taken: dict[str, Any] = answer.json()
        await self.bench.quiet()
        return taken

    async def assign(self, taken: dict[str, Any], agency: str = "sanitation") -> None:
        (created,) = [
            e for e in self.bench.events("request.created", RequestCreated) if str(e.request_id) == taken["request_id"]
        ]
        about: RequestFacts = created.about
        await self.bench.feed(
            RequestAssigned(
                request_id=UUID(taken["request_id"]),
                sequence=1,
                about=about,
                assignment_id=uuid4(),
                agency=agency,
                queue="q",
                cause=AssignmentCause.RULE,
                confidence=1.0,
                reason={"en": "By rule.", "es": "Por regla."},
                assigned_at=self.bench.clock.now,
            )
        )

    async def cancel(self, taken: dict[str, Any]) -> None:
        answer = await self.http.post(
            f"/requests/{taken['tracking_number']}/cancel", headers=self.bench.token("agent"), json={}
        )
        assert answer.is_success, answer.text

    @asynccontextmanager
    async def listen(self, number: str, **headers: str) -> AsyncIterator["Stream"]:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.stream("GET", f"/requests/{number}/stream", headers=names) as answer:
            yield Stream(answer)


class Stream:
    """What an EventSource reads."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer, self._lines = answer, answer.aiter_lines()

    async def next(self, kind: str, /, **facts: Any) -> tuple[str | None, dict[str, Any]]:
        """Read on to an event of this kind with these facts; its id and data."""
        async with asyncio.timeout(8):
            while True:
                said = await self._event()
                data = json.loads(said.get("data", "{}"))
                if said.get("event") == kind and all(data.get(name) == value for name, value in facts.items()):
                    return said.get("id"), data

    async def _event(self) -> dict[str, str]:
        said: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                return said
            name, _, value = line.partition(": ")
            said[name] = value
        raise AssertionError("the stream ended")


@pytest.fixture
async def served(bench_factory: Callable[..., Awaitable[Bench]]) -> AsyncIterator[Served]:
    bench = await bench_factory(build, Settings, live_connections_each=2, own_networks="192.0.2.0/24")
    port = free_port()
    config = uvicorn.Config(
        bench.running["intake"].app(), port=port, log_level="error", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    made = Served(bench, f"http://127.0.0.1:{port}")
    yield made
    await made.http.aclose()
    server.should_exit = True
    await task


@pytest.mark.requirement("STA-04", "STA-05")
async def test_a_change_is_heard_within_two_seconds_in_every_language_and_names_nobody(served: Served) -> None:
    taken = await served.report()
    async with served.listen(taken["tracking_number"]) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert (stream.answer.headers["cache-control"], stream.answer.headers["x-accel-buffering"]) == (
            "no-store",
            "no",
        )
        _, stands = await stream.next("state")
        assert (stands["status"], set(stands["state"])) == ("open", {"en", "es"})
        began = asyncio.get_running_loop().time()
        await served.cancel(taken)
        _, told = await stream.next("change", kind="closed")
        assert asyncio.get_running_loop().time() - began < 2
    assert told["status"] == "closed"
    assert told["said"]["en"].startswith("Closed:")
    assert told["said"]["es"].startswith("Cerrada:")
    said = json.dumps(told)
    assert not any(word in said for word in ("Ana", "ana@", "555", "contact"))


async def test_who_comes_again_hears_what_was_missed_and_nothing_twice(served: Served) -> None:
    taken = await served.report()
    async with served.listen(taken["tracking_number"]) as stream:
        await stream.next("state")
        await served.assign(taken)
        last, _ = await stream.next("change", kind="assigned")
    assert last is not None
    await served.cancel(taken)
    async with served.listen(taken["tracking_number"], Last_Event_ID=last) as stream:
        await stream.next("state", status="closed")
        number, told = await stream.next("change")
        assert told["kind"] != "assigned"
        assert int(number or 0) > int(last)


async def test_everybody_who_listens_is_told_and_others_are_not(served: Served) -> None:
    mine, other = await served.report(), await served.report(reporter={"email": "eva@example.org"})
    async with served.listen(mine["tracking_number"]) as one, served.listen(other["tracking_number"]) as two:
        await one.next("state")
        await two.next("state")
        await served.cancel(mine)
        await served.cancel(other)
        _, first = await one.next("change")
        _, second = await two.next("change")
    assert first["kind"] == second["kind"]


async def test_one_network_has_so_many_streams_and_others_still_come_in(served: Served) -> None:
    taken = await served.report()
    number = taken["tracking_number"]
    async with served.listen(number) as one, served.listen(number) as two:
        await one.next("state")
        await two.next("state")
        refused = await served.http.get(f"/requests/{number}/stream")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
        assert (await served.http.get(f"/requests/{number}")).status_code == 200
    for _ in range(100):
        async with served.http.stream("GET", f"/requests/{number}/stream") as again:
            if again.status_code == 200:
                return
        await asyncio.sleep(0.05)
    raise AssertionError("who left still counts")


async def test_a_request_that_follows_another_hears_of_that_one(served: Served) -> None:
    parent = await served.report()
    child = await served.report(reporter={"email": "eva@example.org"})
    linked = await served.http.post(
        f"/requests/{child['tracking_number']}/link",
        headers=served.bench.token("agent"),
        json={"number": parent["tracking_number"]},
    )
    assert linked.is_success, linked.text
    async with served.listen(child["tracking_number"]) as stream:
        await stream.next("state")
        await served.assign(parent)
        await stream.next("state", substatus="assigned")


async def test_there_is_no_stream_of_what_does_not_exist(served: Served) -> None:
    assert (await served.http.get("/requests/0000-0000-0000-0/stream")).status_code == 404
    assert (await served.http.get(f"/requests/{uuid4()}/stream")).status_code == 404


@pytest.mark.requirement("STA-05")
async def test_a_browser_gets_a_page_in_its_language_that_needs_no_script(served: Served) -> None:
    taken = await served.report()
    await served.cancel(taken)
    answer = await served.http.get(f"/requests/{taken['tracking_number']}", headers=PAGE)
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert '<html lang="es">' in answer.text
    assert "Cerrada" in answer.text
    assert taken["tracking_number"] in answer.text
    assert 'role="status"' in answer.text
    assert "<script>" not in answer.text
    assert not any(word in answer.text for word in ("Ana", "ana@", "555-0142"))
    assert "Closed" in (await served.http.get(f"/requests/{taken['tracking_number']}?lang=en", headers=PAGE)).text
    unknown = await served.http.get("/requests/0000-0000-0000-0", headers=PAGE)
    assert (unknown.status_code, "No hay ninguna solicitud" in unknown.text) == (404, True)
    script = await served.http.get("/request-page.js")
    assert "EventSource" in script.text
    assert "innerHTML" not in script.text


async def test_a_page_goes_on_where_it_ends(served: Served) -> None:
    taken = await served.report()
    page = (await served.http.get(f"/requests/{taken['tracking_number']}", headers=PAGE)).text
    stream_at = page.partition('data-stream="')[2].partition('"')[0]
    await served.cancel(taken)
    async with served.http.stream("GET", f"/requests/{stream_at}") as answer:
        await Stream(answer).next("change", kind="closed")
