"""Fetches the jars named in a lock file into a shared cache, checks every byte, and survives two runs at once."""

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from relay311_local.problems import PlatformError

Say = Callable[[str], None]
_TIMEOUT_S: Final = 60
_PARALLEL: Final = 6


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of a package, with the SHA-256 its bytes must have."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name in the cache.

        >>> Jar("io.zipkin", "zipkin-server", "3.6.1", "exec", "").file_name
        'zipkin-server-3.6.1-exec.jar'
        """
        return "-".join(part for part in (self.artifact, self.version, self.classifier) if part) + ".jar"


def read_lock(text: str) -> tuple[Jar, ...]:
    r"""Parse lines of `group:artifact:version[:classifier] sha256`; lines starting with # are comments.

    >>> read_lock("# comment\na.b:c:1.0 ff")
    (Jar(group='a.b', artifact='c', version='1.0', classifier='', sha256='ff'),)
    """
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(_jar(coordinate, sha256) for coordinate, sha256 in rows)


def _jar(coordinate: str, sha256: str) -> Jar:
    group, artifact, version, *classifier = coordinate.split(":")
    return Jar(group, artifact, version, "".join(classifier), sha256)


def lock(name: str) -> tuple[Jar, ...]:
    """Read a lock file shipped with this package: `kafka`, `zipkin` or `ecj`."""
    return read_lock(files("relay311_local").joinpath(f"{name}.lock").read_text("utf-8"))


def fetch(name: str, cache: Path, say: Say = print) -> tuple[Path, ...]:
    """Return the jars of a lock file in its order, downloading those the cache lacks.

    Raises PlatformError when a jar cannot be fetched (no network on the first run) or its bytes are not the expected.
    """
    jars = lock(name)
    folder = cache / "jars"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in jars if not (folder / jar.file_name).exists()]
    if missing:
        _fetch_all(name, missing, folder, say)
    return tuple(folder / jar.file_name for jar in jars)


def _fetch_all(name: str, missing: Sequence[Jar], folder: Path, say: Say) -> None:
    say(f"Downloading {name}: {len(missing)} files, once ...")
    with ThreadPoolExecutor(_PARALLEL) as pool:
        sizes = 0
        for done, size in enumerate(pool.map(lambda jar: fetch_one(jar, folder), missing), 1):
            sizes += size
            if done == len(missing) or done % 10 == 0:
                say(f"  {name}: {done} of {len(missing)} files, {sizes / 1e6:.0f} MB")


def fetch_one(jar: Jar, folder: Path, download: Callable[[Jar, Path], Path] | None = None) -> int:
    """Download beside the cache, check, then move in: a half file is never seen and two runs may race."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = (download or _download)(jar, Path(scratch))
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != jar.sha256:
            raise PlatformError(
                f"{jar.file_name} has SHA-256 {found}, expected {jar.sha256}: do not use it; try again."
            )
        size = path.stat().st_size
        path.chmod(0o644)
        os.replace(path, folder / jar.file_name)  # noqa: PTH105 -- the atomic move is the point
        return size


def _download(jar: Jar, scratch: Path) -> Path:
    with warnings.catch_warnings():  # on import it remarks on a missing XDG_RUNTIME_DIR, which nothing here uses
        warnings.simplefilter("ignore")
        from jgo.maven import MavenContext  # noqa: PLC0415 -- slow to import, and needed on the first run only
    context = MavenContext(repo_cache=scratch, timeout=_TIMEOUT_S)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    try:
        return Path(component.artifact(classifier=jar.classifier).resolve())
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors
        raise PlatformError(
            f"Cannot download {jar.file_name} ({type(error).__name__}): the first run needs a network connection "
            f"to the Maven package registry; later runs use {scratch.parent}."
        ) from error
