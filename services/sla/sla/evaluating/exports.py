"""A city's export of requests, CSV or Parquet, whatever its columns are called."""

import csv
import gzip
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, TextIO

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "opened": ("created", "createddate", "created_date", "created date", "open_dt", "opened", "opened_at", "opened_dt",
               "requested_datetime", "date_requested", "open_date", "requestdate"),
    "closed": ("closed", "closeddate", "closed_date", "closed date", "closed_dt", "closed_at", "closed_datetime",
               "date_closed", "close_date"),
    "due": ("due", "due_at", "due_date", "due date", "sla_target_dt", "target_dt", "duedate", "expected_datetime"),
    "service": ("type", "requesttype", "request_type", "service_name", "service", "service_code", "complaint type",
                "complaint_type", "case_title", "category"),
    "area": ("cd", "council_district", "council districts", "neighborhood", "neighbourhood", "district", "area",
             "community board", "ward", "comm_plan_name"),
}  # fmt: skip
"""What a column may be called, best first; capitals do not matter."""

FORMATS: Final = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y/%m/%d %H:%M:%S")
NOTHING: Final = frozenset({"", "none", "null", "nan", "nat"})
TOLD_SECONDS: Final = 2.0


class Request(NamedTuple):
    """One request of an export; moments are as written, in the file's own time."""

    service: str
    area: str
    opened: datetime
    closed: datetime | None
    due: datetime | None


class ExportError(ValueError):
    """A file that cannot be used; the message names its column and row."""


def read_export(path: Path, needed: Sequence[str] = ()) -> list[Request]:
    """Return every request of a file, with progress on stderr; `needed` are the parts it must have beside the two.

    Raises ExportError, naming column and row, for a file that is no such export, and OSError where it cannot be read.
    """
    told, found = time.monotonic(), []
    rows = iter(_rows(path))
    columns: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        columns = columns or _columns(path, row, ("opened", "service", *needed))
        found.append(_request(path, number, row, columns))
        if time.monotonic() - told > TOLD_SECONDS:
            told = time.monotonic()
            sys.stderr.write(f"{path.name}: {number} rows read\n")
    if not found:
        raise ExportError(f"{path} holds no rows; give an export with one request a row.")
    return found


def as_written(text: str) -> datetime:
    """Return a moment given on the command line, in the file's own time.

    >>> as_written("2018-12-01"), as_written("2018-12-01T08:00:00Z").tzinfo
    (datetime.datetime(2018, 12, 1, 0, 0), None)
    """
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _columns(path: Path, row: Mapping[str, Any], needed: Sequence[str]) -> dict[str, str]:
    given = {name.strip().lower(): name for name in row}
    found = {part: next((given[name] for name in names if name in given), "") for part, names in NAMES.items()}
    for part in needed:
        if not found[part]:
            known, there = ", ".join(NAMES[part]), ", ".join(row)
            raise ExportError(f"{path} has no column for {part}: one of {known}. It has {there}.")
    return {part: name for part, name in found.items() if name}


def _request(path: Path, number: int, row: Mapping[str, Any], columns: Mapping[str, str]) -> Request:
    def moment(part: str) -> datetime | None:
        value = row[columns[part]] if part in columns else None
        try:
            return _moment(value)
        except ValueError as error:
            raise ExportError(f"{path}, row {number}, column {columns[part]}: {error}") from error

    opened, service = moment("opened"), _text(row[columns["service"]])
    if opened is None or not service:
        column = columns["service"] if opened else columns["opened"]
        raise ExportError(f"{path}, row {number}, column {column}: is empty; every request has one.")
    area = _text(row[columns["area"]]) if "area" in columns else ""
    return Request(service, area, opened, moment("closed"), moment("due"))


def _text(value: Any) -> str:
    text = str(value).strip() if value is not None else ""
    return "" if text.lower() in NOTHING else text.removesuffix(".0")


def _moment(value: Any) -> datetime | None:
    """Return a moment as written, without its offset.

    >>> _moment("12/31/2017 11:59:58 PM"), _moment("2018-01-02T03:04:05Z"), _moment(" "), _moment("2018-01-02")
    (datetime.datetime(2017, 12, 31, 23, 59, 58), datetime.datetime(2018, 1, 2, 3, 4, 5), None, \
datetime.datetime(2018, 1, 2, 0, 0))
    """
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - as written, like every moment here
    text = _text(value)
    return _parsed(text) if text else None


def _parsed(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        pass
    for form in FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - as written
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no date and time; write it like 2018-01-31 14:05:00 or 01/31/2018 02:05:00 PM.")


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".parquet":
        yield from _parquet(path)
        return
    try:
        with _opened(path) as lines:
            yield from _whole(path, csv.DictReader(lines))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExportError(f"{path} is no CSV file in UTF-8: {error}.") from error


def _whole(path: Path, rows: Iterable[dict[str | Any, Any]]) -> Iterator[Mapping[str, Any]]:
    for number, row in enumerate(rows, start=1):
        if None in row or None in row.values():
            more = "more" if None in row else "fewer"
            raise ExportError(f"{path}, row {number}: has {more} fields than the first line; mend the row.")
        yield row


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        import duckdb  # noqa: PLC0415 - only Parquet files need it
    except ModuleNotFoundError as error:
        raise ExportError(f"{path} is Parquet, which needs DuckDB; run `make setup`, or give a CSV file.") from error
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there.")
    try:
        found = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        raise ExportError(f"{path} is no Parquet file.") from error
    names = [column[0] for column in found.description or ()]
    while rows := found.fetchmany(10_000):
        yield from (dict(zip(names, row, strict=True)) for row in rows)
