"""The log of deliveries: by request, contact, channel, state and time, a page at a time, for staff, and noted."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from told import Inbox, closed, created, facts, profile, settled

from chassis.testing import Bench
from contracts.vocabulary import DeliveryChannel
from notify.app import build
from notify.settings import Settings

STATES = ("open", "delivered", "failed", "suppressed", "expired")


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    return await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02)


def names(found: list[dict[str, Any]]) -> list[str]:
    return [str(one["intent_id"]) for one in found]


async def asked(bench: Bench, role: str = "supervisor", **by: Any) -> list[dict[str, Any]]:
    """Read every page."""
    found: list[dict[str, Any]] = []
    path, params = "/deliveries", by or None
    while True:
        answer = await bench.http.get(path, params=params, headers=bench.token(role))
        assert answer.status_code == 200, answer.text
        assert len(answer.json()) <= int(by.get("limit", 100))
        found += answer.json()
        if "link" not in answer.headers:
            return found
        path, params = answer.headers["link"].partition(">")[0].removeprefix("<"), None


@pytest.mark.requirement("NOT-03")
async def test_messages_are_found_by_everything_that_is_asked_and_no_page_loses_or_repeats_one(
    bench: Bench, inbox: Inbox
) -> None:
    inbox.dead.add("dead@example.org")
    await bench.feed(profile())
    await bench.feed(profile(contact_ref="c2", email="dead@example.org"))
    await bench.feed(
        profile(contact_ref="c3", email=None, webhook_url="http://127.0.0.1:1/", channels=(DeliveryChannel.WEBHOOK,))
    )
    requests = [facts(f"N{n}", contact_refs=("c1", "c2", "c3")) for n in range(4)]
    for n, base in enumerate(requests):
        await bench.feed(created(base))
        await bench.feed(closed(base))
        await settled(bench, 4 * (n + 1))
        bench.clock.now += timedelta(hours=1)
    everything = await asked(bench, limit=3)
    assert len(everything) == 24
    assert len({one["intent_id"] for one in everything}) == 24
    assert names(everything) == names(await asked(bench))
    assert [one["intent_id"] for one in await asked(bench, order="newest", limit=5)] == [
        one["intent_id"] for one in reversed(everything)
    ]
    by_state = {state: len(await asked(bench, state=state, limit=3)) for state in STATES}
    assert (by_state["open"], by_state["delivered"], by_state["expired"]) == (8, 8, 0)
    assert by_state["failed"] + by_state["suppressed"] == 8, "an address that is dead is not tried again"
    assert by_state["failed"]
    assert {one["contact_ref"] for one in await asked(bench, contact="c2", limit=2)} == {"c2"}
    assert len(await asked(bench, channel="webhook")) == 8
    since, until = everything[6]["made_at"], everything[12]["made_at"]
    assert len(await asked(bench, since=since, until=until)) == 6
    mine = await asked(bench, "agent", request_id=str(requests[0]["request_id"]), state="delivered")
    assert {one["moment"] for one in mine} == {"received", "closed"}
    assert "@" not in str(everything)


async def test_agents_look_up_a_person_and_only_supervisors_the_whole_and_each_look_is_noted(bench: Bench) -> None:
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await settled(bench, 1)
    for role, params, status in (
        (None, {"contact": "c1"}, 403), ("agency", {"contact": "c1"}, 403), ("agent", {}, 403),
        ("agent", {"contact": "c1"}, 200), ("supervisor", {}, 200),
        ("supervisor", {"cursor": "nonsense"}, 422), ("supervisor", {"since": "yesterday"}, 422),
        ("supervisor", {"limit": 501}, 422), ("supervisor", {"state": "lost"}, 422),
    ):  # fmt: skip
        headers = bench.token(role) if role else {}
        assert (await bench.http.get("/deliveries", params=params, headers=headers)).status_code == status, params
    noted = await bench.rows("notify", "SELECT role, action, object FROM audit ORDER BY role")
    assert [tuple(row.values()) for row in noted] == [
        ("agent", "deliveries.read", "c1"), ("supervisor", "deliveries.read", "all"),
    ]  # fmt: skip


async def test_each_way_of_asking_goes_by_keys_however_long_the_log_is(bench: Bench) -> None:
    await bench.feed(profile())
    async with bench.running["notify"].database.transaction() as tx:
        await tx.sql(
            "INSERT INTO settled_intent SELECT gen_random_uuid(), gen_random_uuid(), 1, n, 'c' || n % 20000, 'email',"
            " 'closed', 'closed:' || n, $1::timestamptz + n * interval '1 s', $1::timestamptz + n * interval '1 s', 1,"
            " CASE WHEN n % 1000 = 0 THEN 'failed' ELSE 'delivered' END, NULL, $1::timestamptz"
            " FROM generate_series(1, 200000) AS n",
            bench.clock.now,
        )
        await tx.sql("ANALYZE settled_intent")
    for by in ({}, {"contact": "c7"}, {"state": "failed"}, {"since": "2026-03-03T00:00:00+00:00"}, {"order": "newest"}):
        before = await read(bench)
        answer = await bench.http.get("/deliveries", params={**by, "limit": 50}, headers=bench.token("supervisor"))
        assert len(answer.json()) >= 10
        assert await read(bench) - before < 2000, f"{by} reads the whole log"


async def read(bench: Bench) -> int:
    """Count rows that were read of the log."""
    text = (
        "SELECT pg_stat_force_next_flush(), seq_tup_read + coalesce(idx_tup_fetch, 0) AS n FROM pg_stat_user_tables"
        " WHERE relname = 'settled_intent'"
    )
    await bench.rows("notify", text)
    return int((await bench.rows("notify", text))[0]["n"])
