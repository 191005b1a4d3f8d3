"""The proxy: what it swallows was done, what it forwards is untouched, and what it cuts is cut."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from faults.proxy import KafkaProxy, PostgresProxy, Proxy

COMMIT = b"Q\0\0\0\x0cCOMMIT;\0"
COMMITTED = b"C\0\0\0\x0bCOMMIT\0Z\0\0\0\x05I"
ROLLED_BACK = b"C\0\0\0\rROLLBACK\0Z\0\0\0\x05I"


class Echo:
    """A server that answers each piece by a rule, and remembers what it got."""

    def __init__(self, rule: Callable[[bytes], bytes]) -> None:
        self.got, self._rule = list[bytes](), rule

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            self.got.append(piece)
            writer.write(self._rule(piece))
        writer.close()


async def connected(echo: Echo, make: type[Proxy]) -> AsyncIterator[tuple[Proxy, Callable[[bytes], object]]]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = make(server.sockets[0].getsockname()[1])
    door = await proxy.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)

    async def ask(piece: bytes) -> bytes:
        writer.write(piece)
        try:
            return await asyncio.wait_for(reader.read(65_536), 5)
        except ConnectionError:
            return b""

    yield proxy, ask
    writer.close()
    door.close()
    server.close()


def kafka(api: int, number: int) -> bytes:
    body = api.to_bytes(2, "big") + b"\0\x09" + number.to_bytes(4, "big") + b"body"
    return len(body).to_bytes(4, "big") + body


def reply(piece: bytes) -> bytes:
    return b"\0\0\0\x06" + piece[8:12] + b"ok"


@pytest.mark.parametrize(("answer", "swallowed"), [(COMMITTED, 1), (ROLLED_BACK, 0)])
async def test_the_reply_to_a_commit_is_swallowed_once_and_no_other(answer: bytes, swallowed: int) -> None:
    echo = Echo(lambda piece: answer if piece == COMMIT else b"reply")
    async for proxy, ask in connected(echo, PostgresProxy):
        assert await ask(b"select") == b"reply"
        proxy.swallow = 1
        assert await ask(b"select") == b"reply"
        assert await ask(COMMIT) == (b"" if swallowed else answer)
        assert echo.got[-1] == COMMIT
        assert (proxy.swallow, proxy.swallowed) == (0, swallowed)


async def test_the_reply_to_a_produce_request_is_swallowed_by_its_number() -> None:
    echo = Echo(reply)
    async for proxy, ask in connected(echo, KafkaProxy):
        proxy.swallow = 1
        assert await ask(kafka(1, 7)) == reply(kafka(1, 7))  # a fetch
        assert await ask(kafka(0, 8)) == b""
        assert echo.got[-1] == kafka(0, 8)
        assert (proxy.swallow, proxy.swallowed) == (0, 1)


async def test_everything_is_slowed_down_or_cut() -> None:
    async for proxy, ask in connected(Echo(lambda piece: piece), PostgresProxy):
        proxy.delay = 0.01
        assert await ask(b"ping") == b"ping"
        assert proxy.delayed == 2
        assert proxy.cut_all() == 1
        assert await ask(b"ping") == b""
