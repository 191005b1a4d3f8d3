"""`python -m routing.evaluating split`: TRAIN and TEST from one file of reports, by time and without repeated texts."""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from chassis.table_files import read_rows
from routing.domain.reading.features import distinct

_COLUMNS: Final = ("text", "type", "created")
_PLACE: Final = ("lat", "lon")
Row = Mapping[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Write `train.csv` and `test.csv`; 1 when a file cannot be used."""
    given = _given(arguments)
    try:
        result = split(given)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="split", description="Split reports by time, without repeated texts.")
    parser.add_argument("file", type=Path, help="CSV or Parquet with text, type, created; lat and lon where known")
    parser.add_argument("out", type=Path, help="the folder to write to")
    parser.add_argument("--share", type=float, default=0.2, help="how much of it, the latest, is for the test")
    parser.add_argument("--least", type=int, default=1, help="types with fewer different texts are left out")
    parser.add_argument("--title", help="a column to put before the text")
    parser.add_argument("--map", type=Path, help="CSV whose first two columns rename types; others are left out")
    return parser.parse_args(arguments)


def split(given: argparse.Namespace) -> dict[str, Any]:
    """Write both files, and tell how many rows each has and how many were dropped for what."""
    names = _names(given.map) if given.map else None
    rows = [_told(row, given.title, names) for row in read_rows(given.file, _COLUMNS)]
    told = sorted((row for row in rows if row["text"] and row["type"]), key=lambda row: str(row["created"]))
    different = [told[place] for place in distinct([row["text"] for row in told])]
    often = Counter(row["type"] for row in different)
    kept = [row for row in different if often[row["type"]] >= given.least]
    cut = len(kept) - int(len(kept) * given.share)
    given.out.mkdir(parents=True, exist_ok=True)
    _write(given.out / "train.csv", kept[:cut])
    _write(given.out / "test.csv", kept[cut:])
    return {
        "rows": len(rows),
        "without_text_or_type": len(rows) - len(told),
        "repeats": len(told) - len(different),
        "of_rare_types": len(different) - len(kept),
        "types": len({row["type"] for row in kept}),
        "train": cut,
        "test": len(kept) - cut,
    }


def _names(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return {row[0]: row[1] for row in list(csv.reader(lines))[1:]}


def _told(row: Row, title: str | None, names: Mapping[str, str] | None) -> dict[str, Any]:
    if title and title not in row:
        raise ValueError(f"There is no column {title}; there is {', '.join(row)}.")
    text = ". ".join(str(part).strip() for part in (row.get(title or ""), row["text"]) if part)
    type_ = row["type"] if names is None else names.get(row["type"])
    return {"text": text, "type": type_, "created": row["created"]} | {name: row.get(name) for name in _PLACE}


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, (*_COLUMNS, *_PLACE))
        writer.writeheader()
        writer.writerows(rows)
