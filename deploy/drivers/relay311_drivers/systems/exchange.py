"""A made-up department that works from files: it takes what lies in `to-agency/`, and answers in `from-agency/`."""

import csv
import hashlib
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.routing import Route

from relay311_drivers.systems.book import PICTURE, Book, Record

_COLUMNS: Final = ("update_id", "reference", "number", "status", "changed_at", "reason", "note", "order_number",
                   "duplicate_of", "photos")  # fmt: skip


class FileExchange:
    """One department's folder. `look` takes what is whole; `told` writes what changed."""

    def __init__(self, book: Book, folder: Path) -> None:
        self.book, self._folder = book, folder

    @property
    def routes(self) -> Sequence[Route]:
        """A department of files has no doors."""
        return ()

    async def look(self) -> None:
        """Take every whole file, and move it to `taken/`."""
        for path in sorted((self._folder / "to-agency").glob("*.csv")):
            beside = path.with_name(f"{path.name}.sha256")
            if not beside.exists() or beside.read_text().split()[0] != _sum(path.read_bytes()):
                continue
            for row in csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")):
                self._apply(row)
            taken = self._folder / "to-agency" / "taken"
            taken.mkdir(exist_ok=True)
            path.replace(taken / path.name)
            beside.replace(taken / beside.name)

    def _apply(self, row: dict[str, str]) -> None:
        known = next((one for one in self.book.records.values() if one.reference == row["reference"]), None)
        if known is None:
            photos = [name for name in row["photos"].split(";") if name]
            record = self.book.add(row["reference"], row["type"], row)
            sizes = {name: (self._folder / "to-agency" / "photos" / name).stat().st_size for name in photos}
            record.attachments = sizes
        elif not any(one["delivery_id"] == row["delivery_id"] for one in known.more):
            known.more.append(dict(row))
            known.ended = known.ended or row["action"] in {"cancel", "close"}
            self.book.changed(known)

    async def told(self, record: Record) -> None:
        """Write where a record stands."""
        self.write(f"{record.number}-{record.changes}.csv", [record])

    def snapshot(self) -> None:
        """Write where every record stands."""
        self.write("snapshot.csv", list(self.book.records.values()))

    def write(self, name: str, records: Sequence[Record]) -> None:
        """Write a file, and its checksum last."""
        folder = self._folder / "from-agency"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "photos").mkdir(exist_ok=True)
        for one in records:
            if one.photo:
                (folder / "photos" / one.photo).write_bytes(PICTURE)
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        writer.writerows(_row(one) for one in records)
        data = text.getvalue().encode()
        draft = folder / f"{name}.part"
        draft.write_bytes(data)
        draft.replace(folder / name)
        (folder / f"{name}.sha256").write_text(f"{_sum(data)}  {name}\n")


def _row(record: Record) -> dict[str, str | None]:
    return {
        "update_id": f"{record.number}-{record.changes}", "reference": record.reference, "number": record.number,
        "status": record.stage, "changed_at": record.changed_at, "reason": record.reason, "note": record.note,
        "order_number": record.job, "duplicate_of": record.twin, "photos": record.photo,
    }  # fmt: skip


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
