"""What the simulator is told from outside: environment variables only."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relay311_drivers.problems import DriverError
from relay311_drivers.running import find_platform

DEFAULT_DELAY = 0.5


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the brokers are, which city is played, and how fast.

    `delay` is the time between two steps of an agency, in seconds. `passwords` are by Kafka principal; None means a
    broker without sign-in.
    """

    kafka: str
    city: Path
    delay: float = DEFAULT_DELAY
    passwords: Mapping[str, str] | None = None
    plays_adapted: bool = True

    def client(self, principal: str) -> dict[str, Any]:
        """Give the settings with which an agency reaches the broker.

        >>> Settings("here:9092", Path("c")).client("agency.parks")
        {'bootstrap_servers': 'here:9092', 'client_id': 'agency.parks'}
        """
        known = {"bootstrap_servers": self.kafka, "client_id": principal}
        return known if self.passwords is None else known | self._sign_in(principal, self.passwords)

    def _sign_in(self, principal: str, passwords: Mapping[str, str]) -> dict[str, Any]:
        if principal not in passwords:
            raise DriverError(f"RELAY311_SIM_SECRETS has no Kafka password for {principal!r}; start the platform anew.")
        return {
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": principal,
            "sasl_plain_password": passwords[principal],
        }


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings. Raises DriverError naming the variable that is wrong.

    >>> read_settings({"RELAY311_CITY": "cities/here", "RELAY311_SIM_DELAY": "soon"})
    Traceback (most recent call last):
    relay311_drivers.problems.DriverError: RELAY311_SIM_DELAY is 'soon': give seconds, 0 or more.
    """
    given = environment.get("RELAY311_SIM_DELAY", str(DEFAULT_DELAY))
    if not given.replace(".", "", 1).isdigit():
        raise DriverError(f"RELAY311_SIM_DELAY is {given!r}: give seconds, 0 or more.")
    platform = find_platform(environment)
    passwords = _passwords(environment.get("RELAY311_SIM_SECRETS"))
    adapted = environment.get("RELAY311_SIM_ADAPTED") != "elsewhere"
    return Settings(platform.kafka, platform.city_folder, float(given), passwords, adapted)


def _passwords(path: str | None) -> Mapping[str, str] | None:
    if not path:
        return None
    try:
        return {str(name): str(word) for name, word in json.loads(Path(path).read_text("utf-8"))["kafka"].items()}
    except (OSError, ValueError, KeyError) as error:
        raise DriverError(f"RELAY311_SIM_SECRETS: {path} cannot be read: {error}") from error
