"""Rows of any table file, CSV or Parquet, as texts by column."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO


def read_rows(path: Path) -> Iterator[Mapping[str, str]]:
    """Give each row of a `.csv`, `.csv.gz` or `.parquet` file; a missing value is an empty text.

    Raises OSError when the file cannot be read, ValueError when it is no such table, ModuleNotFoundError for Parquet
    where DuckDB is not installed.
    """
    if path.suffix == ".parquet":
        yield from _read_parquet(path)
        return
    try:
        with _opened(path) as lines:
            yield from ({name: value or "" for name, value in row.items() if name} for row in csv.DictReader(lines))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no CSV file in UTF-8: {error}.") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _read_parquet(path: Path) -> Iterator[Mapping[str, str]]:
    import duckdb  # noqa: PLC0415 - only Parquet files need it

    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there.")
    try:
        found: Any = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(path)])
    except duckdb.Error as error:
        raise ValueError(f"{path} is no Parquet file: {error}") from error
    names = [column[0] for column in found.description or ()]
    while rows := found.fetchmany(10_000):
        for row in rows:
            yield {name: "" if value is None else str(value) for name, value in zip(names, row, strict=True)}
