"""Runs changed routing rules over the running platform's past requests, and publishes them when told to."""

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `rehearse`."""
    parser.add_argument("rules", type=Path, help="the changed routes.yaml")
    parser.add_argument("--on", help="the day whose rules are asked for (default: the last on which a rule begins)")
    parser.add_argument("--since", help="only requests reported from this moment on, as 2026-01-01T00:00:00Z")
    parser.add_argument("--publish", metavar="REASON", help="publish the rules afterwards, and why")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Print what would move; the last line is JSON. Raises DriverError when the rules are refused."""
    try:
        text = options.rules.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DriverError(f"{options.rules} cannot be read: {error}") from error
    found = asyncio.run(_rehearsed(platform, text, options))
    _show(found)
    print(json.dumps(found))
    return 0


async def _rehearsed(platform: Platform, text: str, options: argparse.Namespace) -> dict[str, Any]:
    given = {name: getattr(options, name) for name in ("on", "since") if getattr(options, name)}
    async with Web(bearer(platform, "operator")) as web:
        found: dict[str, Any] = await web.post(platform.url("routing", "/rules/rehearse"), {"rules": text, **given})
        if options.publish:
            body = {"rules": text, "reason": options.publish}
            found["published"] = await web.post(platform.url("routing", "/rules/sets"), body)
        return found


def _show(found: dict[str, Any]) -> None:
    print(f"rule set {found['version']} against {found['in_force']}, by the rules of {found['on']}")
    print(f"{found['looked_at']:,} past requests, {found['moved']:,} would move")
    for line in found["by_agency"]:
        print(f"  {line['requests']:>9,}  {line['before']} -> {line['after']}")
    for line in found["by_service"]:
        print(f"  {line['requests']:>9,}  {line['service_code']}: {line['before']} -> {line['after']}")
    for move in found["requests"][:SHOWN]:
        print(f"  {move['tracking_number']}  {move['service_code']}: {move['before']} -> {move['after']}")
    if found["moved"] > SHOWN:
        print(f"  … every one of the {found['moved']:,} stands in the last line")
