"""One of a service's own commands (rebuild, hash, retain, ...) in the environment that the platform gives it."""

import argparse
import os
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from relay311_local.credentials import ensure_credentials
from relay311_local.layout import SERVICES, layout
from relay311_local.plan import Plan


def environment_of(service: str, database: str | None = None) -> dict[str, str]:
    """Tell a service everything it must know; `database` stands in for its own."""
    place = layout()
    known = Plan(place, ensure_credentials(place.run, SERVICES, SERVICES)).service_environment(service)
    if database is None:
        return known
    url = urlsplit(known["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    return {**known, "RELAY311_DATABASE_URL": url, "DATABASE_URL": url}


def main(arguments: Sequence[str] | None = None) -> None:
    """Become the service's command; what follows the service's name is handed on to it."""
    parser = argparse.ArgumentParser(prog="python -m relay311_local.service_command", description=__doc__)
    parser.add_argument("--database", help="work on this database of the same server instead of the service's own")
    parser.add_argument("--module", default="app", help="a program of the service beside its own command line")
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("command", nargs=argparse.REMAINDER, help="rebuild, hash, retain, migrate, ...")
    asked = parser.parse_args(arguments)
    environment = {**os.environ, **environment_of(asked.service, asked.database)}
    os.execve(sys.executable, [sys.executable, "-m", f"{asked.service}.{asked.module}", *asked.command], environment)  # noqa: S606


if __name__ == "__main__":
    main()
