"""Waiting for a while, unless something happens before."""

import asyncio


async def rest(seconds: float, *events: asyncio.Event) -> None:
    """Wait that long, or until one of the events; not at all when the time is over."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
