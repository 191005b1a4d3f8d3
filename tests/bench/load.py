"""Sends reports over HTTP from a process of its own: `load.py URL BODIES RATE`; RATE 0 keeps 32 calls in flight.

BODIES has one JSON body a line. The last line it prints is JSON: seconds, statuses, and for each call its latency in
milliseconds (at a RATE: since the moment it was due), when it was answered (epoch seconds) and its request.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import uvloop

IN_FLIGHT: Final = 32
MOST_IN_FLIGHT: Final = 128


class Line:
    """One keep-alive connection: the cheapest client there is, so that the load is not what is measured."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
        self._reader, self._writer, self._path = reader, writer, path

    async def post(self, body: bytes, key: str) -> tuple[int, bytes]:
        """Send one body; returns the status and the answer."""
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        said = await self._reader.readuntil(b"\r\n\r\n")
        size = int(said.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        return int(said[9:12]), await self._reader.readexactly(size)


class Load:
    """Calls under way, and what came of them."""

    def __init__(self, url: str, bodies: list[bytes], rate: float) -> None:
        self._url, self._bodies, self._rate = urlsplit(url), bodies, rate
        self._key = f"bench-{time.time_ns()}"
        self._calls: Iterator[tuple[int, bytes]] = iter(enumerate(bodies))
        self._start = 0.0
        self.done: list[tuple[int, float, float, str]] = []

    async def run(self) -> float:
        """Send everything; returns the seconds it took."""
        # A line is used again within two seconds: the server ends one that is quiet for five.
        wanted = min(MOST_IN_FLIGHT, max(8, int(self._rate * 2))) if self._rate else IN_FLIGHT
        count = min(wanted, len(self._bodies))
        lines = [await self._connect() for _ in range(count)]
        self._start = time.perf_counter()
        await asyncio.gather(*(self._work(line) for line in lines))
        return time.perf_counter() - self._start

    async def _connect(self) -> Line:
        streams = await asyncio.open_connection(self._url.hostname, self._url.port)
        return Line(*streams, self._url.path)

    async def _work(self, line: Line) -> None:
        for number, body in self._calls:
            due = self._start + number / self._rate if self._rate else time.perf_counter()
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            status, answer = await line.post(body, f"{self._key}-{number}")
            taken = (time.perf_counter() - due) * 1000
            self.done.append((status, round(taken, 3), time.time(), _request(answer)))


def _request(answer: bytes) -> str:
    known: dict[str, Any] = orjson.loads(answer)
    return str(known.get("request_id", ""))


async def main(url: str, bodies: str, rate: str) -> None:
    load = Load(url, Path(bodies).read_bytes().splitlines(), float(rate))
    seconds = await load.run()
    print(orjson.dumps({"seconds": seconds, "calls": load.done}).decode())


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
