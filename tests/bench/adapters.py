"""What stand-ins for agencies' systems take: updates out and in a second, and CPU-ms of each, one kind after another.

Everything is real: the broker, PostgreSQL, and a made-up system of each kind in a process of its own. Out, a pile of
assignments waits in the agency's inbox; in, every record of its system moves at once, and moves on to done.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx2
from confluent_kafka import Producer

sys.path.insert(0, str(Path(__file__).parent))
import figures
from stage import Town, admin_url, cpu_seconds, difference, logged, peak_rss, platform

from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.routing import AgencyNotice
from contracts.topics import inbox, outbox
from relay311_local.testing import open_folder

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))
from town import ROOT, _encoded

SERVICES: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "housing": ("tenant-housing-complaint", {"conditions": ["mold"]}),
    "water-and-power": ("utility-outage", {"utility": "power"}),
    "engineering": ("sidewalk-repair", {"damage": "access"}),
    "fire": ("fire-safety", {"hazard": "hydrant"}),
}
"""A service of each agency that has an adapter, and answers to its questions."""
OURS: Final = ("adapters", "postgres", "kafka")
LONGEST: Final = 240.0
WARM: Final = 20
STILL_SECONDS: Final = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-adapters", description=__doc__)
    parser.add_argument("--count", type=int, default=500, help="how many requests each system gets (default: 500)")
    options = parser.parse_args()
    busy = figures.machine()["load_before"]
    with open_folder() as folder, platform(folder, parts=("adapters",)) as town, systems(town):
        kinds = {town.city.adapters[agency].kind: agency for agency in SERVICES}
        found = {kind: asyncio.run(measure(town, kind, agency, options.count)) for kind, agency in kinds.items()}
        memory = peak_rss(town)["adapters"]
    print(json.dumps({"run": "bench-adapters", "requests": options.count, "kinds": found, "rss_mb": memory,
                      "load_before": busy}))  # fmt: skip


@contextmanager
def systems(town: Town) -> Iterator[None]:
    """Run the made-up systems, in which nothing happens that is not asked for."""
    folder = town.place.run / "adapters"
    known = {"RELAY311_CITY": str(ROOT / "cities/los-angeles"), "RELAY311_RUN": str(town.place.run),
             "RELAY311_SYSTEMS_PORT": str(town.place.port("systems")), "RELAY311_SYSTEMS_FOLDER": str(folder),
             "RELAY311_SYSTEMS_REPORT_TO": town.url("adapters"), "RELAY311_SIM_DELAY": "none"}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "relay311_drivers.systems"], env={**os.environ, **known}, cwd=ROOT
    )
    try:
        _until(lambda: _answers(town.url("systems", "/control/fire")), "the made-up systems")
        yield
    finally:
        process.terminate()
        process.wait(10)


async def measure(town: Town, kind: str, agency: str, count: int) -> dict[str, Any]:
    """Measure one kind of system."""
    database = await asyncpg.connect(admin_url(town, "adapters"))
    try:
        await out(town, database, agency, WARM)
        await back(town, agency, WARM)
        sent, taken = await out(town, database, agency, count), await back(town, agency, count)
    finally:
        await database.close()
    print(f"{kind}: out {sent}, in {taken}", flush=True)
    return {"out": sent, "in": taken}


async def out(town: Town, database: asyncpg.Connection, agency: str, count: int) -> dict[str, float]:
    """Let assignments pile up in an inbox at once; measure until each is in the agency's system."""
    before = await _sent(database, agency)
    spent, started = cpu_seconds(town), time.monotonic()
    producer = Producer(town.kafka("routing") | {"partitioner": "murmur2_random"})
    for number in range(count):
        told = _notice(agency, number)
        producer.produce(inbox(agency), _encoded(told, "routing", None), str(told.request_id))
    assert producer.flush(30) == 0
    while await _sent(database, agency) < before + count:
        assert time.monotonic() - started < LONGEST, (
            f"{agency}: {await _sent(database, agency) - before} of {count} out"
        )
        await asyncio.sleep(0.05)
    return _rate(town, spent, started, count)


async def back(town: Town, agency: str, count: int) -> dict[str, float]:
    """Let the last records of a system move to done; measure until every report is on the agency's outbox."""
    await _still(town, agency)
    books = httpx2.get(town.url("systems", f"/control/{agency}"), timeout=60).json()
    change = {one["number"]: {"stage": "done", "job": f"J{one['number']}", "ended": True} for one in books[-count:]}
    before, spent, started = logged(town, (outbox(agency),)), cpu_seconds(town), time.monotonic()
    asked = await asyncio.to_thread(
        httpx2.post, town.url("systems", f"/control/{agency}"), json={"change": change}, timeout=LONGEST
    )
    asked.raise_for_status()
    while (found := logged(town, (outbox(agency),)) - before) < count:
        assert time.monotonic() - started < LONGEST, f"{agency}: {found} of {count} in"
        await asyncio.sleep(0.05)
    return _rate(town, spent, started, count)


async def _still(town: Town, agency: str) -> None:
    """Wait until nothing more is reported of what went out: two looks at a system, two seconds apart, found nothing."""
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < STILL_SECONDS:
        if (found := logged(town, (outbox(agency),))) != seen:
            seen, since = found, time.monotonic()
        await asyncio.sleep(0.2)


def _rate(town: Town, before: Mapping[str, float], started: float, count: int) -> dict[str, float]:
    seconds, spent = time.monotonic() - started, difference(cpu_seconds(town), before)
    ours = sum(spent.get(name, 0.0) for name in OURS)
    own = spent.get("adapters", 0.0)
    return {
        "per_second": round(count / seconds, 1),
        "cpu_ms": round(ours / count * 1000, 2),
        "cpu_ms_adapters": round(own / count * 1000, 2),
        "seconds": round(seconds, 2),
    }


async def _sent(database: asyncpg.Connection, agency: str) -> int:
    asked = "SELECT count(*) FROM delivery WHERE agency = $1 AND state = 'sent'"
    return int(await database.fetchval(asked, agency))


def _notice(agency: str, number: int) -> AgencyNotice:
    request_id, (service, attributes) = uuid4(), SERVICES[agency]
    about = RequestFacts(
        tracking_number=f"B-{request_id.hex[:10]}", service_code=service, opened_at="2026-03-02T08:00:00Z"
    )
    return AgencyNotice(
        request_id=request_id, notice_id=f"{request_id}-1", sequence=1, kind="assigned", about=about,
        assignment_id=uuid4(),
        queue="desk", description=f"Number {number} of a pile.", attributes=attributes,
        place=Place(address="100 W 1st St", latitude=34.0522, longitude=-118.2437),
    )  # fmt: skip


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url).is_success
    except httpx2.HTTPError:
        return False


def _until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, f"{what} did not come up"
        time.sleep(0.1)


if __name__ == "__main__":
    main()
