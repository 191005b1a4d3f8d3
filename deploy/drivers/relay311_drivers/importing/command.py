"""`make import`: read the old system's export, move its requests in, report what could not be, end with JSON."""

import argparse
import asyncio
import csv
import fcntl
import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from relay311_drivers.importing.mapping import with_mapping
from relay311_drivers.importing.mover import Loaded, load
from relay311_drivers.log import reading
from relay311_drivers.problems import DriverError
from relay311_drivers.progress import Progress
from relay311_drivers.replay import hearing
from relay311_drivers.replay.export_file import choose_export, read_export
from relay311_drivers.replay.ledger import Counts, Ledger
from relay311_drivers.replay.player import Player
from relay311_drivers.replay.rows import Refused
from relay311_drivers.running import Platform
from relay311_drivers.web import Web


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `import`."""
    parser.add_argument("file", type=Path, help="the old system's export (CSV)")
    parser.add_argument("--map", help="a mapping of cities/<city>/imports by name, or a file of that format")
    parser.add_argument("--report", type=Path, help="where to write the rows not taken (default: in the run folder)")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Move a file in; 0 when every good row has come as far as its record says."""
    started = time.monotonic()
    result = asyncio.run(_move(platform, options))
    print(json.dumps(result | {"seconds": round(time.monotonic() - started, 1)}))
    return 0 if result["complete"] else 1


async def _move(platform: Platform, options: argparse.Namespace) -> dict[str, Any]:
    city, named = with_mapping(platform.city(), options.map)
    export = choose_export(options.file, city, named)
    folder = platform.run / "imports" / f"{city.profile.slug}-{export.name}"
    with books(folder) as ledger:
        loaded = load(ledger, read_export(options.file, export, city), Progress())
        async with Web() as web, reading(platform, hearing.TOPICS, from_start=True) as reader:
            counts = await Player(platform, city, ledger, reader, web).play()
        report = options.report or folder / f"{options.file.stem}.not-taken.csv"
        write_report(report, ledger.refused())
        return summary(loaded, counts, ledger, report)


@contextmanager
def books(folder: Path) -> Iterator[Ledger]:
    """Open the books of one old system for one run at a time; they outlive it. Raises DriverError when in use."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DriverError(f"Another import works in {folder}; wait for it to end.") from None
        ledger = Ledger(folder, kept=True)
        try:
            yield ledger
        finally:
            ledger.close()


def write_report(path: Path, refused: Iterable[Refused]) -> None:
    """Write the rows not taken: line, number, reason, and a sentence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "number", "reason", "detail"))
        writer.writerows((row.line, row.number, row.reason, row.detail) for row in refused)


def summary(loaded: Loaded, counts: Counts, ledger: Ledger, report: Path) -> dict[str, Any]:
    """Say it all in one object; the counts are of everything ever moved in from this old system."""
    refused = ledger.refusals()
    ended = counts.closed >= counts.to_close and counts.referred >= counts.to_refer
    return {
        "rows": loaded.rows,
        "new": loaded.new,
        "known_before": loaded.known,
        "not_taken": dict(refused),
        "report": str(report),
        "requests": counts.created,
        "closed": counts.closed,
        "referred": counts.referred,
        "open": counts.created - counts.closed - counts.referred,
        "complete": counts.created == counts.valid == counts.assigned == counts.promised and ended,
    }
