"""The tracing dashboard: Zipkin on loopback, small, with a capped memory of recent traces."""

import http.client
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from relay311_local.access import LOOPBACK
from relay311_local.downloads import Say, fetch
from relay311_local.java import java_command
from relay311_local.processes import Command

HEAP_MB: Final = 112
MAX_SPANS: Final = 10_000
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Zipkin:
    """One dashboard on `port`; the traces live in its memory and are gone when it stops."""

    cache: Path
    log: Path
    port: int

    def prepare(self, say: Say = print) -> None:
        """Download it when the cache lacks it."""
        fetch("zipkin", self.cache, say)

    def command(self) -> Command:
        """How to start it; call `prepare` first."""
        (jar,) = fetch("zipkin", self.cache)
        properties = {
            # A list is replaced as a whole: address, port and protocol belong together. By default it would
            # listen on every address of the machine.
            "armeria.ports[0].ip": LOOPBACK,
            "armeria.ports[0].port": str(self.port),
            "armeria.ports[0].protocols[0]": "HTTP",
            "zipkin.storage.mem.max-spans": str(MAX_SPANS),
            "zipkin.self-tracing.enabled": "false",
            "logging.level.root": "WARN",
            "spring.main.banner-mode": "off",
        }
        return Command("zipkin", java_command(HEAP_MB, properties, "-jar", str(jar)), self.log)

    def ready(self) -> bool:
        """Tell whether it answers."""
        return http_ok(self.port, "/health")


def http_ok(port: int, path: str) -> bool:
    """Tell whether a local server answers this path with 200."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
