"""The table of planted bugs, and what has caught each: `caught.json`, and the same for people in `caught.md`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from faults.planted.bug import Bug
from faults.planted.reading import READING
from faults.planted.services import SERVICES
from faults.planted.writing import WRITING

BUGS: Final[Mapping[str, Bug]] = {bug.name: bug for bug in (*READING, *WRITING, *SERVICES)}
"""Every bug by its name."""
CONTROL: Final = Bug(
    "none",
    "the control: nothing is planted",
    (),
    (),
    tuple(sorted({kind for bug in BUGS.values() for kind in bug.faults})),
)
"""Every fault that a bug asks for, let loose on the project as it is: it must find nothing."""
ALL: Final[Mapping[str, Bug]] = {CONTROL.name: CONTROL, **BUGS}
BLIND: Final[Mapping[str, str]] = {}
"""Bugs that nothing catches, and why that is so."""
HERE: Final = Path(__file__).parent
_JSON: Final = HERE / "caught.json"
TEXT: Final = HERE / "caught.md"
"""The table for people."""
_HEAD: Final = """# Planted bugs

Made by `make planted`: each bug is put into a copy of the project, and the harness must say what is wrong. A storm is
a platform under load and faults, judged by the invariants; the number after each is how many cases it found. A suite is
the second detector: its test fails in the copy and passes without the bug. Seeds: the storms let loose; before a suite
they were in vain, and 0 says that none was tried. Sound: what the same storm, with the same faults at the same places,
found in a copy without the bug.

| Bug | What it is | Caught by | How | Seeds | Seconds | Sound |
|---|---|---|---|---|---|---|
"""


def load() -> dict[str, dict[str, Any]]:
    """Read what was caught so far; bugs that are no longer in the table are left out."""
    kept: dict[str, dict[str, Any]] = json.loads(_JSON.read_text("utf-8")) if _JSON.exists() else {}
    return {name: kept[name] for name in ALL if name in kept}


def note(name: str, verdict: Mapping[str, Any]) -> None:
    """Write down what became of a bug, for machines and for people."""
    known = load() | {name: dict(verdict)}
    ordered = {name: known[name] for name in ALL if name in known}
    _JSON.write_text(json.dumps(ordered, indent=2) + "\n", "utf-8")
    TEXT.write_text(text(ordered), "utf-8")


def text(known: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the table for people."""
    untried = ", ".join(name for name in BUGS if name not in known)
    lines = "".join(_line(ALL[name], verdict) for name, verdict in known.items())
    blind = "".join(f"\nBlind spot: {name}. {why}\n" for name, why in BLIND.items())
    return _HEAD + lines + blind + (f"\nNot tried yet: {untried}.\n" if untried else "")


def _line(bug: Bug, verdict: Mapping[str, Any]) -> str:
    cells = bug.name, bug.what, _by(verdict["caught_by"], "**nothing**"), verdict["how"]
    sound = _by(verdict["sound"], "nothing") if "sound" in verdict else "not tried"
    return f"| {' | '.join(map(str, (*cells, verdict['seeds'], verdict['seconds'], sound)))} |\n"


def _by(found: Mapping[str, int], none: str) -> str:
    return ", ".join(f"{name} ({count})" for name, count in found.items()) or none
