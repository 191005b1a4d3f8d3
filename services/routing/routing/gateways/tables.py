"""Examples from a table file, CSV or Parquet: what was said, what it meant, and when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.table_files import Row, read_rows
from routing.domain.reading import Example, Setting

COLUMNS: Final = ("text", "type", "created")
"""What a file must have; `lat` and `lon` are read where there are any."""
_MOST: Final = (90.0, 180.0)


@dataclass(frozen=True, slots=True)
class Told:
    """An example and the moment it was said."""

    at: datetime
    example: Example


def read_examples(path: Path, zone: ZoneInfo) -> list[Told]:
    """Read every example, in the order of time.

    Raises OSError when the file cannot be read, and ValueError naming file, column and row for what is not right in
    it. Rows without a text or a type are passed over: nothing can be learned from them.
    """
    read = _reader(path, zone)
    told = [read(row, number) for number, row in enumerate(read_rows(path, COLUMNS), start=1)]
    return sorted((one for one in told if one is not None), key=lambda one: one.at)


def _reader(path: Path, zone: ZoneInfo) -> Callable[[Row, int], Told | None]:
    def read(row: Row, number: int) -> Told | None:
        if not (row["text"] and row["type"]):
            return None
        try:
            at = moment(row["created"], zone)
            setting = Setting(at, spot=_spot(row))
        except ValueError as error:
            raise ValueError(f"{path}, row {number}: {error}.") from error
        return Told(at, Example(str(row["text"]), str(row["type"]), setting))

    return read


def moment(value: Any, zone: ZoneInfo) -> datetime:
    """Read a moment in the city's own time; one without an offset is in that time already.

    >>> moment("2026-03-02T17:00:00+00:00", ZoneInfo("Europe/Madrid")).hour
    18
    >>> moment("soon", ZoneInfo("UTC"))
    Traceback (most recent call last):
    ValueError: created 'soon' is no date and time; write it like 2026-03-02T17:00:00
    """
    try:
        read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"created {value!r} is no date and time; write it like 2026-03-02T17:00:00") from error
    return read.replace(tzinfo=read.tzinfo or zone).astimezone(zone)


def _spot(row: Row) -> tuple[float, float] | None:
    given = (row.get("lat"), row.get("lon"))
    if not all(given):
        return None
    degrees = tuple(float(one) for one in given if one is not None)
    if any(not abs(one) <= most for one, most in zip(degrees, _MOST, strict=True)):
        raise ValueError(f"lat and lon {given} are no degrees")
    return degrees[0], degrees[1]
