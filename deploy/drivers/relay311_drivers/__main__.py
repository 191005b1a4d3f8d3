"""The command line: python -m relay311_drivers <command>."""

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from relay311_drivers.problems import DriverError
from relay311_drivers.running import find_platform

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "sample-day": ("relay311_drivers.sample_day", "send a generated day of reports through the running platform"),
    "demo": ("relay311_drivers.demo", "show one request's whole life as a timeline; the last line is JSON"),
    "text": ("relay311_drivers.telephone", "text the running platform as a resident would; the last line is JSON"),
    "replay": ("relay311_drivers.replay.command", "play a city's own export; the last line is JSON"),
    "import": ("relay311_drivers.importing.command", "move an old system's requests in; the last line is JSON"),
    "import-articles": ("relay311_drivers.articles", "move a knowledge base in; the last line is JSON"),
    "token": ("relay311_drivers.tokens", "print a signed token for a role"),
    "open311-key": ("relay311_drivers.open311_key", "make an API key for an Open311 client"),
    "rehearse": ("relay311_drivers.rehearse", "run changed routing rules over past requests; the last line is JSON"),
    "undelivered": ("relay311_drivers.undelivered", "list messages that were given up, and send them again"),
    "dlq": ("relay311_drivers.dlq", "list, show and re-drive parked records"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 with one line on stderr when it did not."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(given[0] if given else "").parse_args(given)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is away is said once, by the driver
    try:
        return int(import_module(COMMANDS[options.command][0]).run(find_platform(), options))
    except DriverError as error:
        print(f"relay311: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("relay311: stopped.", file=sys.stderr)
        return 130


def _parser(chosen: str) -> argparse.ArgumentParser:
    """Describe the commands; only the chosen one's module is loaded, for its options."""
    parser = argparse.ArgumentParser(prog="python -m relay311_drivers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, (module, says) in COMMANDS.items():
        command = commands.add_parser(name, help=says, description=f"{says.capitalize()}.")
        if name == chosen:
            import_module(module).add_arguments(command)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
