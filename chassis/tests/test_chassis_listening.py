"""Instances share the port of a door that is not HTTP: whoever runs takes callers, and nobody is in another's way."""

import asyncio
import socket
from collections import Counter

from chassis.listening import listen_until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def greeting(name: str) -> type[asyncio.Protocol]:
    class Greeting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transport.write(name.encode())
            transport.close()

    return Greeting


async def callers(port: int, count: int) -> Counter[str]:
    heard = Counter[str]()
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        heard[(await reader.read()).decode()] += 1
        writer.close()
    return heard


async def test_the_door_is_open_while_any_instance_runs() -> None:
    port, stops = free_port(), {name: asyncio.Event() for name in ("one", "two")}
    tasks = {
        name: asyncio.create_task(listen_until(stop, greeting(name), "127.0.0.1", port)) for name, stop in stops.items()
    }
    await asyncio.sleep(0.05)
    assert not [task for task in tasks.values() if task.done()], "both listen"
    assert (await callers(port, 60)).keys() == {"one", "two"}, "each takes a share"
    stops["one"].set()
    await tasks["one"]
    assert await callers(port, 20) == {"two": 20}
    stops["two"].set()
    await tasks["two"]
