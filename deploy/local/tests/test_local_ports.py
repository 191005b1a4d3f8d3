"""Ports for tests' servers: never one that somebody else was given, nor one that an outgoing connection may take."""

import subprocess
import sys
from pathlib import Path

from relay311_local.ports import PORTS, free_ports

MANY = 400
TAKE = f"from relay311_local.ports import free_ports; print(*free_ports({MANY}), flush=True); input()"


def test_two_processes_are_never_given_the_same_port() -> None:
    command = [sys.executable, "-c", TAKE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        theirs = {int(port) for port in other.stdout.readline().split()}
        ours = set(free_ports(MANY))
        other.communicate("\n", timeout=10)
    assert len(ours) == len(theirs) == MANY
    assert not ours & theirs


def test_no_port_is_one_the_system_gives_to_connections() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert PORTS.stop <= lowest
