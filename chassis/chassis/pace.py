"""Pace: who has just taken a few records rests a moment, so that one transaction takes what came meanwhile."""

import asyncio

FEW = 256
"""From this many records on, a batch is worth its transaction, and nobody rests."""
REST_SECONDS = 0.07
"""What a record waits at most for the one before it; who comes alone waits for nobody."""


class Pace:
    """Spaces the beginnings of small batches; a batch costs a dozen round trips whatever its size."""

    def __init__(self, seconds: float = REST_SECONDS) -> None:
        self._seconds = seconds
        self._began = self._rested = float("-inf")

    def begin(self) -> bool:
        """Begin a batch; tells whether it follows a rest, so that more will be waiting at the broker."""
        self._began = asyncio.get_running_loop().time()
        return self._began - self._rested < self._seconds

    async def end(self, count: int) -> None:
        """End a batch of so many records: rest if it was small."""
        if count >= FEW:
            return
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._began + self._seconds - loop.time())
        self._rested = loop.time()
