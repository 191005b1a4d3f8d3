"""One storm in a copy of the project: lines of findings, then how often each invariant was broken as JSON."""

import argparse
import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from town import ROOT

import chassis
from faults.case import Finding
from faults.invariants import judge
from faults.nemesis import KINDS
from faults.planted.bug import Bug
from faults.planted.table import ALL
from faults.scene import Focus
from faults.storm import own_stage, storm
from relay311_local.testing import open_folder

_SHOWN: Final = 3
_BACK_SECONDS: Final = 45.0
_QUIET_SECONDS: Final = 40.0
_LONGEST_SECONDS: Final = 90.0


def main() -> int:
    """Judge one seed; 0 when every invariant held, 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--bug", choices=[*ALL], required=True, help="whose faults are let loose")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # so that the platform is stopped too
    assert Path(chassis.__file__).is_relative_to(ROOT), f"{chassis.__file__} is not the copy's"
    bug = ALL[options.bug]
    assert KINDS.keys() >= set(bug.faults), f"the harness has no fault named {set(bug.faults) - KINDS.keys()}"
    with open_folder() as folder, own_stage(folder) as stage:
        case, _ = asyncio.run(storm(stage, options.seed, options.seconds, only=bug.faults, focus=_focus(bug)))
    shown = _show([finding for finding in judge(case) if finding.invariant != "faults"])
    print(json.dumps(shown))
    return 1 if shown else 0


def _focus(bug: Bug) -> Focus:
    """Strike where the bug is, and wait no longer than a sound platform needs on a slow machine."""
    return Focus(bug.points, bug.services, _BACK_SECONDS, _QUIET_SECONDS, _LONGEST_SECONDS)


def _show(findings: Sequence[Finding]) -> Counter[str]:
    """Print the first findings of each invariant; returns how many each has."""
    seen: Counter[str] = Counter()
    for one in findings:
        seen[one.invariant] += 1
        if seen[one.invariant] <= _SHOWN:
            print(f"{one.invariant}: {one.what}"[:300])
    return seen


if __name__ == "__main__":
    sys.exit(main())
