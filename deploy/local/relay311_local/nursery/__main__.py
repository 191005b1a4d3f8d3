"""The nursery's own process: reads the city and imports the modules it is told, then forks a child per line of JSON.

What is read before is in the memory of all children once, and none of them waits for it again.

It answers `{"born": pid}` for each line and `{"dead": pid, "exit": code}` for each child that ended. It has one
thread, so a fork copies nothing that is half done. When its input closes, it ends; its children go on.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import sys
from pathlib import Path
from typing import Any, Final, NoReturn

from contracts.city import CityError, load_city

_POLL_S: Final = 0.1


def main() -> None:
    """Serve until the input closes."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy makes threads as it is imported, and a fork has one
    city, *modules = sys.argv[1:]
    for name in modules:
        importlib.import_module(name)
        del sys.modules[name]  # a child runs it itself, as its main program
    if city:
        _read_city(Path(city))
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, every shared page
    signal.signal(signal.SIGCHLD, lambda *_: None)  # wakes select
    _tell({"ready": os.getpid()})
    waiting = b""
    while (chunk := _read()) != b"":
        _report_dead()
        *lines, waiting = (waiting + (chunk or b"")).split(b"\n")
        for line in lines:
            _tell({"born": _fork(json.loads(line))})


def _read_city(folder: Path) -> None:
    """Read the city's folder for all children; what is wrong with it is theirs to say."""
    with contextlib.suppress(CityError, OSError):
        load_city(folder)


def _read() -> bytes | None:
    """Return what came in; None when nothing did for a moment, nothing at all at the end."""
    ready, _, _ = select.select([0], [], [], _POLL_S)
    return os.read(0, 65536) if ready else None


def _fork(wish: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _grow_up(wish)
    return pid


def _grow_up(wish: dict[str, Any]) -> NoReturn:
    """Become the wanted program, as if started by `python -m`; errors and exit codes are those of the program."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _redirect(wish["log"])
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(wish["name"], "utf-8")  # what `ps` and `top` show
    os.environ.update(wish["environment"])
    sys.argv = [wish["module"], *wish["arguments"]]
    runpy.run_module(wish["module"], run_name="__main__", alter_sys=True)
    sys.exit(0)


def _redirect(log: str) -> None:
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (out, 1), (out, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(out)


def _report_dead() -> None:
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _tell({"dead": ended[0], "exit": os.waitstatus_to_exitcode(ended[1])})


def _tell(message: dict[str, int]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main()
