"""Waiting for a while, unless something happens before."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

AGAIN_SECONDS: Final = 10.0
"""Longer than whatever a task still writes as it ends, shorter than the patience of who stops the service."""


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Wait for an event, so long at most; tells whether it came.

    Who is cancelled at that very moment is cancelled: `asyncio.wait_for` forgets it before Python 3.12, and a loop that
    waits so never ends.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def end_all(tasks: Iterable[asyncio.Task[Any]], again_seconds: float = AGAIN_SECONDS) -> None:
    """Cancel tasks and wait until all have ended; what swallows a cancellation, as a library may, gets another."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again_seconds)


async def rest(seconds: float, *events: asyncio.Event) -> None:
    """Wait that long, or until one of the events; not at all when the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
