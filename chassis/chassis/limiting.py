"""How much one caller may send, as all processes of a service together see it: leaky buckets in its database.

Each process counts for itself and settles with the others in one statement, twice a second: a caller who spreads over
N processes may for half a second get N times what fits at once; then all know. Buckets are named by keyed hashes,
since an address may be a person's. A service that limits declares the table `token_bucket` and migrates it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from math import ceil
from typing import Final, Protocol

from fastapi import Request
from sqlalchemy import Column, DateTime, Float, MetaData, String, Table

from chassis.callers import Network, limited_network
from chassis.errors import Problem
from chassis.http import Doors
from chassis.transaction import Transaction

SETTLE_SECONDS: Final = 0.5
MOST_BUCKETS: Final = 200_000
_SWEEP_EVERY: Final = 7200


def limits_table(metadata: MetaData) -> None:
    """Declare the table in a service's metadata: how full a caller's bucket was at a moment; it drains since."""
    Table(
        "token_bucket",
        metadata,
        Column("bucket", String, primary_key=True),
        Column("level", Float, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
        postgresql_with={"fillfactor": "50"},
    )


class Limit(Protocol):
    """A bucket: how many may come at once, and how many an hour it is filled again with."""

    @property
    def at_once(self) -> int:
        """How many may come at once."""

    @property
    def an_hour(self) -> int:
        """How many an hour it is filled again with."""


@lru_cache(maxsize=4096)
def bucket_name(key: str, kind: str, subject: str) -> str:
    """Name a bucket without telling whose it is.

    >>> bucket_name("key", "address", "198.51.100.7") == bucket_name("another key", "address", "198.51.100.7")
    False
    >>> bucket_name("key", "device", "7") == bucket_name("key", "contact", "7")
    False
    """
    return blake2b(f"{kind}\x1f{subject}".encode(), key=key.encode()[:64], digest_size=12).hexdigest()


def drained(level: float, seconds: float, an_hour: int) -> float:
    """Say how full a bucket is after some time.

    >>> drained(10, 60, 60)
    9.0
    """
    return max(0.0, level - max(0.0, seconds) * an_hour / 3600)


def wait_for_room(level: float, at_once: int, an_hour: int) -> int:
    """Say after how many seconds one more fits; 0 is at once.

    >>> wait_for_room(2, 3, 60), wait_for_room(3, 3, 60)
    (0, 60)
    """
    over = level + 1 - at_once
    return ceil(over * 3600 / an_hour) if over > 0 else 0


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

    def network_of(self, request: Request) -> str | None:
        """Name the network a call counts on; None for the city's own machines, which are not limited."""
        peer = request.client.host if request.client else ""
        return limited_network(peer, request.headers.get("x-forwarded-for", ""), self.trusted, self.own)

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
            levels.update(await _pour(tx, poured))
            if self._settled % _SWEEP_EVERY == 0:
                await _drop_old(tx)

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


_POUR: Final = """
WITH g AS (SELECT * FROM unnest($1::text[], $2::float8[], $3::float8[]) AS g(bucket, poured, an_hour)),
old AS (SELECT b.bucket, greatest(0, b.level - greatest(0, extract(epoch FROM $4 - b.at)) * g.an_hour / 3600) AS level
  FROM token_bucket b JOIN g USING (bucket) ORDER BY b.bucket FOR UPDATE OF b)
INSERT INTO token_bucket AS t (bucket, level, at)
SELECT g.bucket, g.poured + coalesce(old.level, 0), $4 FROM g LEFT JOIN old USING (bucket) ORDER BY g.bucket
ON CONFLICT (bucket) DO UPDATE SET level = excluded.level, at = excluded.at
RETURNING t.bucket, t.level
"""


async def _pour(tx: Transaction, poured: Sequence[tuple[str, int, int]]) -> dict[str, float]:
    """Add what came (bucket, how many, what drains an hour) to the shared buckets; returns how full each is now."""
    columns = [list(column) for column in zip(*sorted(poured), strict=True)]
    names, counts, rates = columns
    rows = await tx.sql(_POUR, names, [float(n) for n in counts], [float(n) for n in rates], tx.now)
    return {row["bucket"]: row["level"] for row in rows}


async def _drop_old(tx: Transaction) -> None:
    """Forget buckets that nobody poured into for a day."""
    await tx.sql("DELETE FROM token_bucket WHERE at < $1", tx.now - timedelta(days=1))
