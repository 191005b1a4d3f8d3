"""Opens a city's export: which format it has, and its rows with their line numbers."""

import csv
from collections.abc import Iterator
from pathlib import Path

from contracts.city import City, LegacyImport
from relay311_drivers.problems import DriverError
from relay311_drivers.replay.rows import LegacyRow, Refused, read_row


def choose_export(path: Path, city: City, named: str | None = None) -> LegacyImport:
    """Find the city's import whose columns the file has. Raises DriverError when there is none."""
    fitting = [export for name, export in city.imports.items() if named in {None, name}]
    header = set(_header(path, fitting[0].encoding if fitting else "utf-8"))
    for export in fitting:
        if columns(export) <= header:
            return export
    missing = ", ".join(sorted(columns(fitting[0]) - header)) if fitting else ""
    known = ", ".join(city.imports) or "none"
    raise DriverError(
        f"{path} has no format the city knows (known: {known}{f'; columns missing: {missing}' if missing else ''}). "
        f"Describe it in {city.folder / 'imports'}."
    )


def columns(export: LegacyImport) -> set[str]:
    """List the columns that must be there; areas and what the platform does not use may be missing."""
    return set(export.columns.model_dump(exclude={"areas", "scheduled", "zip_code"}).values())


def read_export(
    path: Path, export: LegacyImport, city: City, limit: int | None = None, run: str = ""
) -> Iterator[LegacyRow | Refused]:
    """Read the rows in the file's order, at most `limit`; what cannot be taken comes as Refused."""
    with path.open(encoding=export.encoding, errors="replace", newline="") as file:
        reader = csv.DictReader(file, restkey="")
        for count, cells in enumerate(reader, 1):
            if limit is not None and count > limit:
                return
            yield _checked(cells, reader.line_num, export, city, run)


def _checked(
    cells: dict[str, str | None], line: int, export: LegacyImport, city: City, run: str
) -> LegacyRow | Refused:
    number = str(cells.get(export.columns.number) or "")
    if "" in cells:
        return Refused(line, number, "too_many_columns", "the row has more cells than the header names")
    if None in cells.values():
        return Refused(line, number, "too_few_columns", "the row ends before the last column of the header")
    return read_row(cells, line, export, city, run)


def _header(path: Path, encoding: str) -> list[str]:
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            return next(csv.reader(file), [])
    except OSError as error:
        raise DriverError(f"FILE {path} cannot be opened: {error.strerror}.") from error
