"""The supervisor starts in order, restarts what dies, stops in reverse, and there is only one."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from relay311_local import state
from relay311_local.layout import instance
from relay311_local.ports import free_port
from relay311_local.preflight import check, check_python, check_room
from relay311_local.problems import PlatformError
from relay311_local.processes import Child, Command
from relay311_local.supervisor import Supervisor, stop_order
from relay311_local.unit import Unit
from relay311_local.wishes import Wish, ask

SLEEP = "import time; print('up', flush=True); time.sleep(600)"


def program(folder: Path, name: str, code: str) -> Callable[[], Command]:
    return lambda: Command(name, (sys.executable, "-c", code), folder / f"{name}.log")


def started(folder: Path, name: str) -> int:
    log = folder / f"{name}.log"
    return log.read_text().count("up") if log.exists() else 0


def wait_for(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def entry(folder: Path, name: str) -> state.Entry:
    snapshot = state.load(folder)
    assert snapshot is not None
    return next(entry for entry in snapshot.entries if entry.name == name)


class Background:
    """A supervisor in a thread, with what it said and how it ended."""

    def __init__(self, units: list[Unit], folder: Path, one_more: Callable[[str, int], Unit] | None = None) -> None:
        self.said: list[str] = []
        self.ready = threading.Event()
        self.problem: PlatformError | None = None
        self.supervisor = Supervisor(units, folder, self.said.append, one_more)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.supervisor.run(self.ready.set)
        except PlatformError as error:
            self.problem = error

    def stop(self) -> None:
        """Stop it and wait."""
        self.supervisor.request_stop()
        self.thread.join(20)
        assert not self.thread.is_alive()


def test_units_start_after_what_they_need(tmp_path: Path) -> None:
    units = [
        Unit("last", program(tmp_path, "last", SLEEP), ("task",)),
        Unit("task", program(tmp_path, "task", "print('made')"), ("first",), once=True),
        Unit("first", program(tmp_path, "first", SLEEP), ready=lambda: started(tmp_path, "first") > 0),
    ]
    running = Background(units, tmp_path)
    assert running.ready.wait(15)
    running.stop()
    told = [line.split()[2].rstrip(":") for line in running.said if "ready" in line or "made" in line]
    assert told == ["first", "task", "last"]


def test_what_dies_is_restarted(tmp_path: Path) -> None:
    running = Background([Unit("service", program(tmp_path, "service", SLEEP))], tmp_path)
    assert running.ready.wait(15)
    wait_for(lambda: started(tmp_path, "service") == 1)
    first = entry(tmp_path, "service").pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: entry(tmp_path, "service").restarts == 1 and entry(tmp_path, "service").state == "ready")
    second = entry(tmp_path, "service").pid
    running.stop()
    assert second not in {None, first}
    assert state.born(second or 0) is None
    snapshot = state.load(tmp_path)
    assert snapshot is not None
    assert snapshot.phase == "stopped"


def test_a_task_that_fails_stops_the_start_and_says_why(tmp_path: Path) -> None:
    other = Unit("other", program(tmp_path, "other", SLEEP))
    task = Unit("task", program(tmp_path, "task", "import sys; sys.exit('no room on the disk')"), once=True)
    running = Background([other, task], tmp_path)
    running.thread.join(15)
    assert running.problem is not None
    assert "task ended with exit code 1: no room on the disk" in str(running.problem)
    assert entry(tmp_path, "other").pid is None


def test_a_preparation_that_fails_says_why(tmp_path: Path) -> None:
    def refuse() -> None:
        raise PlatformError("there is no network")

    running = Background([Unit("a", program(tmp_path, "a", SLEEP), prepare=refuse)], tmp_path)
    running.thread.join(15)
    assert str(running.problem) == "there is no network"


def test_nothing_stops_before_those_that_need_it(tmp_path: Path) -> None:
    start = program(tmp_path, "x", SLEEP)
    units = [Unit("db", start), Unit("task", start, ("db",), once=True), Unit("a", start, ("task",)), Unit("b", start)]
    assert stop_order(units) == [["a", "b"], ["task"], ["db"]]


def test_there_is_only_one_supervisor(tmp_path: Path) -> None:
    with state.only_supervisor(tmp_path):
        assert state.supervisor_pid(tmp_path) == os.getpid()
        with pytest.raises(PlatformError, match="already runs here"), state.only_supervisor(tmp_path):
            pass
    assert state.supervisor_pid(tmp_path) is None


def test_a_stale_lock_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "supervisor.lock").write_text("999999")
    with state.only_supervisor(tmp_path):
        assert state.supervisor_pid(tmp_path) == os.getpid()


def test_only_its_own_leftovers_are_ended(tmp_path: Path) -> None:
    mine = Child(program(tmp_path, "mine", SLEEP)())
    foreign = Child(program(tmp_path, "foreign", SLEEP)())
    born = state.born(mine.pid)
    entries = (
        state.Entry("mine", "ready", mine.pid, born, 0.0, 0, None),
        state.Entry("used again", "ready", foreign.pid, 12345.0, 0.0, 0, None),
    )
    state.save(tmp_path, state.Snapshot("ready", 999_999, entries))
    threading.Thread(target=lambda: wait_for(lambda: mine.exit_code is not None)).start()  # reaps it, as init would
    assert state.end_leftovers(tmp_path) == ("mine",)
    assert foreign.exit_code is None
    foreign.stop()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    port = free_port()
    said = rf"Port {port} \(kafka\) is taken"
    with socket.create_server(("127.0.0.1", port)), pytest.raises(PlatformError, match=said):
        check(tmp_path, {"kafka": port})


def test_an_old_python_and_a_full_disk_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="too old"):
        check_python((3, 10))
    with pytest.raises(PlatformError, match="2 GB are needed"):
        check_room(tmp_path, 1_000_000)


def test_instances_come_and_go_as_wished(tmp_path: Path) -> None:
    def one(service: str, number: int) -> Unit:
        name = instance(service, number)
        return Unit(name, program(tmp_path, name, SLEEP))

    running = Background([one("sla", 1)], tmp_path, one)
    assert running.ready.wait(15)
    ask(tmp_path, Wish("scale", "sla", 3))
    wait_for(lambda: states(tmp_path) == {"sla": "ready", "sla-2": "ready", "sla-3": "ready"})
    third = entry(tmp_path, "sla-3").pid
    ask(tmp_path, Wish("scale", "sla", 2))
    wait_for(lambda: states(tmp_path) == {"sla": "ready", "sla-2": "ready"})
    assert state.born(third or 0) is None
    ask(tmp_path, Wish("stop", "sla"))
    wait_for(lambda: states(tmp_path) == {"sla": "stopped", "sla-2": "ready"})
    ask(tmp_path, Wish("start", "sla"))
    wait_for(lambda: states(tmp_path) == {"sla": "ready", "sla-2": "ready"})
    running.stop()
    assert list((tmp_path / "wishes").iterdir()) == []


def states(folder: Path) -> dict[str, str]:
    snapshot = state.load(folder)
    return {entry.name: entry.state for entry in snapshot.entries} if snapshot else {}
