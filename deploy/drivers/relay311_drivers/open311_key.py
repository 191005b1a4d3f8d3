"""Makes an API key for an Open311 client; it is printed this once."""

import argparse
import asyncio
from typing import Any

from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `open311-key`."""
    parser.add_argument("--owner", required=True, help="whose client it is, as reports show it")
    parser.add_argument("--rate", type=int, default=60, help="uses a minute (default: 60)")
    parser.add_argument("--agency", help="an agency's slug: the key may then report on its assignments")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Print a new key. Raises DriverError when it is refused."""
    if not options.owner.strip():
        raise DriverError("OWNER is empty: say whose client it is.")
    body = {"owner": options.owner, "rate": options.rate, "agency": options.agency or None}
    print(asyncio.run(_made(platform, body))["api_key"])
    return 0


async def _made(platform: Platform, body: dict[str, Any]) -> dict[str, Any]:
    async with Web(bearer(platform, "operator")) as web:
        made: dict[str, Any] = await web.post(platform.url("intake", "/open311/keys"), body)
        return made
