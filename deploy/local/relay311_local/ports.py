"""Ports for servers that tests start: below those the system gives to outgoing connections, each to one process alone.

A port that the system itself proposes may be taken by any connection before the server that wants it listens.
"""

import contextlib
import fcntl
import os
import random
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from relay311_local.access import LOOPBACK
from relay311_local.problems import PlatformError

PORTS: Final = range(26_000, 32_700)
_given: set[int] = set()


def free_port() -> int:
    """Give a port nobody uses now, and nobody else is given as long as this process lives."""
    for port in random.sample(PORTS, len(PORTS)):  # not from the first on: whoever stopped may still hold it
        if port not in _given and _is_ours(port) and _is_free(port):
            _given.add(port)
            return port
    raise PlatformError(f"no port from {PORTS.start} to {PORTS.stop - 1} is free: end what listens there")


def free_ports(count: int) -> tuple[int, ...]:
    """Give several different ports nobody uses now."""
    return tuple(free_port() for _ in range(count))


@cache
def _register() -> int:
    """Open the file whose bytes stand for ports; a lock on one lasts as long as its process."""
    path = Path(tempfile.gettempdir()) / f"relay311-ports-{os.getuid()}.lock"
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _is_ours(port: int) -> bool:
    try:
        fcntl.lockf(_register(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.socket() as probe:
        probe.bind((LOOPBACK, port))
        return True
    return False
