"""Stored requests are copies of lives that were led: as many in each service as in intake, tied together alike."""

from typing import Any

import asyncpg
import stored

import intake.app
import intake.settings
import notify.app
import notify.settings
import routing.app
import routing.settings
import sla.app
import sla.settings

FOUR = [(service.app.build, service.settings.Settings) for service in (intake, routing, sla, notify)]
REPORT = {
    "service_code": "single-streetlight-issue",
    "description": "The light in front of my house has been out for a week.",
    "place": {"address": "500 W Example Street", "latitude": 34.05, "longitude": -118.25},
    "reporter": {"email": "ana@example.org", "language": "es"},
    "channel": "web",
}


async def test_every_service_gets_as_many_copies_under_the_same_ids(bench_factory: Any) -> None:
    city = await bench_factory(FOUR, delivery="null")
    for number in range(3):
        report = REPORT | {"reporter": {"email": f"ana-{number}@example.org"}}
        answer = await city.http.post("/requests", json=report, headers={"Idempotency-Key": f"one-{number}"})
        assert answer.status_code == 201
    await city.quiet()
    databases = {name: await asyncpg.connect(city.running[name].database.url) for name in city.running}
    said: list[str] = []
    store = stored.Store(databases, said.append)
    await store.take_templates()
    assert await store.fill(30) == 30
    assert await store.fill(32) == 33
    known = {name: await _ids(databases[name], table) for name, table in TABLES.items()}
    assert len(known["intake"]) == 33
    assert all(ids == known["intake"] for ids in known.values())
    for connection in databases.values():
        await connection.close()


TABLES = {"intake": "request", "routing": "assignment", "sla": "clock", "notify": "request"}


async def _ids(connection: asyncpg.Connection, table: str) -> set[str]:
    return {str(row[0]) for row in await connection.fetch(f"SELECT DISTINCT request_id FROM {table}")}
