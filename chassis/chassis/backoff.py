"""Waiting for what is down: longer each time, and said once in plain words."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger()


def delay(attempt: int, first: float = 0.1, most: float = 5.0) -> float:
    """Seconds before the next try: doubling from `first` up to `most`.

    >>> [delay(n) for n in range(4)], delay(20)
    ([0.1, 0.2, 0.4, 0.8], 5.0)
    """
    return min(most, first * 2.0 ** min(attempt, 16))


async def until_up(what: str, attempt: Callable[[], Awaitable[T]], is_down: Callable[[BaseException], bool]) -> T:
    """Call until it works; only errors that `is_down` knows are waited out."""
    for tries in count():
        try:
            return await attempt()
        except Exception as error:
            if not is_down(error):
                raise
            if tries % 10 == 0:
                _log.warning("waiting", for_=what, tries=tries, error=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(delay(tries))
    raise AssertionError("unreachable")
