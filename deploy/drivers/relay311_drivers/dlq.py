"""Lists, shows and re-drives the records that the services could not apply."""

import argparse
import asyncio
import sys
from typing import Any, NamedTuple

from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform
from relay311_drivers.tokens import bearer
from relay311_drivers.web import Web, must

_CONFLICT = 409


class Parked(NamedTuple):
    """A parked record by the service that could not apply it; its name is `service:id`."""

    service: str
    id: int

    def __str__(self) -> str:
        """Name it as the commands take it."""
        return f"{self.service}:{self.id}"


def parse_name(text: str) -> Parked:
    """Read a record's name.

    >>> parse_name("sla:12")
    Parked(service='sla', id=12)

    Raises DriverError for anything else.
    """
    service, _, number = text.partition(":")
    if not number.isdigit():
        raise DriverError(f"{text!r} is not a parked record's name; take one such as sla:12 from the list.")
    return Parked(service, int(number))


async def list_parked(web: Web, platform: Platform) -> list[tuple[Parked, dict[str, Any]]]:
    """Ask all six services what they have parked, oldest first within each; say which one does not answer."""
    found = [(name, await _parked_by(web, url)) for name, url in platform.services]
    return [(Parked(name, row["id"]), row) for name, rows in found for row in rows]


async def _parked_by(web: Web, url: str) -> list[dict[str, Any]]:
    try:
        rows: list[dict[str, Any]] = await web.get(f"{url}/ops/parked")
    except DriverError as error:
        print(error, file=sys.stderr)
        return []
    return rows


async def redrive(web: Web, platform: Platform, record: Parked) -> str:
    """Apply a record again and what waits behind it; say what came of it."""
    answer = await web.ask("POST", _address(platform, record) + "/redrive")
    if answer.status_code == _CONFLICT:
        return f"{record}: done already, or it waits behind an earlier record of its key."
    result = must(answer).json()
    return f"{record}: {result['redriven']} applied, {result['parked_again']} parked again."


def _address(platform: Platform, record: Parked) -> str:
    if record.service not in dict(platform.services):
        raise DriverError(
            f"There is no service {record.service!r}; choose one of {', '.join(dict(platform.services))}."
        )
    return platform.url(record.service, f"/ops/parked/{record.id}")


async def _list(web: Web, platform: Platform, _options: argparse.Namespace) -> None:
    rows = await list_parked(web, platform)
    for record, row in rows:
        place = f"{row['topic']}[{row['part']}]@{row['log_offset']}"
        print(f"{record!s:<12} {row['parked_at']}  {place}  {row['reason']}: {row['detail']}")
    print(f"{len(rows)} parked." if rows else "Nothing is parked.")


async def _show(web: Web, platform: Platform, options: argparse.Namespace) -> None:
    row = await web.get(_address(platform, parse_name(options.record)))
    for name, value in row.items():
        print(f"{name}: {value}")


async def _redrive(web: Web, platform: Platform, options: argparse.Namespace) -> None:
    if bool(options.record) == options.all:
        raise DriverError("Name one record, or give --all.")
    chosen = [parse_name(options.record)] if options.record else [r for r, _ in await list_parked(web, platform)]
    for record in chosen:
        print(await redrive(web, platform, record))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `dlq`."""
    parser.set_defaults(act=_list)
    actions = parser.add_subparsers(title="what to do (without any: list)")
    actions.add_parser("list", help="list what is parked").set_defaults(act=_list)
    show = actions.add_parser("show", help="show one record with its bytes; the read is audited")
    show.add_argument("record", help="its name, such as sla:12")
    show.set_defaults(act=_show)
    again = actions.add_parser("redrive", help="apply a record again, and what waits behind it")
    again.add_argument("record", nargs="?", help="its name, such as sla:12")
    again.add_argument("--all", action="store_true", help="every parked record")
    again.set_defaults(act=_redrive)


def run(platform: Platform, options: argparse.Namespace) -> int:
    """List, show or re-drive."""
    asyncio.run(_act(platform, options))
    return 0


async def _act(platform: Platform, options: argparse.Namespace) -> None:
    async with Web(bearer(platform, "operator", "dlq"), patience=5) as web:
        await options.act(web, platform, options)
