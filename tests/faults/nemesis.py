"""The nemesis: draws faults from the seed and makes them, each kind at least once, several at a time."""

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from faults import instances, kills, outside, strikes, wires
from faults.scene import Fault, Make, Scene

KINDS: Final[Mapping[str, Make]] = {**kills.KINDS, **wires.KINDS, **strikes.KINDS, **outside.KINDS, **instances.KINDS}
"""Every kind of fault by name."""
LASTING: Final[Mapping[str, str]] = {
    "freeze_service": "process",
    "zombie": "process",
    "slow_wires": "wires",
    "rebalance": "group",
    "grow": "group",
    **dict.fromkeys((kind for kind in outside.KINDS if kind.endswith("_mail")), "mail"),
    **dict.fromkeys((kind for kind in outside.KINDS if kind.startswith("webhook_")), "webhook"),
}
"""Faults during which others strike, and what they occupy: one of these at a time."""
_MORE: Final[Mapping[str, float]] = {"kill_service": 25.0, "failpoint": 20.0, "lost_commit": 30.0, "lost_produce": 30.0}
"""What is made again for every so many seconds of a run."""
_NONE_IN_THE_LAST: Final = 12.0
_PAUSE: Final = (0.3, 2.0)

__all__ = ["KINDS", "Fault", "Nemesis"]


class Nemesis:
    """Makes every kind of fault at least once, then more until its time is over."""

    def __init__(
        self, scene: Scene, without: Collection[str] = (), only: Collection[str] = (), more: Mapping[str, Make] = {}
    ) -> None:
        """`more` are kinds of the caller's own."""
        self._scene = scene
        self._kinds = {k: m for k, m in {**KINDS, **more}.items() if k not in without and (not only or k in only)}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self.faults: list[Fault] = []

    async def run(self, seconds: float) -> None:
        """Make faults until the time is over; none begins in the last moments, so that recovery can be seen."""
        end, chance = time.monotonic() + seconds, self._scene.chance
        plan = [*self._kinds, *self._again(seconds)]
        chance.shuffle(plan)
        while (plan or time.monotonic() < end - _NONE_IN_THE_LAST) and not self._is_lost():
            kind = self._next(plan) if plan else chance.choice(list(self._kinds))
            await self._strike(kind)
            await asyncio.sleep(chance.uniform(*_PAUSE))
        await asyncio.gather(*self._busy.values())
        await self._strike_what_missed()

    async def _strike_what_missed(self) -> None:
        """Make once more what found everybody down from another fault, and so nobody to strike."""
        missed = {fault.kind for fault in self.faults} - {fault.kind for fault in self.faults if fault.fired}
        for kind in sorted(missed & self._kinds.keys()):
            if not self._is_lost():
                await self._make(kind)

    def _again(self, seconds: float) -> Iterator[str]:
        for kind, every in _MORE.items():
            if kind in self._kinds:
                yield from [kind] * int(seconds // every)

    def _next(self, plan: list[str]) -> str:
        """Take the next kind whose place is free; the last one when none is."""
        free = [number for number, kind in enumerate(plan) if not self._is_busy(LASTING.get(kind))]
        return plan.pop(free[-1] if free else -1)

    def _is_lost(self) -> bool:
        """Tell whether something did not come back: that is found already, and more faults would only wait for it."""
        return any(not fault.healed for fault in self.faults)

    def _is_busy(self, place: str | None) -> bool:
        return place in self._busy and not self._busy[place].done()

    async def _strike(self, kind: str) -> None:
        place = LASTING.get(kind)
        if place is None:
            await self._make(kind)
            return
        if self._is_busy(place):
            await self._busy[place]
        self._busy[place] = asyncio.create_task(self._make(kind))

    async def _make(self, kind: str) -> None:
        try:
            fault = await self._kinds[kind](self._scene)
        except TimeoutError as error:
            fault = Fault(kind, str(error))  # never healed: the verdict will say so
        self.faults.append(fault)
        print(f"{time.strftime('%H:%M:%S')} {fault.kind} {fault.target}{'' if fault.fired else ' (no effect)'}")
