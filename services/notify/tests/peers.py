"""A provider's far end over HTTP: takes calls, answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl


class Peer:
    """Takes calls and keeps them; answers as told, 201 else."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[str] = []
        self.always: str | None = None
        self.url = ""

    def forms(self) -> list[dict[str, str]]:
        """Read the calls as forms."""
        return [dict(parse_qsl(body.decode())) for _, _, body in self.calls]

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.calls.append((first.split()[1], headers, body))
        answer = self.answers.pop(0) if self.answers else self.always or "201 Created"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def answering() -> AsyncIterator[Peer]:
    """Let a far end take calls at a port of its own."""
    peer = Peer()
    async with await asyncio.start_server(peer, "127.0.0.1", 0) as server:
        peer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield peer
