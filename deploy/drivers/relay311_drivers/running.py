"""The running platform as seen from outside: its addresses, its city and the secrets of who may act."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.city import City, CityError, load_city
from contracts.topics import SERVICES
from relay311_drivers.problems import DriverError

PORTS: Final[Mapping[str, int]] = {
    "intake": 8301,
    "routing": 8302,
    "sla": 8303,
    "notify": 8304,
    "survey": 8305,
    "kb": 8306,
    "adapters": 8307,
    "mail": 8326,
    "zipkin": 9411,
    "kafka": 19092,
}
"""The platform's public ports; RELAY311_PORT_OFFSET moves them all."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One running platform: where it listens, which city it serves and the folder of its secrets."""

    run: Path
    city_folder: Path
    host: str = "127.0.0.1"
    offset: int = 0
    kafka_override: str | None = None
    signs_in: bool = True

    def url(self, name: str, path: str = "") -> str:
        """Give the address of a service or page.

        >>> Platform(Path(".run"), Path("cities/here"), offset=1000).url("intake", "/requests")
        'http://127.0.0.1:9301/requests'
        """
        return f"http://{self.host}:{PORTS[name] + self.offset}{path}"

    @property
    def kafka(self) -> str:
        """The brokers to start from."""
        return self.kafka_override or f"{self.host}:{PORTS['kafka'] + self.offset}"

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """Each service's name and address."""
        return tuple((name, self.url(name)) for name in SERVICES)

    def city(self) -> City:
        """Read the city's folder. Raises DriverError when it is missing or wrong."""
        try:
            return load_city(self.city_folder)
        except CityError as error:
            raise DriverError(str(error)) from error
        except OSError as error:
            raise DriverError(f"The city folder {self.city_folder} cannot be read: {error}") from error

    def secrets(self) -> Mapping[str, Any]:
        """Read the secrets written when the platform first started. Raises DriverError when there are none."""
        path = self.run / "secrets.json"
        try:
            return dict(json.loads(path.read_text()))
        except FileNotFoundError:
            raise DriverError(
                f"{path} is missing: start the platform once with `make up`, or set RELAY311_RUN."
            ) from None
        except (OSError, ValueError) as error:
            raise DriverError(f"{path} cannot be read: {error}") from error

    def kafka_password(self, principal: str) -> str:
        """Give a principal's password on the broker. Raises DriverError for a principal without one."""
        passwords = self.secrets().get("kafka", {})
        if principal not in passwords:
            raise DriverError(
                f"{self.run / 'secrets.json'} has no Kafka password for {principal!r}; run `make up` again."
            )
        return str(passwords[principal])


def find_platform(environment: Mapping[str, str] = os.environ) -> Platform:
    """Find the platform from the environment and the current folder.

    RELAY311_RUN is the folder of its secrets, RELAY311_CITY the city's folder or its name under `cities/` (without it
    the first one by name), RELAY311_PORT_OFFSET moves every port, KAFKA_BOOTSTRAP names another broker; one given
    without KAFKA_USERNAME is a plain listener, where nobody signs in.
    """
    root = _root(environment)
    offset = environment.get("RELAY311_PORT_OFFSET", "0")
    if not offset.isdigit():
        raise DriverError(f"RELAY311_PORT_OFFSET is {offset!r}: give a whole number, 0 or more.")
    return Platform(
        run=Path(environment.get("RELAY311_RUN") or root / ".run"),
        city_folder=_city_folder(root, environment.get("RELAY311_CITY")),
        offset=int(offset),
        kafka_override=environment.get("KAFKA_BOOTSTRAP") or None,
        signs_in=not environment.get("KAFKA_BOOTSTRAP") or bool(environment.get("KAFKA_USERNAME")),
    )


def _root(environment: Mapping[str, str]) -> Path:
    """Find the project: RELAY311_ROOT, else the current folder when it holds `cities`, else where this code lies."""
    if environment.get("RELAY311_ROOT"):
        return Path(environment["RELAY311_ROOT"])
    here = Path.cwd()
    return here if (here / "cities").is_dir() else Path(__file__).resolve().parents[3]


def _city_folder(root: Path, named: str | None) -> Path:
    if named:
        return Path(named) if Path(named).is_dir() else root / "cities" / named
    folders = sorted(path.parent for path in (root / "cities").glob("*/city.yaml"))
    if not folders:
        raise DriverError(f"No city found under {root / 'cities'}; set RELAY311_CITY to a city's folder.")
    return folders[0]
