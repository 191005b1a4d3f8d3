"""What a made-up system has on its books: records that move step by step, kept in a file so that a kill loses none."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import orjson

from relay311_drivers.simulator.behaviour import chance

PICTURE: Final = b"\xff\xd8\xff\xe0 the crew's picture, as far as anybody here looks \xff\xd9"
"""What every crew of a made-up system sends."""
STAGES: Final = ("received", "working", "done")
"""How work goes; some records are closed with a reason instead."""
REASONS: Final = ("NOT-FOUND", "CANNOT")
_CLOSED_SHARE: Final = 0.1


@dataclass(slots=True)
class Record:
    """One record. `told` is what came with it, word for word, and `more` what came afterwards."""

    number: str
    reference: str
    type: str
    told: dict[str, Any]
    stage: str = "received"
    reason: str | None = None
    note: str | None = None
    job: str | None = None
    twin: str | None = None
    photo: str | None = None
    changed_at: str = ""
    changes: int = 0
    ended: bool = False
    more: list[dict[str, Any]] = field(default_factory=list)
    attachments: dict[str, int] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Change with every change."""
        return f'W/"{self.number}-{self.changes}"'

    @property
    def at(self) -> datetime:
        """When it last changed."""
        return datetime.fromisoformat(self.changed_at)


def _line(record: Record) -> bytes:
    return orjson.dumps(asdict(record)) + b"\n"


def _whole(line: bytes) -> dict[str, Any] | None:
    """Read a line; one that a kill cut short is none."""
    try:
        found: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found


class Book:
    """One system's records. `faults` are what a test asked for: answers lost, or a busy system."""

    def __init__(self, name: str, prefix: str, folder: Path | None) -> None:
        self.name, self._prefix = name, prefix
        self._path = folder / f"{name}.jsonl" if folder else None
        self.records: dict[str, Record] = {}
        self.faults: dict[str, int] = {}
        self.seen: dict[str, str] = {}
        self._latest = ""
        if self._path and self._path.exists():
            lines = self._path.read_bytes().splitlines()
            self.records = {one["number"]: Record(**one) for line in lines if (one := _whole(line))}
            self._latest = max((one.changed_at for one in self.records.values()), default="")
            self._path.write_bytes(b"".join(map(_line, self.records.values())))
        self._numbers = count(len(self.records) + 1)

    def add(self, reference: str, kind: str, told: Mapping[str, Any]) -> Record:
        """Open a record."""
        number = f"{self._prefix}{next(self._numbers):07}"
        record = Record(number, reference, kind, dict(told))
        self.records[number] = record
        self.changed(record)
        return record

    def clear(self) -> None:
        """Forget everything."""
        self.records, self.faults, self.seen = {}, {}, {}
        if self._path:
            self._path.unlink(missing_ok=True)

    def changed(self, record: Record) -> None:
        """Note a change."""
        now = datetime.now(UTC)
        record.changed_at = self._latest = max(now.isoformat(timespec="milliseconds"), self._latest)
        record.changes += 1
        self.save(record)

    def save(self, record: Record) -> None:
        """Write a record down behind the others; the last line of its number holds."""
        if self._path:
            with self._path.open("ab") as book:
                book.write(_line(record))

    def step(self, record: Record) -> None:
        """Do the next step of the work; a few records are closed with a reason instead of being done."""
        after = STAGES[STAGES.index(record.stage) + 1]
        if after == "done" and chance(record.reference, self.name) < _CLOSED_SHARE:
            record.stage, record.reason = "closed", REASONS[len(record.reference) % len(REASONS)]
        else:
            record.stage = after
            record.job = record.job or f"WO{record.number}"
        record.ended = record.stage in {"done", "closed"}
        self.changed(record)

    def open_records(self) -> Sequence[Record]:
        """List what is still to be worked on."""
        return [one for one in self.records.values() if not one.ended]

    def fault(self, kind: str) -> bool:
        """Tell whether a fault of this kind is due now, and count it."""
        left = self.faults.get(kind, 0)
        self.faults[kind] = max(0, left - 1)
        return left > 0
