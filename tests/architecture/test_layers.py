"""The layers hold, and a tool would notice if they did not: each way of breaking them is planted in a copy."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARENTS = (
    "contracts",
    "chassis",
    "deploy/local",
    "deploy/drivers",
    *(f"services/{s}" for s in sorted(p.name for p in (ROOT / "services").iterdir())),
)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Copy every package, side by side."""
    for parent in PARENTS:
        for package in (ROOT / parent).glob("*/__init__.py"):
            target = tmp_path / package.parent.name
            shutil.copytree(package.parent, target, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the packages in a folder; they go before the installed ones."""
    program = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", program, "--no-cache"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def stray_module(house: Path) -> str:
    (house / "routing/utils.py").write_text('"""A stray."""\n')
    return "routing.utils"


def tables_in_the_domain(house: Path) -> str:
    (house / "sla/domain/rows.py").write_text('"""Tables where none belong."""\n\nimport sqlmodel\n')
    return "sla.domain.rows -> sqlmodel"


def neighbours(house: Path) -> str:
    with (house / "notify/settings.py").open("a") as file:
        file.write("\nimport survey.settings\n")
    return "notify.settings -> survey.settings"


def upwards(house: Path) -> str:
    with (house / "kb/settings.py").open("a") as file:
        file.write("\nimport kb.store\n")
    return "kb.settings"


def chassis_that_knows_a_service(house: Path) -> str:
    with (house / "chassis/errors.py").open("a") as file:
        file.write("\nimport intake.settings\n")
    return "chassis.errors -> intake.settings"


def driver_from_inside(house: Path) -> str:
    with (house / "relay311_drivers/problems.py").open("a") as file:
        file.write("\nimport chassis.errors\n")
    return "relay311_drivers.problems -> chassis.errors"


PLANTED = (stray_module, tables_in_the_domain, neighbours, upwards, chassis_that_knows_a_service, driver_from_inside)


def test_the_layers_hold(house: Path) -> None:
    done = lint(house)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.requirement("OPS-13")
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_breach_is_caught_and_named(house: Path, plant: Callable[[Path], str]) -> None:
    named = plant(house)
    done = lint(house)
    assert done.returncode != 0
    assert named in done.stdout + done.stderr
