"""The command line: python -m relay311_drivers.systems."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import uvicorn

from contracts.city import Adapter, CityError
from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform, find_platform
from relay311_drivers.systems.book import Book
from relay311_drivers.systems.exchange import FileExchange
from relay311_drivers.systems.open311 import Open311Server
from relay311_drivers.systems.orders import PlannedBook
from relay311_drivers.systems.sap import SapGateway
from relay311_drivers.systems.town import System, SystemsTown
from relay311_drivers.systems.webhook import CaseSystem
from relay311_drivers.tokens import bearer

SECRET: Final = "whsec_b25seS1mb3ItdGVzdHMtbm90LWEtc2VjcmV0"  # noqa: S105 - of made-up systems
_HELP: Final = """Plays the systems of agencies without Kafka. Settings (environment): RELAY311_CITY, RELAY311_RUN,
RELAY311_SYSTEMS_PORT (8321), RELAY311_SYSTEMS_FOLDER (file exchanges and books), RELAY311_SIM_DELAY (0.5; `none`: only
what is asked for happens), RELAY311_SYSTEMS_REPORT_TO (where they report)."""


def main() -> int:
    """Serve until stopped; 1 with one line on stderr when that cannot begin."""
    if {"-h", "--help"} & set(sys.argv):
        print(_HELP)
        return 0
    try:
        platform = find_platform()
        town = SystemsTown(systems_of(platform, os.environ), _delay(os.environ))
    except (DriverError, CityError) as error:
        print(f"relay311: {error}", file=sys.stderr)
        return 1
    port = int(os.environ.get("RELAY311_SYSTEMS_PORT", "8321"))
    uvicorn.run(town.app(), host="127.0.0.1", port=port, log_level="warning", access_log=False)
    return 0


def systems_of(platform: Platform, environment: Mapping[str, str]) -> dict[str, System]:
    """Make the system of each agency that the city's adapters stand in for."""
    folder = Path(environment.get("RELAY311_SYSTEMS_FOLDER") or platform.run / "adapters")
    folder.mkdir(parents=True, exist_ok=True)
    return {slug: _system(adapter, platform, folder, environment) for slug, adapter in platform.city().adapters.items()}


def _system(adapter: Adapter, platform: Platform, folder: Path, environment: Mapping[str, str]) -> System:
    prefix = adapter.agency[0].upper()
    if adapter.kind == "sap_pm":
        return SapGateway(PlannedBook(adapter.agency, prefix, folder, adapter.parameters.get("plant", "")))
    book = Book(adapter.agency, prefix, folder)
    if adapter.kind == "webhook":
        base = environment.get("RELAY311_SYSTEMS_REPORT_TO") or platform.url("adapters")
        report_to = f"{base}/agencies/{adapter.agency}/updates"
        return CaseSystem(book, SECRET, report_to, lambda: bearer(platform, "agency", "case-system", adapter.agency))
    if adapter.kind == "open311":
        return Open311Server(book)
    return FileExchange(book, folder / adapter.address)


def _delay(environment: Mapping[str, str]) -> float | None:
    given = environment.get("RELAY311_SIM_DELAY", "0.5")
    if given == "none":
        return None
    if not given.replace(".", "", 1).isdigit():
        raise DriverError(f"RELAY311_SIM_DELAY is {given!r}: give seconds, 0 or more, or none.")
    return max(0.1, float(given))


if __name__ == "__main__":
    raise SystemExit(main())
