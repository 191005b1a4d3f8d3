"""The watchdog: a consumer that stands still is stuck; one whose broker was away is not."""

import asyncio
from typing import Any, cast

import pytest

from chassis.errors import FatalError
from chassis.metrics import Metrics
from chassis.records import Place
from chassis.watchdog import Watchdog


class Looking(Watchdog):
    """A quick watchdog whose look takes some time and finds records waiting."""

    look_seconds, stuck_seconds = 0.02, 0.1

    def __init__(self, seconds: float) -> None:
        nothing = cast("Any", None)
        super().__init__(nothing, nothing, Metrics("test"), [Place("request.created", 0)])
        self._seconds = seconds

    async def _lag(self) -> int:
        await asyncio.sleep(self._seconds)
        return 5


async def test_a_consumer_that_stands_still_is_stuck() -> None:
    with pytest.raises(FatalError, match="5 records behind"):
        await asyncio.wait_for(Looking(0).run(), 5)


async def test_time_spent_waiting_for_a_broker_is_no_standstill() -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(Looking(0.15).run(), 0.6)
