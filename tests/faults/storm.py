"""One storm: a platform of its own, load and faults let loose on it, quiet waited for, evidence gathered."""

import asyncio
import os
import random
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import httpx2
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from town import ROOT, Town

from faults.case import Case
from faults.evidence import Observer
from faults.ledger import Ledger
from faults.load import Load
from faults.nemesis import Nemesis
from faults.writer import Writer
from relay311_local.layout import PORTS, Layout, cache_folder
from relay311_local.processes import is_open

QUIET_SECONDS: Final = 120.0
_UNQUIET: Final = (OSError, KafkaException, KafkaError, httpx2.HTTPError, asyncpg.PostgresError, KeyError)


@contextmanager
def own_town(folder: Path) -> Iterator[Town]:
    """Start a platform of one's own, and stop it at the end."""
    offset = next(n for n in range(5_000, 44_000, 100) if not any(is_open(port + n) for port in PORTS.values()))
    place = Layout(ROOT, folder / "run", cache_folder(), offset)
    town = Town(
        place,
        {
            "RELAY311_ROOT": str(ROOT),
            "RELAY311_RUN": str(place.run),
            "RELAY311_CACHE": str(place.cache),
            "RELAY311_CITY": str(ROOT / "cities" / os.environ.get("RELAY311_CITY", "los-angeles")),
            "RELAY311_PORT_OFFSET": str(offset),
            "RELAY311_SIM_DELAY": "0.05",
        },
    )
    town.command("-m", "relay311_local", "up", "--no-sample", seconds=400)
    try:
        yield town
    finally:
        town.command("-m", "relay311_local", "down")


async def storm(
    town: Town, folder: Path, seed: int, seconds: float, without: Collection[str] = ()
) -> tuple[Case, Writer]:
    """Let load and faults loose, wait for quiet, and gather the evidence."""
    ledger, writer = Ledger(folder / "ledger.jsonl"), Writer(town, seed)
    nemesis, stop = Nemesis(town, writer, seed, without), asyncio.Event()
    load = asyncio.create_task(Load(town, ledger, writer, seed).run(stop))
    try:
        await asyncio.sleep(3)
        await nemesis.run(seconds - 3)
        await asyncio.sleep(2)
    finally:
        stop.set()
        await load
    print(f"{time.strftime('%H:%M:%S')} the load is over: {len(ledger.operations)} operations; waiting for quiet")
    observer = Observer(town)
    unrest = await _quiet(town, observer, seed)
    ledger.close()
    evidence = await observer.gather()
    return Case(ledger, evidence, town.topics, nemesis.faults, unrest), writer


async def _quiet(town: Town, observer: Observer, seed: int) -> dict[str, int]:
    """Wait until nothing is under way twice in a row; returns what still is when the time is over."""
    end, calm, unrest = time.monotonic() + QUIET_SECONDS, 0, {"never seen": 1}
    chance = random.Random(f"desk-{seed}")
    while calm < 2 and time.monotonic() < end:
        try:
            await asyncio.to_thread(_sit_at_the_desk, town, chance)
            unrest = await observer.unrest()
        except _UNQUIET as error:
            unrest = {type(error).__name__: 1}
        calm = 0 if unrest else calm + 1
        await asyncio.sleep(1)
    return unrest


def _sit_at_the_desk(town: Town, chance: random.Random) -> None:
    """Send on what waits for a person, as the triage desk does."""
    waiting = town.ask("GET", town.url("routing", "/triage"), role="agent").json()["requests"]
    for one in waiting:
        agency = chance.choice(town.city.working_agencies).slug
        body = {"agency": agency, "reason": "It belongs there."}
        town.ask("POST", town.url("routing", f"/triage/{one['request_id']}/resolve"), role="agent", json=body)
