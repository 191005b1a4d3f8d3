"""Instances that come and go while a service is at work: each takes partitions over, and gives them back."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from faults.scene import Fault, Make, Scene, happens
from relay311_local.layout import instance

_STAY: Final = (3.0, 8.0)
_JOINED_SECONDS: Final = 30.0


async def grow(scene: Scene) -> Fault:
    """Run a second instance of a service for a while, then take it away in the midst of its work."""
    with scene.holding() as name:
        await scene.ready(name)
        fault, newcomer = Fault("grow", name), instance(name, 2)
        await _scale(scene, name, 2)
        try:
            fault.fired = await happens(partial(_has_partitions, scene, name), _JOINED_SECONDS)
            await asyncio.sleep(scene.chance.uniform(*_STAY))
            fault.fired &= scene.town.process(newcomer).restarts == 0
        finally:
            await _scale(scene, name, 1)
            fault.healed = time.time()
        return fault


async def _scale(scene: Scene, name: str, count: int) -> None:
    await asyncio.to_thread(scene.town.command, "-m", "relay311_local", "scale", name, str(count))


def _has_partitions(scene: Scene, name: str) -> bool:
    """Ask the group whether its second member has partitions to read."""
    admin = AdminClient(scene.town.kafka())  # held: its futures fail when it is collected
    try:
        found = admin.describe_consumer_groups([name], request_timeout=5)[name].result(6)
    except (KafkaException, TimeoutError):
        return False
    members: list[Any] = found.members
    return any(one.group_instance_id == f"{name}-2" and one.assignment.topic_partitions for one in members)


KINDS: Final[Mapping[str, Make]] = {"grow": grow}
