"""The protocol on the in-memory log and a real database: applied once, parked alone, answered again."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.errors import FatalError
from chassis.ids import uuid7
from chassis.settings import ServiceSettings
from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import RequestCreated
from contracts.vocabulary import Operator

sys.path.insert(0, str(Path(__file__).parent / "tally"))
import tally

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def created(request_id: UUID, sequence: int = 1, description: str = "") -> RequestCreated:
    about = RequestFacts(tracking_number="T", service_code="pothole", opened_at=NOW)
    return RequestCreated(
        request_id=request_id,
        sequence=sequence,
        about=about,
        description=description,
        place=Place(),
        operator=Operator.CITY_311,
    )


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(tally.build, ServiceSettings)
    return made


async def tallies(bench: Bench) -> dict[UUID, int]:
    return {r["request_id"]: r["applied"] for r in await bench.rows("sla", "SELECT request_id, applied FROM tally")}


async def test_an_event_is_applied_once_and_answered_in_its_partition(bench: Bench) -> None:
    request = uuid7(NOW)
    await bench.feed(created(request), event_id="a" * 32, source="intake")
    await bench.feed(created(request), event_id="a" * 32, source="intake")
    assert await tallies(bench) == {request: 1}
    asked, answered = bench.cluster.of_topic("request.created"), bench.cluster.of_topic("request.promised")
    assert [r.partition for r in answered] == [asked[0].partition]


async def test_a_poison_record_parks_its_key_alone_and_is_redriven_in_order(bench: Bench) -> None:
    bad, good = uuid7(NOW), uuid7(NOW)
    await bench.feed(created(bad, description="poison"))
    await bench.feed(created(bad, sequence=2))
    await bench.feed(created(good))
    await bench.feed_raw("request.created", str(good), b"not json")
    assert await tallies(bench) == {good: 1}
    parked = (await bench.http.get("/ops/parked", headers=bench.token("operator"))).json()
    assert [p["reason"] for p in parked] == ["refused", "behind_parked", "malformed"]
    assert len(bench.published("dlq.sla.request.created")) == 3
    late = await bench.http.post(f"/ops/parked/{parked[1]['id']}/redrive", headers=bench.token("operator"))
    assert late.status_code == 409
    again = await bench.http.post(f"/ops/parked/{parked[0]['id']}/redrive", headers=bench.token("operator"))
    assert again.json() == {"redriven": 0, "parked_again": 2}


async def test_what_must_stop_the_service_stops_it_before_the_log_moves_on(bench: Bench) -> None:
    with pytest.raises(FatalError):
        await bench.feed(created(uuid7(NOW), description="fatal"))
    assert await bench.rows("sla", "SELECT next FROM consumer_offset") == []
    assert not bench.cluster.hints
    assert not bench.published("dlq.sla.request.created")


async def test_operators_alone_see_parked_records(bench: Bench) -> None:
    assert (await bench.http.get("/ops/parked")).status_code == 403
    assert (await bench.http.get("/ops/parked", headers={"Authorization": "Bearer x"})).status_code == 401


async def test_a_repeated_command_gets_its_answer_again_and_another_body_is_refused(bench: Bench) -> None:
    body = {"request_id": str(uuid4())}
    key = {"Idempotency-Key": "k1"}
    first, again = await asyncio.gather(*(bench.http.post("/tallies", json=body, headers=key) for _ in range(2)))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await bench.http.post("/tallies", json={"request_id": str(uuid4())}, headers=key)
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"


async def test_one_bad_command_does_not_sink_its_neighbours(bench: Bench) -> None:
    bodies = [{"request_id": str(uuid4())} for _ in range(5)]
    bodies += [{"request_id": str(UUID(int=0))}, {"request_id": str(uuid4()), "fail": True}]
    answers = await asyncio.gather(*(bench.http.post("/tallies", json=b) for b in bodies))
    assert [a.status_code for a in answers] == [201] * 5 + [500, 409]
    assert len(await tallies(bench)) == 5


async def test_who_waits_for_a_commit_is_called_after_it_and_never_when_it_fails(bench: Bench) -> None:
    called, database = [], bench.running["sla"].database
    async with database.transaction() as tx:
        tx.after_commit(lambda: called.append("done"))
        assert called == []
    assert called == ["done"]

    async def fails() -> None:
        async with database.transaction() as tx:
            tx.after_commit(lambda: called.append("never"))
            await tx.sql("SELECT 1 / 0")

    with pytest.raises(asyncpg.PostgresError):
        await fails()
    assert called == ["done"]


async def test_a_missing_field_is_named(bench: Bench) -> None:
    answer = await bench.http.post("/tallies", json={})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "request_id", "problem": "This is needed."}]


async def test_a_body_that_is_no_object_says_what_to_send(bench: Bench) -> None:
    (wrong,) = (await bench.http.post("/tallies", json=["a"])).json()["errors"]
    assert wrong == {"field": "body", "problem": "Expected names and values, in braces."}
    (wrong,) = (await bench.http.post("/tallies", content=b'{"request_id": "1"}')).json()["errors"]
    assert (wrong["field"], "Content-Type: application/json" in wrong["problem"]) == ("body", True)


async def test_what_is_no_json_is_said_to_be_none_and_where(bench: Bench) -> None:
    answer = await bench.http.post("/tallies", content=b'{"a": }', headers={"content-type": "application/json"})
    assert answer.status_code == 422
    (wrong,) = answer.json()["errors"]
    assert (wrong["field"], wrong["problem"]) == ("body", "This is not JSON: Expecting value at character 6")
    astray = await bench.http.get("/nowhere")
    assert (astray.status_code, "/docs" in astray.json()["detail"]) == (404, True)


async def test_due_work_fires_once_its_time_has_come_but_never_for_imported_history(bench: Bench) -> None:
    live, imported = uuid7(NOW), uuid7(NOW)
    await bench.feed(created(live))
    await bench.feed(created(imported), at=datetime(2017, 12, 31, tzinfo=UTC), clock="event")
    reminders = "SELECT object FROM audit"
    await bench.advance(timedelta(hours=23))
    assert await bench.rows("sla", reminders) == []
    await bench.advance(timedelta(hours=2))
    assert [r["object"] for r in await bench.rows("sla", reminders)] == [str(live)]
    assert [e.clock for e in bench.published("request.promised")].count("event") == 1
