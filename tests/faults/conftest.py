"""Lets the harness be found as the package `faults`, and the running platform as `town`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "journeys")]
