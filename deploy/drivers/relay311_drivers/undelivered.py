"""Lists messages that notify gave up, and has them sent again."""

import argparse
import asyncio
from typing import Any, Final

from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web, must

MOST: Final = 500
"""So many are listed, and sent again by one call."""


async def waiting(web: Web, platform: Platform) -> list[dict[str, Any]]:
    """Ask for messages that were given up, oldest first."""
    rows: list[dict[str, Any]] = await web.get(platform.url("notify", f"/undelivered?limit={MOST}"))
    return rows


async def _list(web: Web, platform: Platform, _options: argparse.Namespace) -> None:
    rows = await waiting(web, platform)
    for row in rows:
        what, why = f"{row['channel']} {row['moment']}", f"{row['reason']}: {row['detail']}"
        print(f"{row['intent_id']}  {row['parked_at']}  {what}  {why}")
    print(f"{len(rows)} given up." if rows else "Nothing was given up.")


async def _redrive(web: Web, platform: Platform, options: argparse.Namespace) -> None:
    if bool(options.messages) == options.all:
        raise DriverError("Name messages, or give --all.")
    named = options.messages or [row["intent_id"] for row in await waiting(web, platform)]
    if not named:
        print("Nothing was given up.")
        return
    body = {"intent_ids": named[:MOST], "because": options.because}
    said = must(await web.ask("POST", platform.url("notify", "/undelivered/redrive"), json=body)).json()
    print(
        ", ".join(f"{len(said[name])} {name.replace('_', ' ')}" for name in ("redriven", "unreachable", "not_waiting"))
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `undelivered`."""
    parser.set_defaults(act=_list)
    actions = parser.add_subparsers(title="what to do (without any: list)")
    actions.add_parser("list", help="list what was given up").set_defaults(act=_list)
    again = actions.add_parser("redrive", help="have messages sent again, by the ways that lead to their readers today")
    again.add_argument("messages", nargs="*", help="their names, from the list")
    again.add_argument("--all", action="store_true", help=f"every one, {MOST} at a time")
    again.add_argument("--because", required=True, help="why; noted with who asked")
    again.set_defaults(act=_redrive)


def run(platform: Platform, options: argparse.Namespace) -> int:
    """List, or send again."""
    asyncio.run(_act(platform, options))
    return 0


async def _act(platform: Platform, options: argparse.Namespace) -> None:
    async with Web(bearer(platform, "operator", "undelivered"), patience=5) as web:
        await options.act(web, platform, options)
