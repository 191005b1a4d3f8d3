"""One storm: a platform of its own, load and faults let loose on it, quiet waited for, evidence gathered."""

import asyncio
import math
import os
import random
import re
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import httpx2
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from town import ROOT, Town

from faults import brokers
from faults.case import Case
from faults.evidence import Observer
from faults.kills import FAILPOINTS
from faults.ledger import Ledger
from faults.load import Load
from faults.nemesis import Nemesis
from faults.played import PARTS
from faults.proxy import Doors
from faults.rebuilding import rebuilt_equals_live
from faults.scene import Focus, Scene
from faults.targets import Targets
from faults.writer import Writer
from relay311_local.layout import Layout, cache_folder
from relay311_local.ports import free_port
from relay311_local.testing import free_offset

_EVERYWHERE: Final = Focus()
_UNQUIET: Final = (OSError, KafkaException, KafkaError, httpx2.HTTPError, asyncpg.PostgresError, KeyError)


@dataclass(frozen=True)
class Stage:
    """A platform of one's own, with doors before its servers and webhook targets beside it."""

    town: Town
    doors: Doors
    targets: Targets
    folder: Path


@contextmanager
def own_stage(folder: Path, nodes: int = 1) -> Iterator[Stage]:
    """Start a platform of one's own with so many brokers, and stop it at the end."""
    with ExitStack() as stack:
        offset, behind = stack.enter_context(free_offset()), free_port()
        place = Layout(ROOT, folder / "run", cache_folder(), offset, nodes)
        doors = stack.enter_context(Doors(place.port("postgres"), behind).opened())
        targets = stack.enter_context(Targets().opened())
        town = Town(place, _environment(place, doors, behind, _busy_city(folder / "city")))
        town.command("-m", "relay311_local", "up", "--no-sample", seconds=400)
        try:
            yield Stage(town, doors, targets, folder)
        finally:
            town.command("-m", "relay311_local", "down")


def _environment(place: Layout, doors: Doors, behind: int, city: Path) -> dict[str, str]:
    return {
        "RELAY311_ROOT": str(ROOT),
        "RELAY311_RUN": str(place.run),
        "RELAY311_CACHE": str(place.cache),
        "RELAY311_CITY": str(city),
        "RELAY311_PORT_OFFSET": str(place.offset),
        "RELAY311_BROKERS": str(place.brokers),
        "RELAY311_SIM_DELAY": "0.05",
        "RELAY311_PARTS": PARTS,
        "RELAY311_FAILPOINTS": str(place.run / FAILPOINTS),
        "RELAY311_POSTGRES_DOOR": str(doors.postgres.port),
        "RELAY311_KAFKA_DOOR": f"{doors.kafka.port}:{behind}",
    }


def _busy_city(folder: Path) -> Path:
    """Copy the city, but ask residents seconds after a closing instead of days, so that timers have work.

    Nobody is there to look at finished work, so no service asks for it.
    """
    shutil.copytree(ROOT / "cities" / os.environ.get("RELAY311_CITY", "los-angeles"), folder)
    for services in (folder / "services.yaml", *(folder / "services").glob("*.yaml")):
        services.write_text(re.sub(r"delay_hours: \d+", "delay_hours: 0.0005", services.read_text("utf-8")), "utf-8")
    steps = folder / "steps.yaml"
    steps.write_text(re.sub(r"(?m)^verifications:\n(?:  - .*\n)+", "", steps.read_text("utf-8")), "utf-8")
    return folder


async def storm(
    stage: Stage,
    seed: int,
    seconds: float,
    without: Collection[str] = (),
    only: Collection[str] = (),
    rebuild: Collection[str] = (),
    focus: Focus = _EVERYWHERE,
) -> tuple[Case, Writer]:
    """Let load and faults loose, wait for quiet, gather the evidence, and rebuild services from the log alone."""
    town, ledger = stage.town, Ledger(stage.folder / "ledger.jsonl")
    writer, stop = Writer(town, seed), asyncio.Event()
    scene = Scene(town, writer, stage.doors, stage.targets, random.Random(f"nemesis-{seed}"), focus=focus)
    nemesis = Nemesis(scene, without, only, brokers.KINDS if town.place.brokers > 1 else {})
    load = asyncio.create_task(Load(town, ledger, writer, stage.targets, seed).run(stop))
    try:
        await asyncio.sleep(3)
        await nemesis.run(seconds - 3)
        await asyncio.sleep(2)
    finally:
        stop.set()
        await load
    print(f"{time.strftime('%H:%M:%S')} the load is over: {len(ledger.operations)} operations; waiting for quiet")
    observer = Observer(town, stage.targets)
    unrest = await _quiet(town, observer, seed, focus)
    ledger.close()
    evidence = await observer.gather()
    rebuilds = {service: await asyncio.to_thread(rebuilt_equals_live, town, service) for service in rebuild}
    return Case(ledger, evidence, town.topics, nemesis.faults, unrest, rebuilds), writer


async def _quiet(town: Town, observer: Observer, seed: int, focus: Focus) -> dict[str, int]:
    """Wait until nothing is under way twice in a row, or nothing gets less any more; returns what still is."""
    begin, calm, unrest, least = time.monotonic(), 0, {"never seen": 1}, math.inf
    moved, chance = begin, random.Random(f"desk-{seed}")
    while calm < 2 and time.monotonic() < min(moved + focus.quiet_seconds, begin + focus.longest_seconds):
        try:
            await asyncio.to_thread(_sit_at_the_desk, town, chance)
            unrest = await observer.unrest()
            if sum(unrest.values()) < least:
                least, moved = sum(unrest.values()), time.monotonic()
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
