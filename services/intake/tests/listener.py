"""A web server of a test's own that counts who connects."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Listener:
    """A web server on the loopback address that counts who connects, and answers as it is told."""

    def __init__(self, answer: bytes, *, pause: float = 0.0) -> None:
        self.connections, self.heads, self.port = 0, list[bytes](), 0
        self._answer, self._pause = answer, pause

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            for at in range(0, len(self._answer), 65_536 if not self._pause else 1):
                writer.write(self._answer[at : at + (65_536 if not self._pause else 1)])
                await writer.drain()
                await asyncio.sleep(self._pause)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: bytes, *, pause: float = 0.0, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listener]:
    listener = Listener(answer, pause=pause)
    async with await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=tls) as server:
        listener.port = server.sockets[0].getsockname()[1]
        yield listener


def ok(body: bytes, *more: bytes) -> bytes:
    length = b"content-length: %d" % len(body)
    return b"\r\n".join((b"HTTP/1.1 200 OK", length, b"connection: close", *more, b"", body))
