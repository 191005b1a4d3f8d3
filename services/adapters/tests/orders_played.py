"""Maintenance orders of a made-up SAP, and what is reported because of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from systems_played import Systems, eventually

from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.topics import outbox

AGENCY = "engineering"
START, LATER = "2026-03-12T16:00:00+00:00", "2026-03-19T16:00:00+00:00"
RELEASED, STARTED, DONE, CALLED_OFF = "REL  MANC NMAT PRC", "REL  PCNF MANC PRC", "TECO CNF  MANC PRC SETC", "DLFL MANC"


def put(systems: Systems, number: str, status: str, *notifications: str, **more: Any) -> None:
    """Make or change an order."""
    told = {"status": status, "start": START, "end": LATER, **more}
    systems.do(AGENCY, orders={number: told | ({"notifications": notifications} if notifications else {})})


def reports(bench: Bench, nth: int | None = None) -> list[AgencyReport]:
    """List what was reported, of all requests or of one, but for the first acceptance."""
    found = bench.events(outbox(AGENCY), AgencyReport)
    return [one for one in found if one.kind != "accepted" and (nth is None or one.request_id == UUID(int=nth))]


async def reported(bench: Bench, *kinds: str, nth: int | None = None) -> list[AgencyReport]:
    """Wait until exactly these steps were reported."""

    async def told() -> object:
        return [one.kind for one in reports(bench, nth)] == list(kinds)

    await eventually(told, f"{kinds}, not {[one.kind for one in reports(bench, nth)]}")
    return reports(bench, nth)


async def shown(bench: Bench) -> dict[str, list[dict[str, Any]]]:
    """Show the work orders on each handover."""
    found = await bench.http.get(f"/agencies/{AGENCY}/handovers", headers=bench.token("operator"))
    return {one["reference"]: one["work_orders"] for one in found.json()}


async def read_again(bench: Bench) -> None:
    """Wait until the system has been read twice more."""
    for _ in range(2):
        (before,) = await bench.rows("adapters", "SELECT read_at FROM watch WHERE agency = $1", AGENCY)
        bench.clock.now += timedelta(seconds=1)

        async def later(at: Any = before["read_at"]) -> object:
            (row,) = await bench.rows("adapters", "SELECT read_at FROM watch WHERE agency = $1", AGENCY)
            return row["read_at"] > at

        await eventually(later, "another reading")


async def waiting(bench: Bench, kind: str) -> dict[str, Any]:
    """Wait until something of this kind waits for a person."""

    async def waits() -> object:
        found = (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json()
        return [one for one in found if one["kind"] == kind]

    (found,) = await eventually(waits, f"an exception of kind {kind}")
    one: dict[str, Any] = found
    return one


async def resolve(bench: Bench, found: dict[str, Any], means: Any, wanted: int = 200) -> None:
    """Say what it means."""
    body = {"how": "map", "means": means, "note": "Asked."}
    path = f"/exceptions/{found['exception_id']}/resolve"
    answer = await bench.http.post(path, json=body, headers=bench.token("supervisor"))
    assert answer.status_code == wanted, answer.text
