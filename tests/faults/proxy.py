"""A door of one's own between the services and PostgreSQL or Kafka: it delays, cuts, and swallows replies."""

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

T = TypeVar("T")
_HOST: Final = "127.0.0.1"
_COMMIT: Final = b"COMMIT;\0"
_COMMITTED: Final = b"COMMIT\0"
_PRODUCE: Final = 0
_CHUNK: Final = 65_536


@dataclass(eq=False)
class Link:
    """One client's connection and ours to the server. While `awaited` is set, the reply it names is to be swallowed."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    awaited: int | None = None

    def cut(self) -> None:
        """Hang up on both sides, without a goodbye."""
        for side in (self.client, self.server):
            side.transport.abort()


class Proxy:
    """Forwards one port. `swallow` more replies are kept back and their connections cut; `swallowed` were."""

    def __init__(self, target: int) -> None:
        self._target, self._links = target, set[Link]()
        self.port, self.swallow, self.swallowed, self.delayed = 0, 0, 0, 0
        self.delay = 0.0

    async def open(self) -> asyncio.Server:
        """Listen on a free port."""
        server = await asyncio.start_server(self._connected, _HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    def cut_all(self) -> int:
        """Hang up on everybody; returns how many there were."""
        count = len(self._links)
        for link in list(self._links):
            link.cut()
        return count

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await asyncio.open_connection(_HOST, self._target)
        except OSError:  # the server is away: so are we
            writer.transport.abort()
            return
        link = Link(writer, forth)
        self._links.add(link)
        pumps = (self._pump(link, reader, forth, self.asks), self._pump(link, back, writer, self.answers))
        try:
            await asyncio.wait([asyncio.create_task(pump) for pump in pumps], return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._links.discard(link)
            link.cut()

    async def _pump(
        self, link: Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter, look: Callable[[Link, bytes], bool]
    ) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while piece := await self.read(source):
                if not look(link, piece):
                    return
                if self.delay:
                    self.delayed += 1
                    await asyncio.sleep(random.uniform(0.0, 2 * self.delay))  # or nobody would overtake anybody
                sink.write(piece)
                await sink.drain()

    # --- what is known of the protocol -----------------------------------------------------------------------------

    async def read(self, source: asyncio.StreamReader) -> bytes:
        """Read a piece; empty at the end."""
        return await source.read(_CHUNK)

    def asks(self, link: Link, piece: bytes) -> bool:
        """Look at what a client sends; False cuts the connection."""
        raise NotImplementedError

    def answers(self, link: Link, piece: bytes) -> bool:
        """Look at what the server replies; False keeps the piece back and cuts the connection."""
        raise NotImplementedError


class PostgresProxy(Proxy):
    """Swallows replies to COMMIT: what was committed stays, and the client never hears of it."""

    def asks(self, link: Link, piece: bytes) -> bool:
        """Mark the connection of the next COMMIT."""
        if self.swallow and _COMMIT in piece:
            self.swallow -= 1
            link.awaited = 1
        return True

    def answers(self, link: Link, piece: bytes) -> bool:
        """Keep back the word that it was committed; one that was rolled back is let through."""
        if link.awaited is None:
            return True
        link.awaited = None
        swallowed = _COMMITTED in piece
        self.swallowed += swallowed
        return not swallowed


class KafkaProxy(Proxy):
    """Swallows replies to Produce: the records are on the log, and the producer never hears of it."""

    async def read(self, source: asyncio.StreamReader) -> bytes:
        """Read one whole message: its length, then as many bytes."""
        try:
            head = await source.readexactly(4)
        except asyncio.IncompleteReadError:
            return b""
        return head + await source.readexactly(int.from_bytes(head, "big"))

    def asks(self, link: Link, piece: bytes) -> bool:
        """Mark the number of the next Produce request."""
        if self.swallow and int.from_bytes(piece[4:6], "big") == _PRODUCE and link.awaited is None:
            self.swallow -= 1
            link.awaited = int.from_bytes(piece[8:12], "big")
        return True

    def answers(self, link: Link, piece: bytes) -> bool:
        """Keep back the reply of that number."""
        if link.awaited is None or int.from_bytes(piece[4:8], "big") != link.awaited:
            return True
        self.swallowed += 1
        return False


class Doors:
    """Both proxies, in a thread of their own."""

    def __init__(self, postgres: int, kafka: int) -> None:
        self.postgres, self.kafka = PostgresProxy(postgres), KafkaProxy(kafka)
        self._loop = asyncio.new_event_loop()

    def do(self, work: Callable[[], T]) -> T:
        """Run something where the proxies run."""

        async def done() -> T:
            return work()

        return self._wait(done())

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    @contextmanager
    def opened(self) -> Iterator["Doors"]:
        """Listen for as long as the block runs."""
        thread = threading.Thread(target=self._loop.run_forever, name="doors", daemon=True)
        thread.start()
        servers = [self._wait(proxy.open()) for proxy in (self.postgres, self.kafka)]
        try:
            yield self
        finally:
            for server in servers:
                self._loop.call_soon_threadsafe(server.close)
            self.do(self.postgres.cut_all)
            self.do(self.kafka.cut_all)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(5)
