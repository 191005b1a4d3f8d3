"""`python -m intake.evaluating duplicates`: whether the true parent is among the candidates, and how many are shown."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from chassis.table_files import read_rows
from contracts.city import DuplicateWindow
from intake.domain.duplicates import BEST, Candidate, Search, Sighting, candidates, search_for
from intake.domain.geocoding import Spot

_CELL: Final = 0.002
"""Degrees: the index below has cells of about 200 m."""

Pair = tuple[Sighting, Sighting]


class Town:
    """Every request of a file, found by place and kind of service, as the database finds them."""

    def __init__(self, rows: Iterable[Mapping[str, str]]) -> None:
        self.by_id = {row["id"]: _sighting(row) for row in rows if _placed(row)}
        self._cells: defaultdict[tuple[str, int, int], list[Sighting]] = defaultdict(list)
        for one in self.by_id.values():
            self._cells[one.service_code, *_cell(*one.spot)].append(one)

    def candidates(self, report: Sighting, window: DuplicateWindow) -> tuple[Candidate, ...]:
        """Choose what would have been shown to this report when it was made."""
        search = search_for(report, window, (report.service_code,))
        return candidates(report, (_seen(one, report.opened_at) for one in self._near(report, search)), window)

    def _near(self, report: Sighting, search: Search) -> Iterator[Sighting]:
        south, west = _cell(search.south, search.west)
        north, east = _cell(search.north, search.east)
        for up in range(south, north + 1):
            for across in range(west, east + 1):
                for one in self._cells.get((report.service_code, up, across), ()):
                    if one.opened_at <= search.until and (one.closed_at or search.until) >= search.since:
                        yield one


def _seen(one: Sighting, at: datetime) -> Sighting:
    """Forget a closing that had not happened yet."""
    return replace(one, closed_at=None) if one.closed_at and one.closed_at > at else one


def _cell(latitude: float, longitude: float) -> tuple[int, int]:
    return int(latitude // _CELL), int(longitude // _CELL)


def _placed(row: Mapping[str, str]) -> bool:
    missing = [name for name in COLUMNS if name not in row]
    if missing:
        raise ValueError(f"The requests have no column {', '.join(missing)}; they have {', '.join(row)}.")
    return bool(row["lat"] and row["lon"])


def _sighting(row: Mapping[str, str]) -> Sighting:
    try:
        return _read(row)
    except ValueError as error:
        raise ValueError(f"Request {row['id']!r} cannot be read: {error}.") from error


def _read(row: Mapping[str, str]) -> Sighting:
    return Sighting(
        request_id=_named(row["id"]),
        service_code=row["type"],
        spot=Spot(_degrees(row["lat"], 90), _degrees(row["lon"], 180)),
        opened_at=_moment(row["created"]),
        closed_at=_moment(row["closed"]) if row["closed"] else None,
        tracking_number=row["id"],
        address=row["address"].strip(),
    )


def _degrees(text: str, most: float) -> float:
    degrees = float(text)
    if not -most <= degrees <= most:  # which NaN is not either
        raise ValueError(f"{text} is no number of degrees")
    return degrees


def _named(number: str) -> UUID:
    return uuid5(NAMESPACE_URL, number)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a file cannot be used."""
    given = _given(arguments)
    window = DuplicateWindow(metres=given.metres, hours=given.hours)
    try:
        pairs = _pairs(given.pairs)
        result = measure(Town(read_rows(given.requests)), pairs, window)
    except (OSError, ValueError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"metres": given.metres, "hours": given.hours, **result}) + "\n")
    return 0


def _pairs(path: Path) -> list[tuple[str, str]]:
    try:
        return [(row["dup_id"], row["parent_id"]) for row in read_rows(path)]
    except KeyError as error:
        raise ValueError(f"{path} has no column {error}; pairs are dup_id and parent_id.") from error


COLUMNS: Final = ("id", "created", "closed", "type", "address", "lat", "lon")
"""All that is read of a request: neither a department's words nor its closing reason, which would tell the answer."""


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="duplicates", description="Measure the candidates on confirmed duplicates.")
    parser.add_argument("requests", type=Path, help="requests: CSV or Parquet with " + ", ".join(COLUMNS))
    parser.add_argument("pairs", type=Path, help="confirmed duplicates: CSV or Parquet with dup_id and parent_id")
    parser.add_argument("--metres", type=float, default=100.0, help="how near the catalog's window reaches")
    parser.add_argument("--hours", type=float, default=720.0, help="how far back it reaches")
    return parser.parse_args(arguments)


def measure(town: Town, told: Sequence[tuple[str, str]], window: DuplicateWindow) -> dict[str, Any]:
    """Look for the parent of each pair when the duplicate came, and count what every report of the file is shown.

    `recall_at_5` is of the pairs whose parent had been reported by then; staff also close an older request as the
    duplicate of a newer one, where no rule can find the parent when the duplicate comes. Raises ValueError for pairs
    of other requests.
    """
    known = [(town.by_id[a], town.by_id[b]) for a, b in told if a in town.by_id and b in town.by_id]
    if not known:
        raise ValueError("None of the pairs is among the requests with a position; nothing can be measured.")
    after = [pair for pair in known if pair[1].opened_at <= pair[0].opened_at]
    either = [pair if pair[1].opened_at <= pair[0].opened_at else pair[::-1] for pair in known]
    found, found_either = _found(town, after, window), _found(town, either, window)
    shown = [len(town.candidates(report, window)) for report in town.by_id.values()]
    return {
        "pairs": len(told),
        "pairs_known": len(known),
        "pairs_parent_first": len(after),
        "recall_at_5": _share(found, len(after)),
        "recall_at_1": _share(_found(town, after, window, 1), len(after)),
        "recall_at_5_of_all_pairs": _share(found, len(told)),
        "recall_at_5_whichever_came_first": _share(found_either, len(known)),
        "requests": len(shown),
        "candidates_shown": round(mean(shown), 3) if shown else 0.0,
        "reports_shown_any": _share(sum(map(bool, shown)), len(shown)),
        "automatic_merges": 0,
    }


def _found(town: Town, pairs: Sequence[Pair], window: DuplicateWindow, first: int = BEST) -> int:
    return sum(
        earlier.request_id in [one.of.request_id for one in town.candidates(later, window)[:first]]
        for later, earlier in pairs
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
