"""The command line: python -m relay311_drivers.simulator."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence

from contracts.city import City, CityError, load_city
from relay311_drivers.problems import DriverError
from relay311_drivers.simulator.desk import Desk
from relay311_drivers.simulator.reports import Agency
from relay311_drivers.simulator.settings import Settings, read_settings

_HELP = """Plays every agency of a city: reads each inbox, works, and reports on each outbox. A simulator, for trying
the platform; a real agency does the same with its own program."""

_SETTINGS = """settings (environment):
  KAFKA_BOOTSTRAP       host:port of a broker (127.0.0.1:19092)
  RELAY311_CITY         the city's folder, or its name under cities/
  RELAY311_SIM_SECRETS  JSON file with {"kafka": {"agency.<slug>": "<password>"}}; without it no sign-in is made
  RELAY311_SIM_ADAPTED  `elsewhere`: leave out the agencies that an adapter stands in for
  RELAY311_SIM_DELAY    seconds between two steps of an agency (0.5)"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Play until stopped; 1 with one line on stderr when that cannot begin."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "python -m relay311_drivers.simulator", None, _HELP, _SETTINGS, formatter_class=form
    )
    parser.parse_args(arguments)
    try:
        settings = read_settings()
        agencies = agencies_of(load_city(settings.city), adapted=settings.plays_adapted)
        asyncio.run(play(agencies, settings))
    except (DriverError, CityError) as error:
        print(f"relay311: {error}", file=sys.stderr)
        return 1
    return 0


def agencies_of(city: City, *, adapted: bool = True) -> list[Agency]:
    """List the agencies to play; each may refer to any other of them but the triage desk's own.

    `adapted` says whether those with an adapter are among them: not where the adapter runs and reads their inboxes.
    Such a one is referred nothing by chance either: its system would not know most types, and a clerk would have to.
    """
    played = [agency.slug for agency in city.working_agencies if adapted or agency.slug not in city.adapters]
    known = [slug for slug in played if slug != city.profile.operator_agency]
    return [Agency(slug, tuple(other for other in known if other != slug), city.profile.languages) for slug in played]


async def play(agencies: Sequence[Agency], settings: Settings) -> None:
    """Sit at every desk until told to stop."""
    start = asyncio.Semaphore(3)
    print(f"{len(agencies)} agencies at their desks, {settings.delay} s a step", flush=True)
    work = asyncio.gather(*(Desk(agency, settings).run(start) for agency in agencies))
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work


if __name__ == "__main__":
    raise SystemExit(main())
