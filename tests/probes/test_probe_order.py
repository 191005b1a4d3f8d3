"""Probe (a): two writers, relays and a consumer under kill -9 and SIGSTOP; order per request holds, nothing twice."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis import migrations
from contracts.event import open_envelope
from relay311_local.testing import KafkaServer, PostgresServer

sys.path.insert(0, str(Path(__file__).parent))
import order_parts

PARTS = Path(__file__).with_name("order_parts.py")
SECONDS = 16


class Crew:
    """Child processes that are respawned when they die."""

    def __init__(self, commands: dict[str, list[str]]) -> None:
        self._commands = commands
        self.children = {name: self._spawn(name) for name in commands}
        self.kills = self.freezes = 0

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, str(PARTS), *self._commands[name]], stderr=subprocess.DEVNULL)

    def hurt(self, chance: random.Random) -> None:
        name = chance.choice(sorted(self.children))
        if chance.random() < 0.75:
            self.children[name].kill()
            self.children[name].wait()
            self.children[name] = self._spawn(name)
            self.kills += 1
            return
        os.kill(self.children[name].pid, signal.SIGSTOP)
        self.freezes += 1
        time.sleep(3.5)  # longer than the leader's session may idle
        os.kill(self.children[name].pid, signal.SIGCONT)

    def end(self, prefix: str = "") -> None:
        for name, child in self.children.items():
            if name.startswith(prefix):
                child.kill()
                child.wait()


@pytest.fixture
def databases(postgres: PostgresServer) -> Iterator[tuple[str, str]]:
    urls = postgres.create_database(), postgres.create_database()
    yield urls
    for url in urls:
        postgres.drop_database(url)


@pytest.mark.slow
@pytest.mark.requirement("OPS-06", "STA-04")
async def test_order_per_request_survives_kills_and_freezes(city_log: KafkaServer, databases: tuple[str, str]) -> None:
    written, read = databases
    await prepare(written)
    await prepare(read, requests=0)
    crew = Crew(
        {
            "writer-1": ["writer", written, "1"],
            "writer-2": ["writer", written, "2"],
            "relay-1": ["relay", written, city_log.bootstrap, "1"],
            "relay-2": ["relay", written, city_log.bootstrap, "2"],
            "consumer": ["consumer", read, city_log.bootstrap],
        }
    )
    try:
        await asyncio.to_thread(rampage, crew)
        crew.end("writer")
        versions = await settled(written, read)
    finally:
        crew.end()
    assert crew.kills >= 3
    assert crew.freezes > 0
    on_log = await first_occurrences(city_log.bootstrap)
    assert {key: list(range(1, n + 1)) for key, n in versions.items() if n} == on_log


def rampage(crew: Crew) -> None:
    chance = random.Random(311)
    time.sleep(3)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        crew.hurt(chance)
        time.sleep(0.4 + chance.random())


async def prepare(url: str, requests: int = order_parts.REQUESTS) -> None:
    await migrations.migrate(url, "tally", order_parts.tally.Base.metadata)
    connection = await asyncpg.connect(url)
    await connection.execute(
        "INSERT INTO tally SELECT lpad(to_hex(n), 32, '0')::uuid, 0, 0 FROM generate_series(1, $1) n", requests
    )
    await connection.close()


async def settled(written: str, read: str) -> dict[str, int]:
    """Wait until the consumer has applied every version once; returns them."""
    source, target = await asyncpg.connect(written), await asyncpg.connect(read)
    async with asyncio.timeout(60):
        while True:
            wanted = {str(r[0]): r[1] for r in await source.fetch("SELECT request_id, sequence FROM tally")}
            found = await target.fetch("SELECT request_id, applied, sequence FROM tally")
            assert all(r["applied"] <= wanted[str(r["request_id"])] for r in found), "applied twice"
            if {str(r["request_id"]): (r["applied"], r["sequence"]) for r in found} == {
                k: (n, n) for k, n in wanted.items() if n
            }:
                break
            await asyncio.sleep(0.3)
    await source.close()
    await target.close()
    return wanted


async def first_occurrences(bootstrap: str) -> dict[str, list[int]]:
    places = [TopicPartition("request.created", p) for p in range(12)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    seen: dict[str, list[int]] = defaultdict(list)
    while any([await consumer.position(p) < ends[p] for p in places]):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            for record in records:
                sequence = int(str(open_envelope(record.value).data["sequence"]))
                if sequence not in seen[record.key.decode()]:
                    seen[record.key.decode()].append(sequence)
    await consumer.stop()
    return dict(seen)
