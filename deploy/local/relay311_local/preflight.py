"""What must hold before anything starts: a Python new enough, room on the disk, and free ports."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from relay311_local.problems import PlatformError
from relay311_local.processes import is_open

_ROOM: Final = 2_000_000_000
_PYTHON: Final = (3, 11)


def check(run: Path, ports: Mapping[str, int]) -> None:
    """Raise PlatformError with the first thing that stands in the way."""
    check_python(sys.version_info[:2])
    check_room(run, shutil.disk_usage(_existing(run)).free)
    for name, port in ports.items():
        if is_open(port):
            raise PlatformError(
                f"Port {port} ({name}) is taken{_user_of(port)}: end that program, or set RELAY311_PORT_OFFSET=1000."
            )


def check_python(version: tuple[int, int]) -> None:
    """Refuse a Python that is too old."""
    if version < _PYTHON:
        raise PlatformError(f"Python {version[0]}.{version[1]} is too old: Relay311 needs Python 3.11 or newer.")


def check_room(folder: Path, free: int) -> None:
    """Refuse a disk with less than 2 GB (10^9 bytes) free."""
    if free < _ROOM:
        raise PlatformError(f"Only {free / 1e9:.1f} GB are free where {folder} lies: 2 GB are needed; make room.")


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _user_of(port: int) -> str:
    """Say who listens on a port, when the system tells."""
    try:
        pids = {
            c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == port and c.status == "LISTEN"
        }
        return f" by {psutil.Process(pids.pop()).name()}" if pids and None not in pids else ""
    except (psutil.Error, OSError):
        return ""
