"""Files of people's words: which column they are in, and how far one has come."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chassis.table_files import Row, read_rows

COLUMNS: Final = ("text", "description", "words", "comment", "detail", "body")
"""Where words are looked for when no column is named; the first that is there."""
_PROGRESS_EVERY: Final = 20_000


def read_words(path: Path, column: str | None = None) -> Iterator[tuple[str, Row]]:
    """Give each row's words, and the row. Raises ValueError where there is no such column, or a row ends before it."""
    for number, row in enumerate(read_rows(path), 1):
        column = column or next((name for name in COLUMNS if name in row), None)
        if column is None or column not in row:
            have = ", ".join(row)
            raise ValueError(f"{path}, row {number}: has no column {column or ' or '.join(COLUMNS)}; it has {have}.")
        if number % _PROGRESS_EVERY == 0:
            sys.stderr.write(f"{path.name}: {number} texts read\n")
        yield row[column], row
