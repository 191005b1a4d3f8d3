"""`make faults-long`: storm after storm, each with the next seed, until the time is over or one finds something."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from shutil import rmtree


def main() -> int:
    """Print each run's last line; stop at the first that found something, and name its seed and folder."""
    parser = argparse.ArgumentParser(prog="make faults-long", description=__doc__)
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    asked = parser.parse_args()
    end = time.monotonic() + asked.hours * 3600
    for seed in count(asked.seed):
        if time.monotonic() >= end:
            return 0
        folder = _folder(seed)
        done = _run(seed, asked.seconds, folder)
        print(_last_line(folder), flush=True)
        if done:
            print(f"Seed {seed} found something; its ledger, logs and data are in {folder}.")
            return done
        rmtree(folder)
    return 0


def _folder(seed: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"faults-{seed}-"))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    return folder


def _run(seed: int, seconds: float, folder: Path) -> int:
    command = (sys.executable, "-u", "-m", "faults", "--seed", str(seed), "--seconds", str(seconds))
    with (folder / "said.log").open("wb") as log:
        environment = os.environ | {"RELAY311_FAULTS_FOLDER": str(folder)}
        return subprocess.run(command, env=environment, stdout=log, stderr=log, check=False).returncode


def _last_line(folder: Path) -> str:
    return ((folder / "said.log").read_text("utf-8").splitlines() or ["nothing was said"])[-1]


if __name__ == "__main__":
    sys.exit(main())
