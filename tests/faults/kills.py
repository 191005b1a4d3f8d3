"""Processes killed, at any moment or at a named point, and processes frozen until they are zombies."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from town import ROOT

from faults.scene import Fault, Make, Scene, happens
from relay311_local.credentials import read_credentials
from relay311_local.plan import Plan
from relay311_local.ports import free_port
from relay311_local.zipkin import http_ok

FREEZE_SECONDS: Final = 12.0
"""Longer than the 10 s after which a group takes a silent member for dead."""
FAILPOINTS: Final = "failpoints"
"""The folder of armed points within the run folder."""
_REACHED_SECONDS: Final = 25.0
_BOTH_SECONDS: Final = 3.0
_UNHEARD_SECONDS: Final = 3.0
_STAND_IN_SECONDS: Final = 40.0
_BUSY: Final = ("intake", "routing", "sla", "notify")
_READERS: Final = (*_BUSY, "survey")

WHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "commit.before": _READERS,
    "commit.after": _READERS,
    "batch.claimed": _READERS,
    "batch.committed": _READERS,
    "hint.after": _READERS,
    "relay.read": _BUSY,
    "log.sent": _BUSY,
    "log.acknowledged": _BUSY,
    "relay.acknowledged": _BUSY,
    "relay.forgotten": _BUSY,
    "timer.taken": ("survey",),
    "mail.before": ("notify",),
    "mail.taken": ("notify",),
    "mail.recorded": ("notify",),
    "webhook.taken": ("notify",),
}
"""The failpoints, and the services that pass them many times a minute under load."""


async def kill(scene: Scene, kind: str, name: str) -> Fault:
    """Kill one process with SIGKILL, and wait until the supervisor's next one is ready."""
    pid = await scene.ready(name)
    fault = Fault(kind, name)
    os.kill(pid, signal.SIGKILL)
    fault.healed = time.time()
    fault.fired = await scene.ready(name, not_pid=pid) != pid
    return fault


async def kill_service(scene: Scene) -> Fault:
    """Kill any service."""
    with scene.holding() as name:
        return await kill(scene, "kill_service", name)


async def failpoint(scene: Scene) -> Fault:
    """Let a service die at a named point; the point's file is gone when it did."""
    where = scene.focus.points or WHERE
    point = scene.chance.choice(list(where))
    with scene.holding(where[point]) as name:
        pid = await scene.ready(name)
        file = scene.town.place.run / FAILPOINTS / name / point
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(scene.chance.randint(1, 6)))
        reached = await happens(lambda: not file.exists(), _REACHED_SECONDS)
        fault = Fault(f"failpoint_{point}", name)
        fault.healed = fault.began
        file.unlink(missing_ok=True)
        fault.fired = reached and await scene.ready(name, not_pid=pid) != pid
        return fault


@contextmanager
def _stopped(pid: int, fault: Fault) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
        fault.fired = "(stopped)" in Path(f"/proc/{pid}/status").read_text()
    finally:
        os.kill(pid, signal.SIGCONT)
        fault.healed = time.time()


async def freeze(scene: Scene) -> Fault:
    """Stop a service for longer than its group waits, then let it go on as if nothing had been."""
    with scene.holding() as name:
        pid = await scene.ready(name)
        fault = Fault("freeze_service", name)
        with _stopped(pid, fault):
            await asyncio.sleep(FREEZE_SECONDS)
        return fault


async def zombie(scene: Scene) -> Fault:
    """Stop a service, let another instance take its place, and wake the first while the other is at work."""
    with scene.holding(_BUSY) as name:
        pid = await scene.ready(name)
        port, fault = free_port(), Fault("zombie", name)
        other = _stand_in(scene, name, port)
        try:
            with _stopped(pid, fault):
                await asyncio.sleep(FREEZE_SECONDS)
                took_over = await happens(lambda: http_ok(port, "/health/ready"), _STAND_IN_SECONDS)
            fault.fired = fault.fired and took_over
            await asyncio.sleep(_BOTH_SECONDS)
        finally:
            other.kill()
            other.wait()
            fault.healed = time.time()
        return fault


async def kill_unheard(scene: Scene) -> Fault:
    """Stop the broker, and kill a service that has handed it records and waits for the acknowledgement."""
    with scene.holding(_BUSY) as name:
        pid, broker = await scene.ready(name), await scene.ready("kafka")
        fault = Fault("kill_unheard", name)
        with _stopped(broker, fault):
            await asyncio.sleep(_UNHEARD_SECONDS)
            os.kill(pid, signal.SIGKILL)
        fault.fired &= await scene.ready(name, not_pid=pid) != pid
        return fault


def _stand_in(scene: Scene, name: str, port: int) -> subprocess.Popen[bytes]:
    """Start a second instance that reaches the servers directly."""
    place = scene.town.place
    known = Plan(place, read_credentials(place.run)).service_environment(name)
    own = {"RELAY311_INSTANCE": "stand-in", "RELAY311_PORT": str(port), "RELAY311_ROOT": str(ROOT)}
    with (place.run / "logs" / f"{name}-stand-in.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"{name}.app"],
            cwd=ROOT,
            env={**os.environ, **scene.town.environment, **known, **own},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


KINDS: Final[Mapping[str, Make]] = {
    "kill_service": kill_service,
    "kill_broker": partial(kill, kind="kill_broker", name="kafka"),
    "kill_postgres": partial(kill, kind="kill_postgres", name="postgres"),
    "failpoint": failpoint,
    "kill_unheard": kill_unheard,
    "freeze_service": freeze,
    "zombie": zombie,
}
