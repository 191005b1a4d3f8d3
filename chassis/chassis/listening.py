"""Doors that are not HTTP: all instances of a service listen at one port, and the door is open while one does."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

SHARES: Final = hasattr(socket, "SO_REUSEPORT")
"""Whether this system lets several processes listen at one port; it hands each caller to one of them."""


async def listen_until(stop: asyncio.Event, make: Callable[[], asyncio.Protocol], host: str, port: int) -> None:
    """Take callers, with those who listen there already, until told to stop."""
    server = await asyncio.get_running_loop().create_server(make, host, port, reuse_port=SHARES)
    try:
        await stop.wait()
    finally:
        server.close()
