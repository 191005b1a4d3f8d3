"""The doors themselves: the express lane beside the ordinary way, and commands that share a commit."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.testing import Bench
from intake.app import build
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
GRAFFITI = {"service_code": "graffiti-removal", "place": {"address": "100 W 1st St"}}
PLAIN, UNUSUAL = "application/json", "application/json; charset=utf-8"


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


async def post(bench: Bench, kind: str, body: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await bench.http.post("/requests", content=content, headers=headers | {"content-type": kind})
    assert answer.headers["x-request-id"]
    return answer.status_code, answer.json()


@pytest.mark.requirement("CH-13")
async def test_the_express_lane_and_the_ordinary_way_answer_alike(bench: Bench) -> None:
    bodies: list[Any] = [GRAFFITI | {"description": 3}, GRAFFITI | {"colour": "red"}, [], b"{", b"\xff", b""]
    for body in [*bodies, GRAFFITI | {"clock": "event"}, {"service_code": "nonsense"}]:
        assert await post(bench, PLAIN, body) == await post(bench, UNUSUAL, body), body
    for header in ({"authorization": "Bearer nonsense"}, {"idempotency-key": "k" * 201}):
        assert await post(bench, PLAIN, GRAFFITI, **header) == await post(bench, UNUSUAL, GRAFFITI, **header)
    first = await post(bench, PLAIN, GRAFFITI, **{"idempotency-key": "k"})
    assert first[0] == 201
    assert await post(bench, UNUSUAL, GRAFFITI, **{"idempotency-key": "k"}) == first


async def test_a_repeated_command_that_would_now_be_refused_gets_its_first_answer(bench: Bench) -> None:
    _, made = await post(bench, PLAIN, GRAFFITI | {"reporter": {"email": "pat@example.org"}})
    path = f"/requests/{made['tracking_number']}/cancel?{made['manage_link'].partition('?')[2]}"
    first = await bench.http.post(path, headers={"idempotency-key": "once"})
    again = await bench.http.post(path, headers={"idempotency-key": "once"})
    other = await bench.http.post(path, headers={"idempotency-key": "another"})
    assert (first.status_code, again.json()) == (200, first.json())
    assert other.status_code == 409
    await bench.quiet()
    assert len(bench.published("request.closed")) == 1


async def test_neighbours_share_a_commit_and_each_keeps_its_own_answer(bench: Bench) -> None:
    await asyncio.gather(*(post(bench, PLAIN, GRAFFITI) for _ in range(8)))
    same = {"idempotency-key": "same"}
    calls = [post(bench, PLAIN, GRAFFITI, **same), post(bench, PLAIN, {"service_code": "nonsense"})]
    calls += [post(bench, PLAIN, GRAFFITI, **same), post(bench, PLAIN, GRAFFITI | {"description": "other"}, **same)]
    first, wrong, again, other = await asyncio.gather(*calls)
    assert (first, wrong[0], other[0]) == (again, 422, 409)
    await bench.quiet()
    assert len(bench.published("request.created")) == 9


async def test_a_long_bulk_is_taken_whole_and_its_repeat_makes_nothing_new(bench: Bench) -> None:
    lines = b"\n".join(json.dumps(GRAFFITI | {"key": f"row-{n}"}).encode() for n in range(1_200))
    headers = bench.token("system")
    first = (await bench.http.post("/requests/bulk", content=lines, headers=headers)).json()
    again = (await bench.http.post("/requests/bulk", content=lines, headers=headers)).json()
    assert (first["accepted"], first) == (1_200, again)
    await bench.quiet()
    assert len({event.id for event in bench.published("request.created")}) == 1_200  # a relay may send one twice
