"""Wires: replies swallowed after the deed, everything slow, every connection cut."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial
from typing import Final

from faults.proxy import Proxy
from faults.scene import Fault, Make, Scene, happens

_FIRED_SECONDS: Final = 20.0
_SLOW_SECONDS: Final = 4.0
_DELAY: Final = (0.05, 0.25)


async def lose_reply(scene: Scene, kind: str, name: str) -> Fault:
    """Keep back the replies to one to three commits, or produce requests, and hang up; the deed stands."""
    proxy: Proxy = getattr(scene.doors, name)
    fault, count, before = Fault(kind, name), scene.chance.randint(1, 3), proxy.swallowed
    scene.doors.do(partial(setattr, proxy, "swallow", count))
    await happens(lambda: proxy.swallowed >= before + count, _FIRED_SECONDS)
    scene.doors.do(partial(setattr, proxy, "swallow", 0))
    fault.healed, fault.fired = time.time(), proxy.swallowed > before
    return fault


async def slow_down(scene: Scene) -> Fault:
    """Delay every piece between the services and their servers."""
    proxies = (scene.doors.postgres, scene.doors.kafka)
    fault, before = Fault("slow_wires", "servers"), [proxy.delayed for proxy in proxies]
    for proxy in proxies:
        proxy.delay = scene.chance.uniform(*_DELAY)
    await asyncio.sleep(_SLOW_SECONDS)
    for proxy in proxies:
        proxy.delay = 0.0
    fault.healed = time.time()
    fault.fired = all(proxy.delayed > count for proxy, count in zip(proxies, before, strict=True))
    return fault


async def cut(scene: Scene) -> Fault:
    """Hang up on everybody at once."""
    fault = Fault("cut_wires", "servers")
    counts = [scene.doors.do(proxy.cut_all) for proxy in (scene.doors.postgres, scene.doors.kafka)]
    fault.healed, fault.fired = time.time(), all(counts)
    return fault


KINDS: Final[Mapping[str, Make]] = {
    "lost_commit": partial(lose_reply, kind="lost_commit", name="postgres"),
    "lost_produce": partial(lose_reply, kind="lost_produce", name="kafka"),
    "slow_wires": slow_down,
    "cut_wires": cut,
}
