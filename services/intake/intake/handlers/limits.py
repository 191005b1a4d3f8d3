"""Limits that all processes share: each counts for itself and settles with the others in one statement, twice a second.

A caller who spreads over N processes may for half a second get N times what fits at once; then all know.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from chassis.errors import Problem
from chassis.http import Doors
from chassis.transaction import Transaction
from contracts.city.people import Limit
from intake import store
from intake.domain.limits import Network, bucket_name, drained, wait_for_room

SETTLE_SECONDS: Final = 0.5
MOST_BUCKETS: Final = 200_000
_SWEEP_EVERY: Final = 7200


@dataclass(slots=True)
class _Bucket:
    limit: Limit
    level: float
    at: float
    poured: int = 0


@dataclass(slots=True)
class Limiter:
    """The buckets as this process knows them; `clock` gives seconds that only grow.

    What proxies of `trusted` networks say of a caller is believed; callers of `own` networks are not limited.
    """

    key: str
    trusted: tuple[Network, ...] = ()
    own: tuple[Network, ...] = ()
    clock: Callable[[], float] = time.monotonic
    _buckets: dict[str, _Bucket] = field(default_factory=dict)
    _settled: int = 0

    def pour(self, kind: str, subject: str, limit: Limit) -> None:
        """Count one more of this subject. Raises a 429 problem when it does not fit."""
        name, now = bucket_name(self.key, kind, subject), self.clock()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = _Bucket(limit, 0.0, now)
        bucket.level, bucket.at = drained(bucket.level, now - bucket.at, limit.an_hour), now
        if wait := wait_for_room(bucket.level, limit.at_once, limit.an_hour):
            raise Problem(429, "Too many", f"Too much from this {kind}; go on in {wait} s.", retry_after=wait)
        bucket.level += 1
        bucket.poured += 1

    async def settle(self, doors: Doors) -> None:
        """Tell the other processes what came here, and learn what came there."""
        told = {name: bucket.poured for name, bucket in self._buckets.items() if bucket.poured}
        self._settled += 1
        if told:
            levels = await self._exchange(doors, told)
            for name, level in levels.items():
                bucket = self._buckets[name]
                bucket.poured -= told[name]
                bucket.level, bucket.at = level + bucket.poured, self.clock()
        self._forget()

    async def _exchange(self, doors: Doors, told: dict[str, int]) -> dict[str, float]:
        levels: dict[str, float] = {}

        async def exchange(tx: Transaction) -> None:
            poured = [(name, n, self._buckets[name].limit.an_hour) for name, n in told.items()]
            levels.update(await store.limits.pour(tx, poured))
            if self._settled % _SWEEP_EVERY == 0:
                await store.limits.drop_old(tx)

        await doors.persist(exchange)
        return levels

    def _forget(self) -> None:
        """Forget buckets that have drained; a flood from everywhere at once must not fill the memory."""
        now = self.clock()
        for name, b in list(self._buckets.items()):
            if not b.poured and not drained(b.level, now - b.at, b.limit.an_hour):
                del self._buckets[name]
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.clear()

    async def run(self, doors: Doors, stop: asyncio.Event) -> None:
        """Settle until told to stop."""
        while not stop.is_set():
            await self.settle(doors)
            await asyncio.sleep(SETTLE_SECONDS)
