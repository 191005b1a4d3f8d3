"""What fails is tried as long as the city says, parked with its reason, seen, and redriven."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from systems_played import Systems, deliveries, eventually, notice, sent, tell

from adapters.app import build
from adapters.domain.retries import BACKOFF
from adapters.settings import Settings
from chassis.testing import Bench


async def attempted(bench: Bench, times: int) -> Any:
    async def tried() -> object:
        found = [*await deliveries(bench, "open"), *await deliveries(bench, "parked")]
        return [one for one in found if one["attempts"] == times and one["held_until"] is None]

    (row,) = await eventually(tried, f"attempt {times}")
    return row


@pytest.mark.requirement("INT-03")
async def test_an_errand_is_tried_at_growing_pauses_and_parked_when_its_time_is_over(
    bench: Bench, systems: Systems
) -> None:
    systems.do("housing", faults={"busy": 100})
    await tell(bench, "housing", notice("housing"))
    for nth, pause in enumerate(BACKOFF[:4], 1):
        row = await attempted(bench, nth)
        assert (row["state"], row["next_attempt_at"] - bench.clock.now) == ("open", pause)
        await bench.advance(pause)
    row = await attempted(bench, 5)
    assert row["give_up_at"] - row["made_at"] == timedelta(hours=72)
    await bench.advance(timedelta(hours=72))
    row = await attempted(bench, 6)
    assert (row["state"], row["detail"]) == ("parked", "HTTP 503")
    waits = (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json()
    assert [one["kind"] for one in waits] == ["parked"]
    assert "HTTP 503" in waits[0]["detail"]
    systems.do("housing", faults={"busy": 0})
    redriven = await bench.http.post(f"/deliveries/{row['delivery_id']}/redrive", headers=bench.token("operator"))
    assert redriven.status_code == 200
    await sent(bench, 1)
    (row,) = await deliveries(bench)
    assert row["give_up_at"] - bench.clock.now == timedelta(hours=72), "a redriven errand has its whole time again"
    assert (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json() == []


@pytest.mark.requirement("INT-03", "OPS-08")
async def test_a_call_under_a_wrong_secret_is_refused_there_and_parked_here(
    bench_factory: Callable[..., Any], systems: Systems
) -> None:
    wrong = f"whsec_{base64.b64encode(b'another secret than theirs, of 32').decode()}"
    bench: Bench = await bench_factory(build, Settings, **systems.settings, adapter_secrets={"housing": wrong})
    await tell(bench, "housing", notice("housing"))
    row = await attempted(bench, 1)
    assert (row["state"], row["detail"]) == ("parked", "HTTP 401")
    assert systems.records("housing") == []
