"""As root, PostgreSQL's other user reaches its programs and data even from a checkout that is closed to others."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from relay311_local import reach
from relay311_local.layout import Layout
from relay311_local.migrations import is_migrated, note_migrated

ASK = """
import sys
from pathlib import Path
from relay311_local import reach
reach.PACKAGE = Path(sys.argv[1])
reach._ELSEWHERE = Path(sys.argv[2])
print(reach.programs())
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to hand over to another user")
def test_a_closed_checkout_is_stepped_around(tmp_path: Path) -> None:
    closed, elsewhere = tmp_path / "closed", tmp_path / "elsewhere"
    closed.mkdir(mode=0o700)
    elsewhere.mkdir()
    reach.copy_package(reach.PACKAGE, closed / "packages")
    command = [sys.executable, "-c", ASK, str(closed / "packages" / reach.PACKAGE.name), str(elsewhere)]
    found = Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    assert found.is_relative_to(elsewhere)
    shutil.rmtree(closed / "packages")  # what is copied runs by itself
    assert subprocess.run([found / "initdb", "--version"], capture_output=True, check=False).returncode == 0
    assert reach.open_to_all(closed / "postgres") != closed / "postgres"


def test_an_open_folder_is_used_as_it_is() -> None:
    assert reach.open_to_all(Path("/usr/share/any")) == Path("/usr/share/any")


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to hand over to another user")
def test_what_was_migrated_is_noted_beside_the_data(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    place = Layout(tmp_path, tmp_path / "run", tmp_path / "cache")
    data = reach.open_to_all(place.run / "postgres")
    data.mkdir(parents=True)
    try:
        note_migrated(place, "intake")
        assert (data / "migrated-intake").exists()
        assert is_migrated(place, "intake")
    finally:
        shutil.rmtree(data.parent)
