"""How clients reach the broker and the databases."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

LOOPBACK: Final = "127.0.0.1"
ADMIN: Final = "admin"
MECHANISM: Final = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class Access:
    """Where a broker is and how to reach it; no user means a plain listener, an `authority` (a PEM file) means TLS."""

    bootstrap: str
    username: str | None = None
    password: str | None = None
    authority: str | None = None

    def client(self) -> dict[str, str]:
        """Give the settings of a librdkafka client."""
        plain = {"bootstrap.servers": self.bootstrap}
        if self.username is None:
            return plain
        trusted = {"ssl.ca.location": self.authority} if self.authority else {}
        return plain | {
            **trusted,
            "security.protocol": "SASL_SSL" if self.authority else "SASL_PLAINTEXT",
            "sasl.mechanism": MECHANISM,
            "sasl.username": self.username,
            "sasl.password": self.password or "",
        }


def database_url(port: int, database: str, user: str, password: str) -> str:
    """Compose the URL of a database on this machine.

    >>> database_url(5432, "intake", "intake", "p@ss")
    'postgresql://intake:p%40ss@127.0.0.1:5432/intake'
    """
    return f"postgresql://{user}:{quote(password, safe='')}@{LOOPBACK}:{port}/{database}"


def on_server(admin_url: str, service: str, password: str) -> str:
    """Compose the URL of a service's database on the server of an administrator's URL.

    >>> on_server("postgresql://me:x@db.example:5433/postgres?sslmode=require", "intake", "p@ss")
    'postgresql://intake:p%40ss@db.example:5433/intake?sslmode=require'
    """
    url = urlsplit(admin_url)
    place = url.netloc.rpartition("@")[2]
    return url._replace(netloc=f"{service}:{quote(password, safe='')}@{place}", path=f"/{service}").geturl()
