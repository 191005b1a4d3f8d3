"""Signs the tokens that people and programs act with on the local platform."""

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt

from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform

ISSUER: Final = "relay311"
ROLES: Final = ("agent", "agency", "supervisor", "operator", "analyst", "system")
_KEY_NAMES: Final = ("token_private_key", "token_key", "private_key")


def claims(role: str, subject: str, agency: str | None, now: datetime, hours: float = 8) -> dict[str, object]:
    """Say who acts, as what, and until when.

    >>> at = datetime(2026, 1, 1, tzinfo=UTC)
    >>> claims("agency", "ana", "parks", at, hours=1)["exp"] - claims("agent", "bo", None, at)["iat"]
    3600
    >>> "agency" in claims("agent", "bo", None, at)
    False

    Raises DriverError for a role that does not exist, or agency staff without an agency.
    """
    if role not in ROLES:
        raise DriverError(f"ROLE is {role!r}: choose one of {', '.join(ROLES)}.")
    if (role == "agency") != bool(agency):
        raise DriverError("AGENCY goes with ROLE=agency, and with no other: give both or neither.")
    start, end = int(now.timestamp()), int((now + timedelta(hours=hours)).timestamp())
    said: dict[str, object] = {"iss": ISSUER, "sub": subject, "role": role, "iat": start, "exp": end}
    return said | ({"agency": agency} if agency else {})


def sign(private_key: str, said: Mapping[str, Any]) -> str:
    """Sign claims with an Ed25519 private key (PEM)."""
    return jwt.encode(dict(said), private_key, algorithm="EdDSA")


def bearer(platform: Platform, role: str, subject: str = "driver", agency: str | None = None) -> dict[str, str]:
    """Make the header with which a driver acts in a role."""
    return {"Authorization": f"Bearer {token(platform, role, subject, agency)}"}


def token(platform: Platform, role: str, subject: str = "driver", agency: str | None = None, hours: float = 8) -> str:
    """Make a token for the running platform, good for some hours. Raises DriverError without the platform's key."""
    secrets = platform.secrets()
    key = next((secrets[name] for name in _KEY_NAMES if name in secrets), None)
    if key is None:
        raise DriverError(f"{platform.run / 'secrets.json'} has no signing key; run `make up` once.")
    return sign(str(key), claims(role, subject, agency, datetime.now(UTC), hours))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options of `token`."""
    parser.add_argument("--role", required=True, help=", ".join(ROLES))
    parser.add_argument("--agency", help="the agency's slug, with --role agency")
    parser.add_argument("--subject", default="local", help="who it is, as the audit will show (default: local)")
    parser.add_argument("--hours", type=float, default=8, help="how long it is good for (default: 8)")


def run(platform: Platform, options: argparse.Namespace) -> int:
    """Print a token."""
    agency = options.agency or None
    if agency and agency not in platform.city().agencies:
        raise DriverError(f"AGENCY is {agency!r}: the city has no such agency.")
    print(token(platform, options.role, options.subject, agency, options.hours))
    return 0
