"""The watchdog: lag without progress means a stuck consumer, and a stuck consumer restarts itself."""

import asyncio
import time
from collections.abc import Sequence

from chassis import offsets
from chassis.database import Database
from chassis.errors import FatalError
from chassis.log import Log
from chassis.metrics import Metrics
from chassis.records import Place

LOOK_SECONDS = 5.0
STUCK_SECONDS = 30.0


def is_stuck(lag: int, still_for: float, limit: float = STUCK_SECONDS) -> bool:
    """Decide from the lag (records) and the time without progress (seconds).

    >>> is_stuck(10, 31.0), is_stuck(0, 3600.0), is_stuck(10, 5.0)
    (True, False, False)
    """
    return lag > 0 and still_for > limit


class Watchdog:
    """Measures lag, and ends the process when it does not move."""

    look_seconds, stuck_seconds = LOOK_SECONDS, STUCK_SECONDS

    def __init__(self, log: Log, database: Database, metrics: Metrics, places: Sequence[Place]) -> None:
        self._log, self._database, self._metrics, self._places = log, database, metrics, places

    async def run(self) -> None:
        """Look every few seconds; raises FatalError when the consumer is stuck."""
        seen, since = self._metrics.progress, time.monotonic()
        while self._places:
            await asyncio.sleep(self.look_seconds)
            asked = time.monotonic()
            lag = await self._lag()
            was_away = time.monotonic() - asked > self.look_seconds  # the client waited for a broker
            if lag is None or lag == 0 or was_away or self._metrics.progress != seen:
                seen, since = self._metrics.progress, time.monotonic()
            if is_stuck(lag or 0, time.monotonic() - since, self.stuck_seconds):
                raise FatalError(f"{lag} records behind and no progress for {self.stuck_seconds:.0f} s: restarting.")

    async def _lag(self) -> int | None:
        try:
            # One that reads nothing while something waits is as stuck as one that does not come on with its own.
            places = self._log.assigned() or self._places
            async with self._database.reads() as reads:
                known = await offsets.stored(reads.connection, places)
            oldest, ends = await self._log.beginnings(places), await self._log.ends(places)
        except Exception:  # an unreachable broker or database is waited for, not a stuck consumer
            return None
        offsets.check_not_wiped(known, ends)
        lag = sum(max(0, end - max(known.get(p, 0), oldest.get(p, 0))) for p, end in ends.items())
        self._metrics.lag.set(lag)
        return lag
