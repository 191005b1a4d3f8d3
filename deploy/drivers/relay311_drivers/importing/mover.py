"""Loads an export for moving in: known numbers are passed over, dirty rows are kept with line and reason."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from relay311_drivers.progress import Progress
from relay311_drivers.replay.ledger import Ledger
from relay311_drivers.replay.rows import LegacyRow, Refused


@dataclass(slots=True)
class Loaded:
    """What a file held: rows in all, new ones, and those an earlier run knew already."""

    rows: int = 0
    new: int = 0
    known: int = 0


def load(ledger: Ledger, rows: Iterable[LegacyRow | Refused], progress: Progress) -> Loaded:
    """Read a file into the books."""
    ledger.begin_again()
    loaded, seen = Loaded(), dict[str, int]()
    for row in rows:
        loaded.rows += 1
        if isinstance(row, Refused):
            ledger.refuse(row)
        elif (before := seen.setdefault(row.number, row.line)) != row.line:
            detail = f"line {before} has this number; the first one is taken"
            ledger.refuse(Refused(row.line, row.number, "repeated_number", detail))
        elif ledger.add(unreachable(row)):
            loaded.new += 1
        else:
            loaded.known += 1
        progress.say(f"reading: {loaded.rows} rows")
    return loaded


def unreachable(row: LegacyRow) -> LegacyRow:
    """Take a row's made-up reporter away: an import writes to nobody."""
    return replace(row, report=row.report.model_copy(update={"reporter": None}))
