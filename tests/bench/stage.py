"""The platform under the bench: started in a folder of its own, measured process by process, and seen to be quiet."""

import asyncio
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import psutil
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from contracts.topics import SERVICES, STAND_IN
from relay311_local import state
from relay311_local.layout import Layout, cache_folder
from relay311_local.testing import free_offset

sys.path.insert(0, str(Path(__file__).parents[1] / "journeys"))
from town import ROOT, Town

POLL_SECONDS: Final = 0.4
LOST_SECONDS: Final = 60.0
"""How long nothing may move before the wait for a closing is given up; on a busy machine a dozen seconds pass so."""
STILL_POLLS: Final = 4
MEASURED: Final = tuple(one for one in SERVICES if one != STAND_IN)
"""The services that are measured: all but adapters, which wait for other people's systems."""
DOWNSTREAM: Final = ("routing", "sla", "notify", "survey", "kb", "agencies")
_MIB: Final = 1024 * 1024
_COUNTS: Final = "SELECT coalesce(sum(next), 0)::bigint + (SELECT count(*) FROM outbox) FROM consumer_offset"
_AT_DESK: Final = "SELECT count(*) FROM triage WHERE outcome IS NULL"
_OPEN: Final = "SELECT count(*) FROM intent WHERE settled_at IS NULL AND next_attempt_at < now()"

Say = Callable[[int], None]


def _silent(_count: int) -> None:
    pass


@contextmanager
def platform(folder: Path, *, parts: Sequence[str] = (), delivery: str = "null") -> Iterator[Town]:
    """Start the platform with agencies that do not wait; stop it at the end.

    `parts` are the services to run, and `agencies`; without any it is all of them but `adapters`: every agency is then
    reached over Kafka, as fast as it can be. What an earlier platform left in
    the folder is taken up again. `delivery` is `null` (a sink) or `live` (SMTP).
    """
    with free_offset(int(os.environ.get("RELAY311_PORT_OFFSET", "7000"))) as offset:
        yield from _platform(folder, offset, parts, delivery)


def _platform(folder: Path, offset: int, parts: Sequence[str], delivery: str) -> Iterator[Town]:
    place = Layout(ROOT, folder / "run", cache_folder(), offset)
    known = {"ROOT": ROOT, "RUN": place.run, "CACHE": place.cache, "PORT_OFFSET": offset}
    parts = parts or (*MEASURED, "agencies")
    fast = {"CITY": ROOT / "cities" / "los-angeles", "SIM_DELAY": 0, "DELIVERY": delivery, "PARTS": ",".join(parts)}
    town = Town(place, {f"RELAY311_{name}": str(value) for name, value in (known | fast).items()})
    try:
        town.command("-m", "relay311_local", "up", "--no-sample", seconds=400)
        yield town
    finally:
        town.command("-m", "relay311_local", "down")


# --- what it costs ---------------------------------------------------------------------------------------------


def cpu_seconds(town: Town) -> dict[str, float]:
    """CPU seconds so far, by process; servers count with the processes they start."""
    return {name: _spent(process, servers=name in {"postgres", "kafka"}) for name, process in _processes(town)}


def peak_rss(town: Town) -> dict[str, int]:
    """Peak memory in MiB, by service."""
    status = {entry.name: Path(f"/proc/{entry.pid}/status") for entry in _entries(town) if entry.name in SERVICES}
    return {name: _peak(path.read_text()) for name, path in status.items()}


def _peak(text: str) -> int:
    line = next(line for line in text.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 // _MIB


async def idle(town: Town, seconds: float) -> dict[str, Any]:
    """Measure what a platform costs to which nothing happens, in percent of one core."""
    before, started = cpu_seconds(town), time.monotonic()
    await asyncio.sleep(seconds)
    passed = time.monotonic() - started
    spent = {name: value / passed * 100 for name, value in difference(cpu_seconds(town), before).items()}
    of_services = sum(spent.get(name, 0.0) for name in SERVICES)
    return {
        "seconds": round(passed, 1),
        "services": round(of_services, 2),
        "all": round(sum(spent.values()), 2),
        "by_process": {name: round(value, 2) for name, value in spent.items()},
    }


def _processes(town: Town) -> Iterator[tuple[str, psutil.Process]]:
    yield from ((entry.name, psutil.Process(entry.pid)) for entry in _entries(town))


def _entries(town: Town) -> list[state.Entry]:
    snapshot = state.load(town.place.run)
    assert snapshot is not None
    return [entry for entry in snapshot.entries if entry.pid is not None]


def _spent(process: psutil.Process, *, servers: bool) -> float:
    times = process.cpu_times()
    own = float(times.user + times.system)
    if not servers:
        return own
    return own + float(times.children_user + times.children_system) + sum(_below(process).values())


def _below(process: psutil.Process) -> dict[str, float]:
    """CPU seconds of a server's own processes; of PostgreSQL's by the database they work for, or by what they are."""
    spent: dict[str, float] = defaultdict(float)
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # one that ends meanwhile is counted by its parent
            times, words = child.cpu_times(), (" ".join(child.cmdline()) or f"postgres: {child.name()}").split()
            if len(words) > 1:
                spent[words[2 if words[1] in SERVICES else 1]] += times.user + times.system
    return spent


def postgres_seconds(town: Town) -> dict[str, float]:
    """CPU seconds so far of PostgreSQL's processes, by database or task."""
    return _below(next(process for name, process in _processes(town) if name == "postgres"))


# --- what it does ----------------------------------------------------------------------------------------------


def logged(town: Town, only: Sequence[str] = ()) -> int:
    """Count how many records the log holds, or some of its topics do."""
    admin = AdminClient(town.kafka())
    known = admin.list_topics(timeout=15).topics
    ends = {
        TopicPartition(name, part): OffsetSpec.latest()
        for name, topic in known.items()
        if (name in only if only else not name.startswith("_"))
        for part in topic.partitions
    }
    return sum(max(0, future.result().offset) for future in admin.list_offsets(ends).values())


@contextmanager
def frozen(town: Town, names: Sequence[str] = DOWNSTREAM) -> Iterator[None]:
    """Hold processes still; for less than a consumer's session lasts."""
    pids = [entry.pid for entry in _entries(town) if entry.name in names and entry.pid is not None]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@dataclass(frozen=True)
class Eyes:
    """One administrator's connection to each service's database."""

    town: Town
    by_service: Mapping[str, asyncpg.Connection]

    async def closed(self) -> int:
        """Count how many closings were published; asking the broker costs the same however many are stored."""
        return await asyncio.to_thread(logged, self.town, ("request.closed",))

    async def consumed(self) -> int:
        """Count how many records the services have taken, and how many wait to leave."""
        return sum([int(await connection.fetchval(_COUNTS)) for connection in self.by_service.values()])

    async def at_desk(self) -> int:
        """Count the requests that wait for a person at the triage desk."""
        return int(await self.by_service["routing"].fetchval(_AT_DESK))

    async def quiet(self, wanted: int, seconds: float, say: Say = _silent) -> tuple[float, int]:
        """Wait until as many requests are closed and nothing moves; returns the moment it became so, and how many are.

        Those waiting at the triage desk, where nobody decides here, are counted as closed for the wait alone. `say` is
        told now and then how many records the services have taken.
        """
        still, since, seen, end = 0, time.monotonic(), -1, time.monotonic() + seconds
        while still < STILL_POLLS and time.monotonic() < end:
            say(count := await self.consumed())
            moved = count != seen or bool(await self.by_service["notify"].fetchval(_OPEN))
            if moved:
                still, since, seen = 0, time.monotonic(), count
            else:
                enough = wanted == 0 or await self.closed() + await self.at_desk() >= wanted
                still += 1 if enough else 0
                end = min(end, since + LOST_SECONDS)
            await asyncio.sleep(POLL_SECONDS)
        return since, await self.closed()


async def open_eyes(town: Town) -> Eyes:
    """Connect to every service's database as the administrator."""
    urls = {name: admin_url(town, name) for name in MEASURED}
    return Eyes(town, {name: await asyncpg.connect(url) for name, url in urls.items()})


def admin_url(town: Town, database: str) -> str:
    """Tell how the administrator reaches a database."""
    url = town.place.postgres_url(town.secrets["postgres_admin"])
    return f"{url.rpartition('/')[0]}/{database}"


def difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """Subtract what was spent before, process by process; a process that came in between counts whole."""
    return {name: value - before.get(name, 0.0) for name, value in after.items()}


def bulk_headers(town: Town) -> dict[str, Any]:
    """Sign a loader in."""
    return {"Authorization": f"Bearer {town.token('system')}", "Content-Type": "application/x-ndjson"}
