"""Waiting that ends: who is cancelled while it waits stops, whatever happens at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable

from chassis.waiting import end_all, happens

WITHIN = 5.0


async def test_it_says_whether_what_was_waited_for_came() -> None:
    event = asyncio.Event()
    assert not await happens(event, 0.01)
    event.set()
    assert await happens(event, 0.01)


async def waiting_for_ever(wake: asyncio.Event, wait: Callable[[], Awaitable[object]]) -> None:
    """Wait again and again, as a relay does."""
    while True:
        wake.clear()
        await wait()


async def test_a_loop_that_is_woken_as_it_is_cancelled_ends() -> None:
    wake = asyncio.Event()
    loop = asyncio.create_task(waiting_for_ever(wake, lambda: happens(wake, 60)))
    await asyncio.sleep(0.01)
    wake.set()
    await asyncio.sleep(0)
    loop.cancel()
    _, left = await asyncio.wait({loop}, timeout=WITHIN)
    assert not left


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 3:
                    raise

    async def failing() -> None:
        raise OSError("it broke")

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(failing())]
    await asyncio.sleep(0)
    await asyncio.wait_for(end_all(tasks, again_seconds=0.01), WITHIN)
    assert all(task.done() for task in tasks)
