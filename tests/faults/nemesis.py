"""The faults, drawn from the seed: processes killed and frozen, records repeated and spoiled, mail refused."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from town import Town

from contracts.topics import SERVICES
from faults.writer import Writer
from relay311_local.mail.smtp import REFUSING
from relay311_local.processes import is_open
from relay311_local.zipkin import http_ok

FREEZE_SECONDS: Final = 12.0
"""Longer than the 10 s after which a group takes a silent member for dead."""
REFUSE_SECONDS: Final = 4.0
_LASTING: Final = frozenset({"freeze_service", "refuse_mail"})
_SECONDS_A_KILL: Final = 25.0
_PAUSE: Final = (0.5, 3.0)
_BACK_SECONDS: Final = 60.0


@dataclass(slots=True)
class Fault:
    """One fault that was made: when it began, when it had healed (for a kill, at once), and the proof that it bit."""

    kind: str
    target: str
    began: float = field(default_factory=time.time)
    healed: float = 0.0
    fired: bool = False


class Nemesis:
    """Makes every kind of fault at least once, then more until its time is over."""

    def __init__(self, town: Town, writer: Writer, seed: int, without: Collection[str] = ()) -> None:
        self._town, self._writer, self._chance = town, writer, random.Random(f"nemesis-{seed}")
        every: dict[str, Callable[[], Awaitable[Fault]]] = {
            "kill_service": self._kill_service,
            "kill_broker": lambda: self._kill("kill_broker", "kafka"),
            "kill_postgres": lambda: self._kill("kill_postgres", "postgres"),
            "freeze_service": self._freeze,
            "refuse_mail": self._refuse_mail,
            "poison": lambda: self._write("poison", self._writer.spoil, 8),
            "wrong_key": lambda: self._write("wrong_key", self._writer.misplace, 3),
            "unknown_field": lambda: self._write("unknown_field", self._writer.extend, 3),
            "duplicates": lambda: self._write("duplicates", self._writer.repeat, 40),
        }
        self._kinds = {kind: make for kind, make in every.items() if kind not in without}
        self.faults: list[Fault] = []

    async def run(self, seconds: float) -> None:
        """Make faults until the time is over; none begins in the last moments, so that recovery can be seen."""
        end = time.monotonic() + seconds
        plan = [*self._kinds, *["kill_service"] * int(seconds // _SECONDS_A_KILL)]
        self._chance.shuffle(plan)
        lasting: dict[str, asyncio.Task[None]] = {}
        while plan or time.monotonic() < end - FREEZE_SECONDS:
            kind = plan.pop() if plan else self._chance.choice(list(self._kinds))
            if kind not in _LASTING:
                await self._make(kind)
            elif kind not in lasting or lasting[kind].done():
                lasting[kind] = asyncio.create_task(self._make(kind))  # others strike meanwhile
            await asyncio.sleep(self._chance.uniform(*_PAUSE))
        await asyncio.gather(*lasting.values())

    async def _make(self, kind: str) -> None:
        try:
            fault = await self._kinds[kind]()
        except TimeoutError as error:
            fault = Fault(kind, str(error))  # never healed: the verdict will say so
        self.faults.append(fault)
        print(f"{time.strftime('%H:%M:%S')} {fault.kind} {fault.target}{'' if fault.fired else ' (no effect)'}")

    async def _kill_service(self) -> Fault:
        return await self._kill("kill_service", self._chance.choice(SERVICES))

    async def _kill(self, kind: str, name: str) -> Fault:
        pid = await self._ready(name)
        fault = Fault(kind, name)
        os.kill(pid, signal.SIGKILL)
        fault.healed = time.time()
        fault.fired = await self._ready(name, not_pid=pid) != pid
        return fault

    async def _freeze(self) -> Fault:
        name = self._chance.choice(SERVICES)
        pid = await self._ready(name)
        fault = Fault("freeze_service", name)
        os.kill(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(FREEZE_SECONDS)
            fault.fired = "(stopped)" in Path(f"/proc/{pid}/status").read_text()
        finally:
            os.kill(pid, signal.SIGCONT)
            fault.healed = time.time()
        return fault

    async def _refuse_mail(self) -> Fault:
        fault, switch = Fault("refuse_mail", "sink"), self._town.place.run / REFUSING
        switch.touch()
        try:
            await asyncio.sleep(REFUSE_SECONDS)
        finally:
            switch.unlink()
        fault.healed, fault.fired = time.time(), True  # the messages tried again prove it in the end
        return fault

    async def _write(self, kind: str, write: Callable[[int], int], count: int) -> Fault:
        await self._ready("kafka")
        fault = Fault(kind, "log")
        fault.fired = await asyncio.to_thread(write, count) > 0
        fault.healed = time.time()
        return fault

    async def _ready(self, name: str, not_pid: int = 0) -> int:
        """Wait until a process is ready, and is another than `not_pid`; returns its id."""
        end = time.monotonic() + _BACK_SECONDS
        while True:
            entry = self._town.process(name)
            if entry.state == "ready" and entry.pid not in (None, not_pid) and await self._answers(name):
                return entry.pid or 0
            if time.monotonic() > end:
                raise TimeoutError(f"{name} was not ready again within {_BACK_SECONDS:.0f} s; see its log.")
            await asyncio.sleep(0.1)

    async def _answers(self, name: str) -> bool:
        port = self._town.place.port(name)
        return await asyncio.to_thread(http_ok, port, "/health/ready") if name in SERVICES else is_open(port)
