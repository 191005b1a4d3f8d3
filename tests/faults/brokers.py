"""Faults of a cluster of three brokers, none of which may cost an accept: brokers killed, wiped and restarted."""

import asyncio
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, TopicMetadata

from faults.scene import Fault, Make, Scene, happens

HOT: Final = "request.created"
"""The topic whose leaders are killed: every report passes it."""
HARMLESS: Final = ("poison", "wrong_key", "unknown_field", "duplicates", "refuse_mail", "webhook_error")
"""Kinds that strike beside these: they leave the services and PostgreSQL alone, so that no accept has an excuse."""
_WHOLE_SECONDS: Final = 300.0
"""A broker that comes back reads its log first: seconds on a free machine, minutes on one that is busy."""
_MOVED_SECONDS: Final = 60.0
_QUORUM: Final = "data/__cluster_metadata-0/quorum-state"
_IDENTITY: Final = "data/meta.properties"


async def kill_leader(scene: Scene) -> Fault:
    """Kill the broker that leads a partition of the hot topic; another has to lead it."""
    await whole(scene)
    part = scene.chance.randrange(len(_topics(scene)[HOT].partitions))
    led = _leader(scene, part)
    return await _kill(scene, "kill_leader", _name(scene, led), lambda: _leader(scene, part) not in {led, -1})


async def kill_controller(scene: Scene) -> Fault:
    """Kill the broker whose controller is the active one; the others have to elect another."""
    await whole(scene)
    epoch, active = _quorum(scene)
    return await _kill(scene, "kill_controller", _name(scene, active), lambda: _quorum(scene)[0] > epoch)


async def wipe_broker(scene: Scene) -> Fault:
    """Stop a broker, remove all it had, and start it again: it has to fetch everything from the others."""
    await whole(scene)
    name = scene.chance.choice(scene.town.place.kafkas)
    folder, fault = scene.town.place.run / name, Fault("wipe_broker", name)
    before = (folder / _IDENTITY).read_text("utf-8")
    await _command(scene, "stop", name)
    fault.healed = time.time()  # the others are enough
    shutil.rmtree(folder / "data")
    await _command(scene, "start", name)
    await whole(scene)
    fault.fired = (folder / _IDENTITY).read_text("utf-8") != before
    return fault


async def rolling_restart(scene: Scene) -> Fault:
    """Stop and start every broker, one after the other, as an upgrade does."""
    fault, before = Fault("rolling_restart", "all"), _pids(scene)
    fault.healed = fault.began
    for name in scene.town.place.kafkas:
        await whole(scene)
        await _command(scene, "stop", name)
        await _command(scene, "start", name)
    await whole(scene)
    fault.fired = not set(before) & set(_pids(scene))
    return fault


async def whole(scene: Scene) -> None:
    """Wait until every partition has all its copies in step: only then may a broker be lost."""
    if not await happens(lambda: _in_step(scene), _WHOLE_SECONDS):
        raise TimeoutError(f"not every copy was in step within {_WHOLE_SECONDS:.0f} s")


async def _kill(scene: Scene, kind: str, name: str, moved: Callable[[], bool]) -> Fault:
    pid = await scene.ready(name)
    fault = Fault(kind, name)
    os.kill(pid, signal.SIGKILL)
    fault.healed = time.time()
    fault.fired = await happens(moved, _MOVED_SECONDS)
    await whole(scene)
    return fault


async def _command(scene: Scene, do: str, name: str) -> None:
    await asyncio.to_thread(partial(scene.town.command, "-m", "relay311_local", do, name, seconds=_WHOLE_SECONDS))


def _name(scene: Scene, node: int) -> str:
    return scene.town.place.kafkas[node - 1]


def _pids(scene: Scene) -> list[int | None]:
    return [scene.town.process(name).pid for name in scene.town.place.kafkas]


def _topics(scene: Scene) -> Mapping[str, TopicMetadata]:
    try:
        found: Mapping[str, TopicMetadata] = AdminClient(scene.town.kafka()).list_topics(timeout=2).topics
    except KafkaException:
        return {}
    return found


def _leader(scene: Scene, part: int) -> int:
    """Tell which node leads a partition of the hot topic; -1 when none does, or nobody says."""
    topics = _topics(scene)
    return int(topics[HOT].partitions[part].leader) if HOT in topics else -1


def _in_step(scene: Scene) -> bool:
    topics, nodes = _topics(scene), len(scene.town.place.kafkas)
    return HOT in topics and all(len(p.isrs) == nodes for topic in topics.values() for p in topic.partitions.values())


def _quorum(scene: Scene) -> tuple[int, int]:
    """Read the newest election's number, and who won it, from what the controllers wrote down."""
    folder = scene.town.place.run
    states = [json.loads((folder / name / _QUORUM).read_text("utf-8")) for name in scene.town.place.kafkas]
    newest = max(states, key=lambda state: (state["leaderEpoch"], state["leaderId"]))
    return newest["leaderEpoch"], newest["leaderId"]


KINDS: Final[Mapping[str, Make]] = {
    "kill_leader": kill_leader,
    "kill_controller": kill_controller,
    "wipe_broker": wipe_broker,
    "rolling_restart": rolling_restart,
}
