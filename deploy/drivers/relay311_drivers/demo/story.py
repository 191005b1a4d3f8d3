"""Follows one request from report to the last answer, and says each thing as it happens."""

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, TypeAlias

from contracts.acls import is_log
from contracts.topics import TOPICS
from relay311_drivers.demo.telling import tell
from relay311_drivers.log import Heard, LogReader
from relay311_drivers.problems import DriverError

LOG: Final = tuple(topic.name for topic in TOPICS if is_log(topic) and topic.key == "request_id")
Help: TypeAlias = Callable[[], Awaitable[None]]
_SETTLING_SECONDS: Final = 1.5


class Story:
    """One request as it is heard on the log."""

    def __init__(self, reader: LogReader, patience: float, language: str, zone: str) -> None:
        self._reader, self._patience, self._started = reader, patience, time.monotonic()
        self._language, self._zone = language, zone
        self.request_id = ""
        self.events: dict[str, list[dict[str, Any]]] = {topic: [] for topic in LOG}

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self._started

    def say(self, text: str) -> None:
        """Put a line on the timeline."""
        print(f"{self.seconds:6.2f} s  {text}", flush=True)

    def count(self, topic: str) -> int:
        """Tell how many events of a topic were heard."""
        return len(self.events[topic])

    def last(self, topic: str) -> dict[str, Any]:
        """Give the latest event of a topic; empty when there was none."""
        return self.events[topic][-1] if self.events[topic] else {}

    async def hear(self) -> None:
        """Listen for a moment, and tell in the order things happened."""
        heard = [h for h in await self._reader.read() if h.envelope.data.get("request_id") == self.request_id]
        for topic, envelope in sorted(heard, key=_happened):
            self.events[topic].append(dict(envelope.data))
            self.say(tell(envelope.type, envelope.data, self._language, self._zone))

    async def until(self, done: Callable[[], bool], what: str, meanwhile: Help | None = None) -> None:
        """Listen until something has happened, and help `meanwhile`. Raises DriverError when it does not."""
        end = time.monotonic() + self._patience
        while not done():
            if time.monotonic() > end:
                raise DriverError(
                    f"{what} did not happen within {self._patience:.0f} s; see `make status`, `make dlq`."
                )
            await self.hear()
            if meanwhile:
                await meanwhile()

    async def settle(self) -> None:
        """Listen until nothing more is said for a moment."""
        heard, since = self.total, time.monotonic()
        while time.monotonic() - since < _SETTLING_SECONDS:
            await self.hear()
            if self.total != heard:
                heard, since = self.total, time.monotonic()

    @property
    def total(self) -> int:
        """How many events were heard in all."""
        return sum(map(len, self.events.values()))


def _happened(heard: Heard) -> datetime:
    return heard.envelope.time
