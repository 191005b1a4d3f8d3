"""The platform's commands: run, up, down, status, scale, stop, start."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from relay311_local import control, preflight, state, status
from relay311_local.access import LOOPBACK
from relay311_local.credentials import ensure_credentials
from relay311_local.layout import MOST_INSTANCES, SERVICES, Layout, layout
from relay311_local.nursery.client import Shared
from relay311_local.plan import SIMULATOR, Plan
from relay311_local.problems import PlatformError
from relay311_local.supervisor import Supervisor

_SAMPLE: Final = ("-m", "relay311_drivers", "sample-day")
_START_S: Final = 600.0
_STOP_S: Final = 60.0


def run(place: Layout, options: argparse.Namespace) -> None:
    """Run the platform in the foreground until Ctrl-C or SIGTERM."""
    with state.only_supervisor(place.run):
        left = state.end_leftovers(place.run)
        if left:
            _say(f"Ended what a killed run had left behind: {', '.join(left)}.")
        plan = Plan(place, ensure_credentials(place.run, SERVICES, SERVICES), _parts(), _say, _instances())
        preflight.check(place.run, plan.ports())
        _say(f"Starting the platform; logs are in {place.run / 'logs'}.")
        supervisor = Supervisor(plan.units(), place.run, _say, plan.instance, _shared(plan))
        with _stopping_on_signals(supervisor), contextlib.ExitStack() as sample:
            supervisor.run(lambda: _on_ready(place, options, sample))


def up(place: Layout, options: argparse.Namespace) -> None:
    """Run the platform in the background and return when it is ready."""
    running = state.supervisor_pid(place.run)
    if running:
        raise PlatformError(f"The platform already runs here (process {running}): see `make status`.")
    log = place.run / "logs" / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    arguments = [sys.executable, "-u", "-m", "relay311_local", "run", *(["--no-sample"] if options.no_sample else [])]
    with log.open("wb") as out:
        child = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    with log.open(encoding="utf-8", errors="replace") as lines:
        _follow(lambda: _echo(lines.read()), child, place)


def down(place: Layout, _options: argparse.Namespace) -> None:
    """Stop the platform that runs in the background (or in another terminal)."""
    pid = state.supervisor_pid(place.run)
    if pid is None:
        left = state.end_leftovers(place.run)
        _say(f"Ended what a killed run had left behind: {', '.join(left)}." if left else "The platform does not run.")
        return
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + _STOP_S
    while state.supervisor_pid(place.run):
        if time.monotonic() > end:
            raise PlatformError(
                f"The supervisor (process {pid}) did not stop in {_STOP_S:.0f} s; see {place.run}/logs."
            )
        time.sleep(0.1)
    _say("The platform is stopped; its data are kept.")


def show_status(place: Layout, _options: argparse.Namespace) -> None:
    """Print the table of processes."""
    snapshot = state.load(place.run)
    if snapshot is None or state.supervisor_pid(place.run) is None:
        raise PlatformError("The platform does not run here: start it with `make up` or `make run`.")
    for line in status.current(snapshot):
        _say(line)


COMMANDS: Final[dict[str, Callable[[Layout, argparse.Namespace], None]]] = {
    "run": run,
    "up": up,
    "down": down,
    "status": show_status,
    "scale": control.scale,
    "stop": control.stop,
    "start": control.start,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; a problem is one line on stderr and exit code 1."""
    options = _parser().parse_args(arguments)
    try:
        COMMANDS[options.command](layout(), options)
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The system refuses: {error}.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m relay311_local", description="The embedded platform.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, action in COMMANDS.items():
        text = (action.__doc__ or "").rstrip(".")
        command = commands.add_parser(name, help=text, description=text)
        if name in {"run", "up"}:
            command.add_argument("--no-sample", action="store_true", help="do not send the sample day")
        if name == "scale":
            command.add_argument("service", help="one of the services")
            command.add_argument("count", type=int, help=f"how many instances, from 1 to {MOST_INSTANCES}")
        if name in {"stop", "start"}:
            command.add_argument("name", help="as `status` names it")
    return parser


def _shared(plan: Plan) -> Shared:
    """Name what the platform's own processes have in common."""
    services = [f"{service}.app" for service in plan.services]
    return Shared(
        plan.place.city, (*services, *(f"relay311_drivers.{one}.__main__" for one in ("simulator", "systems")))
    )


def _parts() -> tuple[str, ...]:
    """RELAY311_PARTS names what to run, such as `intake,routing,agencies`; by default everything."""
    wanted, every = os.environ.get("RELAY311_PARTS"), (*SERVICES, SIMULATOR)
    parts = tuple(wanted.split(",")) if wanted else every
    unknown = sorted(set(parts) - set(every))
    if unknown:
        raise PlatformError(f"RELAY311_PARTS names {', '.join(unknown)}: choose from {', '.join(every)}.")
    return parts


def _instances() -> dict[str, int]:
    """RELAY311_INSTANCES says how many there are of each service: `2`, or `intake=2,notify=4`; one by default."""
    text = os.environ.get("RELAY311_INSTANCES", "")
    pairs = [one.partition("=")[::2] for one in text.split(",") if one]
    counts = dict.fromkeys(SERVICES, pairs[0][0]) if len(pairs) == 1 and not pairs[0][1] else dict(pairs)
    wrong = [
        f"{s}={n}" for s, n in counts.items() if s not in SERVICES or n not in map(str, range(1, MOST_INSTANCES + 1))
    ]
    if wrong:
        raise PlatformError(
            f"RELAY311_INSTANCES says {', '.join(wrong)}: give 1 to {MOST_INSTANCES} of {', '.join(SERVICES)}."
        )
    return {service: int(count) for service, count in counts.items()}


@contextmanager
def _stopping_on_signals(supervisor: Supervisor) -> Iterator[None]:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.request_stop())
    yield


def _on_ready(place: Layout, options: argparse.Namespace, sample: contextlib.ExitStack) -> None:
    """Send the sample day in a process of its own, and say where to look."""
    _where(place)
    if not options.no_sample:
        process = subprocess.Popen([sys.executable, *_SAMPLE], stdin=subprocess.DEVNULL, start_new_session=True)
        sample.callback(process.wait)
        sample.callback(process.terminate)


def _follow(show: Callable[[], None], child: subprocess.Popen[bytes], place: Layout) -> None:
    """Show the background supervisor's lines until it is ready; raise PlatformError when it ends or is too slow."""
    end = time.monotonic() + _START_S
    while not _is_ready(child, place):
        show()
        if child.poll() is not None:
            show()
            raise PlatformError("The platform did not start; the line above says why.")
        if time.monotonic() > end:
            raise PlatformError(f"The platform was not ready after {_START_S:.0f} s; see `make status`.")
        time.sleep(0.1)
    show()


def _is_ready(child: subprocess.Popen[bytes], place: Layout) -> bool:
    snapshot = state.load(place.run)
    return snapshot is not None and snapshot.pid == child.pid and snapshot.phase == "ready"


def _where(place: Layout) -> None:
    for name, what in _PLACES.items():
        _say(f"  {what:<38} http://{LOOPBACK}:{place.port(name)}{_PATHS.get(name, '/')}")


_PLACES: Final = {
    "intake": "requests (try it out)",
    "routing": "assignments and the triage desk",
    "sla": "forecasts and clocks",
    "notify": "deliveries",
    "survey": "surveys",
    "kb": "articles",
    "adapters": "agencies' own systems",
    "mail": "mails to residents",
    "zipkin": "traces and the map of dependencies",
}
_PATHS: Final = dict.fromkeys(SERVICES, "/docs")


def _echo(text: str) -> None:
    print(text, end="", flush=True)


def _say(line: str) -> None:
    print(line, flush=True)
