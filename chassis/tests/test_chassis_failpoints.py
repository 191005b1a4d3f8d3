"""Failpoints: nothing unarmed, an end without clean-up at the wanted passing, and every name is used once."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from chassis import failpoints

ROOT = Path(__file__).resolve().parents[2]
_USED = re.compile(r'failpoints\.at\("([a-z.]+)"\)')
_PASSES = """
import sys
from chassis import failpoints
failpoints.belong_to("sla")
for number in range(1, 5):
    print(number, flush=True)
    failpoints.at("relay.read")
"""


def passing(folder: Path | None) -> subprocess.CompletedProcess[str]:
    environment = {failpoints.FOLDER: str(folder)} if folder else {}
    command = [sys.executable, "-c", _PASSES]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def armed(folder: Path, service: str, text: str) -> Path:
    file = folder / service / "relay.read"
    file.parent.mkdir()
    file.write_text(text)
    return file


def test_an_unarmed_point_does_nothing(tmp_path: Path) -> None:
    assert failpoints._armed is None
    assert passing(None).returncode == 0
    assert passing(tmp_path).returncode == 0


def test_an_armed_point_ends_the_process_at_its_passing_and_proves_it(tmp_path: Path) -> None:
    file = armed(tmp_path, "sla", "3")
    done = passing(tmp_path)
    assert (done.returncode, done.stdout.split()) == (failpoints.KILLED, ["1", "2", "3"])
    assert not file.exists()
    assert passing(tmp_path).returncode == 0  # the next process lives


def test_another_services_point_is_not_ours(tmp_path: Path) -> None:
    file = armed(tmp_path, "kb", "1")
    assert passing(tmp_path).returncode == 0
    assert file.exists()


@pytest.mark.requirement("OPS-06")
def test_every_point_is_passed_in_one_place_and_no_other_is() -> None:
    sources = [*(ROOT / "chassis" / "chassis").rglob("*.py"), *(ROOT / "services").glob("*/*/**/*.py")]
    used = Counter(name for path in sources for name in _USED.findall(path.read_text("utf-8")))
    assert used == Counter(failpoints.POINTS.keys())
