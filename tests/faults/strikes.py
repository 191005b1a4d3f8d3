"""Strikes on the log itself: spoiled and repeated records, and strangers who join the services' groups."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError

from faults.scene import Fault, Make, Scene
from faults.writer import Writer

_STORM_SECONDS: Final = 8.0
_PATIENCE: Final = 25.0
"""A broker killed meanwhile keeps strangers out: they go on trying, so that the group is shaken all the same."""
_AGAIN_SECONDS: Final = 0.5
_STAY: Final = (0.5, 2.0)
_LONGEST: Final = 6.0


async def write(scene: Scene, kind: str, how: Callable[[Writer], int]) -> Fault:
    """Append records that should not be there."""
    await scene.ready("kafka")
    fault = Fault(kind, "log")
    fault.fired = await asyncio.to_thread(how, scene.writer) > 0
    fault.healed = time.time()
    return fault


async def rebalance(scene: Scene) -> Fault:
    """Let strangers join a service's group and leave it, again and again; they set its hints back to the beginning."""
    with scene.holding() as name:
        fault, begin = Fault("rebalance", name), time.monotonic()
        while time.monotonic() < begin + (_STORM_SECONDS if fault.fired else _PATIENCE):
            with suppress(KafkaError, TimeoutError, OSError):  # brokers may be killed meanwhile
                fault.fired |= await _intrude(scene, name) > 0
                continue
            await asyncio.sleep(_AGAIN_SECONDS)
        fault.healed = time.time()
        return fault


async def _intrude(scene: Scene, group: str) -> int:
    """Join a group for a moment; returns how many partitions were had."""
    stranger = AIOKafkaConsumer(
        *(topic.name for topic in scene.town.topics if group in topic.consumers),
        group_id=group,
        enable_auto_commit=False,
        session_timeout_ms=6_000,
        # A broker that was restarted knows of its members only how partitions were last shared out.
        partition_assignment_strategy=(RangePartitionAssignor, RoundRobinPartitionAssignor),
        **client_of(scene),
    )
    try:
        await asyncio.wait_for(stranger.start(), _LONGEST)
        await asyncio.sleep(scene.chance.uniform(*_STAY))
        mine = stranger.assignment()
        if mine:
            await asyncio.wait_for(stranger.commit(dict.fromkeys(mine, 0)), _LONGEST)
        return len(mine)
    finally:
        await asyncio.wait_for(stranger.stop(), _LONGEST)


def client_of(scene: Scene) -> dict[str, str]:
    """Give the administrator's settings of an aiokafka client."""
    settings = scene.town.kafka()
    return {
        "bootstrap_servers": settings["bootstrap.servers"],
        "security_protocol": settings["security.protocol"],
        "sasl_mechanism": settings["sasl.mechanism"],
        "sasl_plain_username": settings["sasl.username"],
        "sasl_plain_password": settings["sasl.password"],
    }


KINDS: Final[Mapping[str, Make]] = {
    "poison": partial(write, kind="poison", how=lambda writer: writer.spoil(8)),
    "wrong_key": partial(write, kind="wrong_key", how=lambda writer: writer.misplace(3)),
    "unknown_field": partial(write, kind="unknown_field", how=lambda writer: writer.extend(3)),
    "duplicates": partial(write, kind="duplicates", how=lambda writer: writer.repeat(40)),
    "duplicate_topic": partial(write, kind="duplicate_topic", how=lambda writer: writer.replay()),
    "rebalance": rebalance,
}
