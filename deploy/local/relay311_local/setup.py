"""One-shot tasks the supervisor runs while the platform starts: `python -m relay311_local.setup topics|databases`."""

import sys
import time
from collections.abc import Callable
from typing import Final

from relay311_local.credentials import ensure_credentials
from relay311_local.layout import Layout, layout
from relay311_local.problems import PlatformError


def make_topics(place: Layout) -> None:
    """Make topics, users and permissions for the platform's city."""
    from contracts.acls import acls  # noqa: PLC0415 -- the other task does not need the contracts
    from contracts.city import load_city  # noqa: PLC0415 -- the same
    from relay311_local.provision import principals, provision_kafka  # noqa: PLC0415 -- the same

    begin = time.monotonic()
    city = load_city(place.city)
    agencies, adapted = tuple(agency.slug for agency in city.working_agencies), tuple(city.adapters)
    secrets = ensure_credentials(place.run, principals(acls(agencies, adapted)), ())
    done = provision_kafka(place.kafka_access(secrets.kafka_admin), agencies, secrets.kafka, place.brokers, adapted)
    print(
        f"Kafka: {done.topics} topics ({done.made} new), {done.principals} users, {done.permissions} permissions "
        f"in {time.monotonic() - begin:.1f} s."
    )


def make_databases(place: Layout) -> None:
    """Make one database and one role per service."""
    from relay311_local.postgres import blocking, ensure_databases  # noqa: PLC0415 -- the other task does not need it

    secrets = ensure_credentials(place.run, (), ())
    blocking(ensure_databases(place.postgres_url(secrets.postgres_admin), secrets.databases))
    print(f"PostgreSQL: {len(secrets.databases)} databases, each with a role of its own.")


TASKS: Final[dict[str, Callable[[Layout], None]]] = {"topics": make_topics, "databases": make_databases}


def main(arguments: list[str]) -> int:
    """Run one task; a problem is one line on stderr and exit code 1."""
    try:
        TASKS[arguments[0]](layout())
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
