"""The platform as a table of processes: what each needs, how it starts, when it is ready."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from relay311_local.access import LOOPBACK, database_url, on_server
from relay311_local.credentials import Credentials, agreed, public_key_path, secrets_path, webhook_secret
from relay311_local.downloads import Say
from relay311_local.kafka import Kafka
from relay311_local.layout import SERVICES, Layout, instance
from relay311_local.migrations import is_migrated, note_migrated
from relay311_local.postgres import Postgres
from relay311_local.processes import Command, is_open
from relay311_local.reach import open_to_all
from relay311_local.unit import Unit
from relay311_local.zipkin import Zipkin, http_ok

_NONE: Final[Mapping[str, str]] = {}
_SOCIAL: Final = ("X_SECRET", "X_TOKEN", "META_SECRET", "META_VERIFY_TOKEN", "META_TOKEN")
_HELPERS: Final = ("smtp", "mail", "letters", "social", "returned", "systems", "bridge")
SIMULATOR: Final = "agencies"
ADAPTERS: Final = "adapters"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything needed to draw up the table; `parts` are the services to run, and the agencies' simulator.

    `instances` says how many of a service there are at the start: one, unless it says more.
    """

    place: Layout
    secrets: Credentials
    parts: tuple[str, ...] = (*SERVICES, SIMULATOR)
    say: Say = print
    instances: Mapping[str, int] = field(default_factory=dict)

    def units(self) -> tuple[Unit, ...]:
        """Draw up the table in the order of start."""
        return (
            *self._postgres(),
            *self._kafka(),
            self._sidecar(),
            *(unit for service in self.services for unit in self._service(service)),
            *((self._simulator(),) if SIMULATOR in self.parts else ()),
            *((self._systems(),) if {SIMULATOR, ADAPTERS} <= set(self.parts) else ()),
            self._zipkin(),
        )

    @property
    def services(self) -> tuple[str, ...]:
        """The services among the wanted parts."""
        return tuple(service for service in SERVICES if service in self.parts)

    def ports(self) -> dict[str, int]:
        """List the ports the platform will listen on."""
        postgres = ("postgres",) if self.place.own_postgres else ()
        brokers = [name for kafka in self.place.kafkas for name in (kafka, f"{kafka}-controller")]
        services = [instance(one, n) for one in self.services for n in range(1, self.instances.get(one, 1) + 1)]
        names = (*postgres, *brokers, *_HELPERS, *services, "zipkin")
        return {name: self.place.port(name) for name in names}

    def service_environment(self, service: str, number: int = 1) -> dict[str, str]:
        """Tell an instance of a service everything it must know."""
        place, secrets = self.place, self.secrets
        access = place.kafka_access(secrets.kafka_admin)
        # A broker of the user's own has the user's credentials; the embedded one knows each service by its own.
        user, password = (service, secrets.kafka[service]) if place.own_kafka else (access.username, access.password)
        known = {
            "DATABASE_URL": self._database(service),
            "KAFKA_BOOTSTRAP": self._bootstrap(access.bootstrap),
            "KAFKA_USERNAME": user,
            "KAFKA_PASSWORD": password,
            "CITY": str(place.city),
            "HOST": LOOPBACK,
            "PORT": str(place.port(instance(service, number))),
            "INSTANCE": str(number),
            "OTLP_ENDPOINT": f"http://{LOOPBACK}:{place.port('bridge')}/v1/traces",
            "SMTP_HOST": LOOPBACK,
            "SMTP_PORT": str(place.port("smtp")),
            "TOKEN_PUBLIC_KEY": str(public_key_path(place.run)),
            "LINK_KEY": secrets.link_key,
            "WEB_BASE_URL": self._url("intake"),
            "INTAKE_BASE_URL": self._url("intake"),
            **{f"{name.upper()}_BASE_URL": self._url(name) for name in ("survey", "notify", "kb")},
            "PROCESS_BASE_URL": self._url("routing"),
            "PHOTO_STORE": str(place.run / "photos"),
            **(self._providers() if service == "intake" else {}),
            **(self._senders() if service == "notify" else {}),
            **(self._made_up_systems() if service == ADAPTERS else {}),
        }
        prefixed = {f"RELAY311_{name}": value for name, value in known.items() if value is not None}
        # The user's DATABASE_URL is the administrator's: no service may inherit it.
        return {**prefixed, "DATABASE_URL": self._database(service)}

    def _providers(self) -> dict[str, str]:
        """Open intake's doors for providers; on this machine the sidecar's wall stands for the social networks."""
        agreed_on = ("TELEPHONE_TOKEN", *(f"SOCIAL_{part}" for part in _SOCIAL))
        return {
            **{name: agreed(self.secrets.link_key, name) for name in agreed_on},
            **{f"SOCIAL_{network}_API": self._url("social") for network in ("X", "META")},
            "TELEPHONE_BASE_URL": self._url("intake"),
            "PHOTO_SOURCES": self._url("social"),
            "MAIL_PORT": str(self.place.port("letters")),
            "PUSH_PUBLIC_KEY": self.secrets.push_public_key,
        }

    def _senders(self) -> dict[str, str]:
        """Give notify somebody to send by, on every channel; on this machine the sidecar stands for each."""
        agreed_on = ("TELEPHONE_TOKEN", "SOCIAL_X_TOKEN", "SOCIAL_META_TOKEN")
        apis = ("TELEPHONE_API", "SOCIAL_X_API", "SOCIAL_META_API")
        return {
            **{name: agreed(self.secrets.link_key, name) for name in agreed_on},
            **dict.fromkeys(apis, self._url("social")),
            "TELEPHONE_FROM": "+12135550311",
            "VAPID_KEY": self.secrets.push_private_key,
            "WEBHOOK_SECRET": webhook_secret(self.secrets.link_key),
            "LETTERS": "true",
            "RETURNS_PORT": str(self.place.port("returned")),
        }

    def _made_up_systems(self) -> dict[str, str]:
        """Say where the made-up systems stand of agencies without Kafka, on this machine and therefore not public."""
        folder = str(self.place.run / "adapters")
        return {"SYSTEMS_BASE_URL": self._url("systems"), "ADAPTER_FOLDER": folder, "ALLOW_PRIVATE_SYSTEMS": "true"}

    def _postgres(self) -> Iterator[Unit]:
        place = self.place
        if place.own_postgres:
            server = Postgres(open_to_all(place.run / "postgres"), place.port("postgres"), self.secrets.postgres_admin)
            ready = partial(is_open, server.port)
            command = partial(self._to_log, server.command)
            yield Unit("postgres", command, (), partial(server.prepare, self.say), ready, port=server.port)
        needs = ("postgres",) if place.own_postgres else ()
        yield self._task("databases", needs, "relay311_local.setup", "databases")

    def _kafka(self) -> Iterator[Unit]:
        yield from map(self._broker, self._nodes())
        yield self._task("topics", self.place.kafkas, "relay311_local.setup", "topics")

    def _nodes(self) -> Iterator[Kafka]:
        place, secret = self.place, self.secrets.kafka_admin
        controllers = tuple(place.port(f"{name}-controller") for name in place.kafkas)
        voters = controllers if place.brokers > 1 else ()
        for node, (name, controller) in enumerate(zip(place.kafkas, controllers, strict=True), 1):
            told, behind = place.door(name) if place.brokers == 1 else (place.port(name),) * 2
            door = (behind, told) if behind != place.port(name) else None
            ports = place.port(name), controller
            yield Kafka(place.run / name, place.cache, *ports, secret, node=node, voters=voters, door=door)

    def _broker(self, node: Kafka) -> Unit:
        command, ready = partial(self._to_log, node.command), partial(is_open, node.port)
        prepare = partial(node.prepare, self.say)
        # To kill one that still reads its log would only let it begin again.
        return Unit(node.name, command, (), prepare, ready, port=node.port, seconds=280.0)

    def _service(self, service: str) -> Iterator[Unit]:
        tables = () if is_migrated(self.place, service) else (f"{service}-tables",)
        for task in tables:
            environment = self.service_environment(service)
            yield self._task(task, ("databases",), f"{service}.app", "migrate", environment=environment)
        for number in range(1, self.instances.get(service, 1) + 1):
            yield self.instance(service, number, tables)

    def instance(self, service: str, number: int, tables: tuple[str, ...] = ()) -> Unit:
        """Draw up one instance of a service, with `tables` still to be made by these tasks."""
        name, environment = instance(service, number), self.service_environment(service, number)
        port = self.place.port(name)
        return Unit(
            name,
            partial(self._python, name, f"{service}.app", environment=environment),
            ("databases", "topics", *tables),
            partial(note_migrated, self.place, service),
            partial(http_ok, port, "/health/ready"),
            port=port,
            fork=True,
        )

    def _sidecar(self) -> Unit:
        port = self.place.port("mail")
        return Unit(
            "sidecar",
            partial(self._python, "sidecar", "relay311_local.sidecar"),
            ready=partial(http_ok, port, "/count"),
            port=port,
        )

    def _simulator(self) -> Unit:
        access = self.place.kafka_access(self.secrets.kafka_admin)
        environment = {"KAFKA_BOOTSTRAP": access.bootstrap, "RELAY311_CITY": str(self.place.city)}
        if access.username is not None:
            environment["RELAY311_SIM_SECRETS"] = str(secrets_path(self.place.run))
        if ADAPTERS in self.parts:
            environment["RELAY311_SIM_ADAPTED"] = "elsewhere"
        start = partial(self._python, SIMULATOR, "relay311_drivers.simulator", environment=environment)
        return Unit(SIMULATOR, start, ("topics",), fork=True)

    def _systems(self) -> Unit:
        """Play the systems of agencies without Kafka, which adapters reaches."""
        port = self.place.port("systems")
        environment = {
            "RELAY311_CITY": str(self.place.city),
            "RELAY311_RUN": str(self.place.run),
            "RELAY311_SYSTEMS_PORT": str(port),
            "RELAY311_SYSTEMS_REPORT_TO": self._url(ADAPTERS),
        }
        start = partial(self._python, "systems", "relay311_drivers.systems", environment=environment)
        return Unit("systems", start, (), ready=partial(is_open, port), port=port, fork=True)

    def _zipkin(self) -> Unit:
        """Start the dashboard last: nothing waits for it, and the bridge keeps the first spans."""
        zipkin = Zipkin(self.place.cache, self._log("zipkin"), self.place.port("zipkin"))
        prepare = partial(zipkin.prepare, self.say)
        return Unit("zipkin", zipkin.command, self.services, prepare, zipkin.ready, port=zipkin.port, late=True)

    def _task(self, name: str, needs: tuple[str, ...], *arguments: str, environment: Mapping[str, str] = _NONE) -> Unit:
        # Making databases needs nothing that is slow to import, and everything else waits for it.
        fork = name != "databases"
        return Unit(name, partial(self._python, name, *arguments, environment=environment), needs, once=True, fork=fork)

    def _python(self, name: str, module: str, *arguments: str, environment: Mapping[str, str] = _NONE) -> Command:
        known = {"RELAY311_ROOT": str(self.place.root), "PYTHONUNBUFFERED": "1", **environment}
        return Command(name, (sys.executable, "-m", module, *arguments), self._log(name), known)

    def _to_log(self, make: Callable[[], Command]) -> Command:
        command = make()
        return replace(command, log=self._log(command.name))

    def _log(self, name: str) -> Path:
        return self.place.run / "logs" / f"{name}.log"

    def _url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.place.port(service)}"

    def _bootstrap(self, usual: str) -> str:
        told, _ = self.place.door("kafka")
        through = self.place.brokers == 1 and told != self.place.port("kafka")
        return f"{LOOPBACK}:{told}" if through else usual

    def _database(self, service: str) -> str:
        password = self.secrets.databases[service]
        if self.place.own_postgres:
            return database_url(self.place.door("postgres")[0], service, service, password)
        return on_server(os.environ["DATABASE_URL"], service, password)
