"""`make demo`: one request's whole life on the running platform, as a timeline whose last line is JSON."""

import argparse
import asyncio
import json

from relay311_drivers.demo.life import live
from relay311_drivers.running import Platform


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `demo`."""
    parser.add_argument("--service", help="the service to ask for (default: one that the city is asked for often)")
    parser.add_argument("--one-life", action="store_true", help="leave out the agencies' own systems")
    parser.add_argument("--speak", help="the resident's language (default: the city's first)")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds after which to give up (default: 60)")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Live one life; 0 when it ended well."""
    systems = not options.one_life
    result = asyncio.run(live(platform, options.service, options.patience, options.speak, systems=systems))
    print(json.dumps(result))
    return 0
