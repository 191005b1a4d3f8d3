"""Rows of any table file, CSV or Parquet, as texts by column."""

import csv
import gzip
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TextIO

LONGEST_FIELD: Final = 1 << 24
Row = Mapping[str, str]


def read_rows(path: Path, columns: Sequence[str] = ()) -> Iterator[Row]:
    """Give each row of a `.csv`, `.csv.gz` or `.parquet` file; a missing value is an empty text.

    Raises OSError when the file cannot be read, ValueError when it is no such table or lacks one of the columns,
    ModuleNotFoundError for Parquet where DuckDB is not installed.
    """
    rows = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    names = next(rows)
    missing = [column for column in columns if column not in names]
    if missing:
        raise ValueError(f"{path} has no column {', '.join(missing)}; it has {', '.join(names) or 'none'}.")
    yield from rows


def _csv(path: Path) -> Iterator[Row]:
    """Give the columns' names as the keys of a first row, and then the rows."""
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with _opened(path) as lines:
            reader = csv.DictReader(lines)
            yield dict.fromkeys((name for name in reader.fieldnames or () if name), "")
            yield from ({name: value or "" for name, value in row.items() if name} for row in reader)
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as error:
        raise ValueError(f"{path} is no CSV file in UTF-8: {error}.") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _parquet(path: Path) -> Iterator[Row]:
    import duckdb  # noqa: PLC0415 - only Parquet files need it

    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there.")
    try:
        found: Any = duckdb.connect().execute("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        raise ValueError(f"{path} is no Parquet file that can be read: {error}") from error
    names = [column[0] for column in found.description or ()]
    yield dict.fromkeys(names, "")
    while rows := found.fetchmany(10_000):
        yield from ({name: value or "" for name, value in zip(names, row, strict=True)} for row in rows)
