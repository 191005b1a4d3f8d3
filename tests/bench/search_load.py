"""Asks over HTTP from a process of its own: `search_load.py HOST PORT PATHS RATE`; PATHS has one path a line.

Every question has the moment it is due; one that waits for a free connection waits on the clock. The last line is
JSON: seconds, and for each call its status, its milliseconds since it was due, and the bytes of its answer.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
import uvloop

LINES: Final = 48
_HEAD: Final = "GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n"


class Load:
    """Calls under way, and what came of them."""

    def __init__(self, host: str, port: int, paths: list[str], rate: float) -> None:
        self._host, self._port, self._rate = host, port, rate
        self._calls: Iterator[tuple[int, str]] = iter(enumerate(paths))
        self._start = 0.0
        self.done: list[tuple[int, float, int]] = []

    async def run(self, count: int) -> float:
        """Send everything over this many connections; returns the seconds it took."""
        lines = [await asyncio.open_connection(self._host, self._port) for _ in range(count)]
        self._start = time.perf_counter()
        await asyncio.gather(*(self._work(*line) for line in lines))
        return time.perf_counter() - self._start

    async def _work(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number, path in self._calls:
            due = self._start + number / self._rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(_HEAD.format(path=path).encode())
            said = await reader.readuntil(b"\r\n\r\n")
            size = int(said.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(size)
            self.done.append((int(said[9:12]), round((time.perf_counter() - due) * 1000, 3), size))


async def main(host: str, port: str, paths: str, rate: str) -> None:
    load = Load(host, int(port), Path(paths).read_text().splitlines(), float(rate))
    seconds = await load.run(LINES)
    print(orjson.dumps({"seconds": seconds, "calls": load.done}).decode())


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
