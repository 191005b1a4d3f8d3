"""`make planted`: plants each bug in a copy of the project and lets the harness find it; what caught it is kept."""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from faults.planted import table
from faults.planted.bug import STORM, Bug
from faults.planted.tree import planted, run

_STORM_SECONDS: Final = 270.0
_SUITE_SECONDS: Final = 300.0
_TAIL: Final = 12
Verdict = dict[str, Any]


def main() -> int:
    """Try the bugs asked for; 0 when every one of them was caught."""
    parser = argparse.ArgumentParser(prog="make planted", description=__doc__)
    parser.add_argument("--bug", action="append", choices=[*table.ALL], help="one, again for more; default all")
    parser.add_argument("--seeds", type=int, default=3, help="storms at most; 0 leaves it to the suites")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long a storm lasts")
    parser.add_argument("--sound", action="store_true", help="the same storms without the bugs: they must find nothing")
    options = parser.parse_args()
    if options.sound:
        return _compare([table.ALL[name] for name in options.bug or table.BUGS], options.seeds, options.seconds)
    missed = []
    for bug in (table.ALL[name] for name in options.bug or table.ALL):
        verdict = _try(bug, options.seeds, options.seconds)
        table.note(bug.name, verdict)
        caught = verdict["caught_by"]
        _say(f"{bug.name}: {'caught by ' + ', '.join(caught) if caught else 'NOT CAUGHT'} ({verdict['how']})")
        missed += [] if bool(caught) is (bug is not table.CONTROL) else [bug.name]
    print(json.dumps({"bugs": len(options.bug or table.BUGS), "missed": missed}))
    return 1 if missed else 0


def _compare(bugs: Sequence[Bug], seeds: int, seconds: float) -> int:
    """Let the same storms loose without the bugs, and keep what they found; 0 when that was nothing."""
    found = {}
    for bug in bugs:
        with planted(()) as copy:
            for seed in range(1, seeds + 1):
                found[bug.name] = _storm(bug, copy, seed, seconds)
        table.note(bug.name, table.load().get(bug.name, {}) | {"sound": found[bug.name]})
    print(json.dumps({"bugs": len(bugs), "not sound": [name for name, one in found.items() if one]}))
    return 1 if any(found.values()) else 0


def _try(bug: Bug, seeds: int, seconds: float) -> Verdict:
    """Let detectors loose on a bug until one finds it."""
    began, verdict = time.monotonic(), Verdict(caught_by={}, how=STORM, seeds=0)
    with planted(bug.edits) as copy:
        for verdict in _detections(bug, copy, seeds, seconds):
            if verdict["caught_by"]:
                break
    return verdict | {"seconds": round(time.monotonic() - began)}


def _detections(bug: Bug, copy: Path, seeds: int, seconds: float) -> Iterator[Verdict]:
    for seed in range(1, seeds + 1):
        _say(f"{bug.name}: storm {seed}")
        yield Verdict(caught_by=_counting(_storm(bug, copy, seed, seconds), bug), how=STORM, seeds=seed)
    if bug.suite:
        _say(f"{bug.name}: {' '.join(bug.suite)}")
        yield Verdict(caught_by=dict.fromkeys(_failing_by_it_alone(copy, bug.suite), 1), how="suite", seeds=seeds)


def _failing_by_it_alone(copy: Path, suite: tuple[str, ...]) -> list[str]:
    """Run tests in the copy; a test that fails without the bug too has caught nothing."""
    failing = _failing(copy, *suite)
    if not failing:
        return []
    with planted(()) as sound:
        return [name.partition("::")[2] for name in set(failing) - set(_failing(sound, *failing))]


def _failing(copy: Path, *tests: str) -> list[str]:
    _, said = run(copy, sys.executable, "-m", "pytest", "-q", "-x", *tests, seconds=_SUITE_SECONDS)
    print("\n".join(said.splitlines()[-_TAIL:]), flush=True)
    return [line.split()[1] for line in said.splitlines() if line.startswith("FAILED")]


def _storm(bug: Bug, copy: Path, seed: int, seconds: float) -> dict[str, int]:
    """Let a storm loose on a copy; returns how often each invariant was broken. One that cannot be held counts too."""
    arguments = ("--bug", bug.name, "--seed", str(seed), "--seconds", str(seconds))
    code, said = run(copy, sys.executable, "-u", "-m", "faults.planted.trial", *arguments, seconds=_STORM_SECONDS)
    print("\n".join(said.splitlines()[-_TAIL:]), flush=True)
    last = said.splitlines()[-1] if said else ""
    found: dict[str, int] = json.loads(last) if code in (0, 1) and last.startswith("{") else {"not held": 1}
    return found


def _counting(found: dict[str, int], bug: Bug) -> dict[str, int]:
    """Leave a finding out that does not count.

    A storm has caught a bug only when an invariant that the bug is expected to break is among those broken: a slow
    machine alone can break the bound on recovery. The control is expected to break none: all that it finds counts.
    """
    return found if bug is table.CONTROL or found.keys() & set(bug.expected) else {}


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
