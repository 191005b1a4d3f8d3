"""Plays a year through the running platform: `python -m relay311_drivers.year --requests N`; the last line is JSON."""

import argparse
import asyncio
import json
import sys
import time
from typing import Any

from relay311_drivers.log import reading
from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform, find_platform
from relay311_drivers.web import Web
from relay311_drivers.year.making import make_year
from relay311_drivers.year.player import TOPICS, Player
from relay311_drivers.year.tally import Room
from relay311_drivers.year.volumes import read_volumes


def main() -> int:
    """Play; 0 when every request was closed."""
    parser = argparse.ArgumentParser(prog="python -m relay311_drivers.year", description=__doc__)
    parser.add_argument("--requests", type=int, help="how many requests the year has (default: the city's own)")
    parser.add_argument("--seed", type=int, default=311, help="which year is made")
    parser.add_argument(
        "--run", default="", metavar="NAME", help="make new requests even if the year was played before"
    )
    options = parser.parse_args()
    try:
        result = asyncio.run(_play(find_platform(), options))
    except DriverError as error:
        print(f"relay311: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0 if result["complete"] else 1


async def _play(platform: Platform, options: argparse.Namespace) -> dict[str, Any]:
    city, started = platform.city(), time.monotonic()
    count = options.requests or read_volumes(city).requests
    room = Room(platform.run)
    room.require(count)
    async with Web() as web, reading(platform, TOPICS, from_start=False) as reader:
        player = Player(platform, city, reader, web, count)
        tally = await player.play(make_year(city, count, options.seed, options.run), room)
    return {
        "requests": count,
        "assigned": tally.assigned,
        "promised": tally.promised,
        "closed": tally.closed,
        "seconds": round(time.monotonic() - started, 1),
        "complete": count == tally.created == tally.assigned == tally.closed <= tally.promised,
    }


if __name__ == "__main__":
    raise SystemExit(main())
