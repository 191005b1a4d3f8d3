"""Work orders as files in a watched folder: whole or not at all, acknowledged, and bad rows set aside with a reason.

`to-agency/` holds one CSV for each errand, its photos, and a checksum; `from-agency/` holds what the agency writes:
`*.csv` with `<name>.csv.sha256` beside it. A file without its checksum is still being written and is left alone.
"""

import asyncio
import csv
import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import httpx2
import orjson

from adapters.domain.news import News
from adapters.domain.order import Errand
from adapters.domain.pictures import MOST_BYTES, NotNow, Unusable
from adapters.domain.retries import Answer, Verdict
from adapters.domain.rows import COLUMNS, news_of_row, quarantined, row_of
from adapters.gateways.calling import Album
from adapters.gateways.system import Reading, Unreadable

OUT: Final = "to-agency"
IN: Final = "from-agency"
_MOST_BYTES: Final = 50 * 1024 * 1024


class FileSystem:
    """Writes errands into a folder, and reads what the agency puts beside them."""

    is_watched = True
    needs_number = False

    def __init__(self, folder: Path, album: Album) -> None:
        self._folder, self._album = folder, album

    async def run(self, errand: Errand) -> Answer:
        """Write one errand's file under its own id: written again, it is the same file."""
        try:
            photos = [(p["photo_id"], await self._album.load(p)) for p in errand.order.get("photos") or ()]
            await asyncio.to_thread(self._write, errand, photos)
        except (OSError, httpx2.HTTPError) as error:
            return Answer(Verdict.LATER, f"the folder or a photo could not be used ({type(error).__name__})")
        return Answer(Verdict.TAKEN)

    async def read(self, cursor: Mapping[str, Any]) -> Reading:
        """Read every file that is whole; `cursor` carries which, to be put away once kept."""
        return await asyncio.to_thread(self._read, cursor)

    async def heard(self, reading: Reading) -> None:
        """Acknowledge what was kept, set bad rows aside, and put the files away."""
        await asyncio.to_thread(self._put_away, reading)

    async def list_all(self, _since: datetime) -> Sequence[News]:
        """Read the agency's newest snapshot of all it has."""
        return await asyncio.to_thread(self._snapshot)

    async def picture(self, name: str) -> bytes:
        """Read a picture that lies in `from-agency/photos/` under this very name. Raises Unusable or NotNow."""
        return await asyncio.to_thread(self._picture, name)

    async def close(self) -> None:
        """Nothing is held."""

    # --- writing -------------------------------------------------------------------------------------------------

    def _write(self, errand: Errand, photos: Sequence[tuple[str, bytes]]) -> None:
        folder = self._folder / OUT
        (folder / "photos").mkdir(parents=True, exist_ok=True)
        (self._folder / IN).mkdir(parents=True, exist_ok=True)
        for photo_id, data in photos:
            _put(folder / "photos" / f"{photo_id}.jpg", data)
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerow(row_of(errand))
        name = f"{errand.made_at:%Y%m%dT%H%M%S%f}-{errand.action.value}-{errand.delivery_id}.csv"
        _put_with_sum(folder / name, text.getvalue().encode("utf-8"))

    # --- reading -------------------------------------------------------------------------------------------------

    def _read(self, cursor: Mapping[str, Any]) -> Reading:
        folder = self._folder / IN
        news: list[News] = []
        files: dict[str, list[tuple[int, str, str]]] = {}
        for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
            if path.name.startswith("snapshot") or not _is_whole(path):
                continue
            good, bad = _rows(path)
            news += good
            files[path.name] = bad
        spoilt = [(f"{name}:{line}", why) for name, bad in files.items() for line, _, why in bad]
        return Reading(news, {**cursor, "files": files}, spoilt)

    def _put_away(self, reading: Reading) -> None:
        folder = self._folder / IN
        for name, bad in (reading.cursor.get("files") or {}).items():
            path = folder / name
            if not path.exists():
                continue
            said = {"file": name, "sha256": _sum(path.read_bytes()), "rows_set_aside": len(bad)}
            if bad:
                _put(_made(self._folder / "quarantine") / name, quarantined(bad).encode("utf-8"))
            _put(_made(self._folder / OUT / "acknowledged") / f"{name}.ack", orjson.dumps(said))
            path.replace(_made(folder / "done") / name)
            path.with_name(f"{name}.sha256").replace(folder / "done" / f"{name}.sha256")

    def _picture(self, name: str) -> bytes:
        path = self._folder / IN / "photos" / name
        if Path(name).name != name or path.is_symlink():
            raise Unusable("It is not the plain name of a file in from-agency/photos.")
        try:
            with path.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            raise NotNow("a picture is not in from-agency/photos yet") from None
        except OSError as error:
            raise NotNow(f"a picture could not be read ({type(error).__name__})") from error

    def _snapshot(self) -> Sequence[News]:
        folder = self._folder / IN
        whole = [path for path in folder.glob("snapshot*.csv") if _is_whole(path)] if folder.is_dir() else []
        if not whole:
            raise Unreadable("the agency has left no snapshot.csv to compare with")
        good, _ = _rows(max(whole, key=lambda path: path.stat().st_mtime))
        return good


def _rows(path: Path) -> tuple[list[News], list[tuple[int, str, str]]]:
    """Read a file's rows; those that cannot be read come back with their line and the reason."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [(1, "", f"The file is not UTF-8 (byte {error.start}); save it as UTF-8.")]
    good: list[News] = []
    bad: list[tuple[int, str, str]] = []
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    while True:
        try:
            row = next(reader, None)
            if row is None:
                return good, bad
            good.append(news_of_row(row))
        except (csv.Error, ValueError) as error:
            bad.append((reader.line_num, text.splitlines()[max(0, reader.line_num - 1)], str(error)))
            if isinstance(error, csv.Error):
                return good, bad  # where a quote is open, no later line can be trusted


def _is_whole(path: Path) -> bool:
    """Tell whether a file is whole: its checksum is there and fits."""
    beside = path.with_name(f"{path.name}.sha256")
    if not beside.is_file() or path.stat().st_size > _MOST_BYTES:
        return False
    told = beside.read_text("utf-8", "replace").split()
    return bool(told) and told[0].lower() == _sum(path.read_bytes())


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _put_with_sum(path: Path, data: bytes) -> None:
    _put(path, data)
    _put(path.with_name(f"{path.name}.sha256"), f"{_sum(data)}  {path.name}\n".encode())


def _put(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it, however many write it at once."""
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft = Path(file.name)
    draft.chmod(0o644)
    draft.replace(path)
