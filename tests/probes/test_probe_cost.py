"""Probe (e): ten thousand lives through six bare services print what a life costs in CPU-ms, process by process."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import psutil
import pytest

from chassis import migrations
from relay311_local.testing import KafkaServer, PostgresServer

sys.path.insert(0, str(Path(__file__).parent))
import bare_parts

LIVES = 10_000
RETHINK_ABOVE = 1.2
EVENTS = {"intake": 7, "routing": 2, "sla": 3, "notify": 5, "survey": 1, "kb": 1}


@pytest.fixture
def databases(postgres: PostgresServer) -> Iterator[dict[str, str]]:
    with ExitStack() as stack:
        made = {}
        for name in EVENTS:
            made[name] = postgres.create_database()
            stack.callback(postgres.drop_database, made[name])
        yield made


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_what_a_life_costs(
    city_log: KafkaServer, databases: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for url in databases.values():
        await migrations.migrate(url, "tally", bare_parts.tally.Base.metadata)
    go = tmp_path / "go"
    children = {
        name: subprocess.Popen(
            [sys.executable, bare_parts.__file__, name, url, city_log.bootstrap, str(LIVES), str(go)],
            stdout=subprocess.DEVNULL,
        )
        for name, url in databases.items()
    }
    try:
        await asyncio.gather(*(up(url) for url in databases.values()))
        before = measured(children)
        go.touch()
        started = time.perf_counter()
        await asyncio.gather(*(reached(url, LIVES * EVENTS[name]) for name, url in databases.items()))
        seconds = time.perf_counter() - started
        spent = {name: value - before[name] for name, value in measured(children).items()}
    finally:
        for child in children.values():
            child.kill()
            child.wait()
    per_life = {name: round(value / LIVES * 1000, 3) for name, value in spent.items()}
    total = round(sum(spent.values()) / LIVES * 1000, 3)
    with capsys.disabled():
        print(f"\n  {LIVES} lives in {seconds:.1f} s; CPU-ms a life: {total} {per_life}")
    assert total < RETHINK_ABOVE * 2, "a life costs far more than its floor: rethink before adding depth"


async def up(url: str) -> None:
    """Wait until a service has connected, and for its consumer to settle."""
    connection = await asyncpg.connect(url)
    async with asyncio.timeout(90):
        while not await connection.fetchval("SELECT count(*) FROM platform"):
            await asyncio.sleep(0.2)
    await connection.close()
    await asyncio.sleep(3)


def measured(children: Mapping[str, subprocess.Popen[bytes]]) -> dict[str, float]:
    """CPU seconds so far, by process."""
    return {name: cpu(psutil.Process(child.pid)) for name, child in children.items()} | servers()


async def reached(url: str, events: int) -> None:
    connection = await asyncpg.connect(url)
    async with asyncio.timeout(180):
        while (await connection.fetchval("SELECT coalesce(sum(applied), 0) FROM tally")) < events:
            await asyncio.sleep(0.5)
    await connection.close()


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def servers() -> dict[str, float]:
    """Measure the broker and the database among this process's own children."""
    found: dict[str, float] = {}
    for process in psutil.Process().children(recursive=True):
        try:
            name = {"java": "broker", "postgres": "postgres"}.get(process.name())
            if name:
                own = process.cpu_times()
                found[name] = found.get(name, 0.0) + own.user + own.system
        except psutil.NoSuchProcess:
            continue
    return found
