"""`make replay`: choose the file's format, play it, and end with one line of JSON."""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from relay311_drivers.log import reading
from relay311_drivers.replay import doors, hearing
from relay311_drivers.replay.export_file import choose_export, read_export
from relay311_drivers.replay.ledger import Counts, Ledger
from relay311_drivers.replay.player import Player
from relay311_drivers.running import Platform
from relay311_drivers.web import Web


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `replay`."""
    parser.add_argument("file", type=Path, help="the city's export, a CSV file in a format of cities/<city>/imports")
    parser.add_argument("--limit", type=int, help="play only the first rows of the file")
    parser.add_argument(
        "--run", default="", metavar="NAME", help="make new requests even if the file was played before"
    )
    parser.add_argument("--format", help="the format's name, when several fit")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Play a file; 0 when the counts add up."""
    started = time.monotonic()
    result = asyncio.run(_play(platform, options))
    result["seconds"] = round(time.monotonic() - started, 1)
    print(json.dumps(result))
    return 0 if result["complete"] else 1


async def _play(platform: Platform, options: argparse.Namespace) -> dict[str, Any]:
    city = platform.city()
    export = choose_export(options.file, city, options.format)
    with tempfile.TemporaryDirectory(prefix="relay311-replay-") as folder:
        ledger = Ledger(Path(folder))
        async with Web() as web, reading(platform, hearing.TOPICS, from_start=True) as reader:
            parked = await doors.parked(platform)
            player = Player(platform, city, ledger, reader, web)
            submitted = player.load(read_export(options.file, export, city, options.limit, options.run))
            counts = await player.play()
            return summary(submitted, counts, ledger, len(await doors.parked(platform) - parked))


def summary(submitted: int, counts: Counts, ledger: Ledger, parked: int) -> dict[str, Any]:
    """Say it all in one object; `complete` when every row is accounted for and has come as far as its record says."""
    match, refused = ledger.match(), ledger.refusals()
    return {
        "submitted": submitted,
        "created": counts.created,
        "assigned": counts.assigned,
        "promised": counts.promised,
        "closed": counts.closed,
        "referred": counts.referred,
        "open": counts.created - counts.closed - counts.referred,
        "messages": counts.messages,
        "refused": dict(refused),
        "parked": parked,
        "unrouted": counts.created - counts.assigned,
        "agency_match": match.overall,
        "agency_match_without_other": match.routed,
        "complete": is_complete(submitted, refused.total(), counts) and not parked and not refused[doors.NOT_A_FIELD],
    }


def is_complete(submitted: int, refused: int, counts: Counts) -> bool:
    """Tell whether every row of the file is accounted for.

    >>> is_complete(3, 1, Counts(2, 2, 2, 2, 1, 0, 1, 9, 1, 0, 1))
    True
    >>> is_complete(3, 0, Counts(2, 2, 2, 2, 1, 0, 1, 9, 1, 0, 1))
    False
    """
    taken = submitted == counts.created + refused and counts.valid == counts.created
    carried = counts.created == counts.assigned == counts.promised
    ended = counts.closed == counts.to_close and counts.referred == counts.to_refer
    return taken and carried and ended and counts.told >= counts.to_tell
