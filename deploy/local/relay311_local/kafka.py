"""Kafka nodes in KRaft mode: formatted once, small in memory, loopback only, with SCRAM and deny-by-default ACLs."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from relay311_local.access import ADMIN, LOOPBACK, MECHANISM, Access
from relay311_local.downloads import Say, fetch
from relay311_local.java import class_path, java_command
from relay311_local.layout import instance
from relay311_local.problems import PlatformError
from relay311_local.processes import Child, Command, is_open

CLUSTER_ID: Final = "4L6g3nShT-eMCtK--X86sw"
HEAP_MB: Final = 160
REPLICAS_HEAP_MB: Final = 256
"""Each of several brokers also keeps what the others lead."""
START_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Kafka:
    """One node with its data in `folder`. Without an admin password: a plain listener without authorizer, for tests.

    `voters` are the controller ports of all nodes, in their order, when there are several; `node` counts from 1.
    """

    folder: Path
    cache: Path
    port: int
    controller_port: int
    admin_password: str | None = None
    cluster_id: str = CLUSTER_ID
    node: int = 1
    voters: tuple[int, ...] = ()
    door: tuple[int, int] | None = None
    """A second listener: where it listens, and the port that clients are told (somebody forwards between the two)."""

    @property
    def name(self) -> str:
        """The name of its process."""
        return instance("kafka", self.node)

    @property
    def access(self) -> Access:
        """How the administrator reaches it."""
        user = None if self.admin_password is None else ADMIN
        return Access(f"{LOOPBACK}:{self.port}", user, self.admin_password)

    def prepare(self, say: Say = print) -> None:
        """Download what is missing, write the settings, and format the data folder when it is new."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._refuse_another_size()
        self._settings.touch(0o600)  # it holds the administrator's password
        self._settings.write_text(_properties(self.settings()), "utf-8")
        _package_file("log4j2.properties", self.folder)
        jars = fetch("kafka", self.cache, say)
        if not self._has_data:
            self._format(jars)

    def settings(self) -> Mapping[str, str]:
        """Give the server's properties."""
        access = _PLAIN if self.admin_password is None else _secure(self.admin_password)
        return _BASE | (_REPLICATED if self.voters else {}) | self._places() | access | self._door(access)

    def command(self) -> Command:
        """How to start it; call `prepare` first."""
        properties = {
            "log4j2.configurationFile": str(self.folder / "log4j2.properties"),
            "relay311.log": str(self.folder / "server.log"),
        }
        jars = fetch("kafka", self.cache)
        java = java_command(
            REPLICAS_HEAP_MB if self.voters else HEAP_MB,
            properties,
            "-cp",
            class_path(jars),
            "kafka.Kafka",
            str(self._settings),
        )
        return Command(self.name, java, self.folder / "console.log")

    def ready(self) -> bool:
        """Tell whether the administrator can talk to it."""
        return is_open(self.port) and answers(self.access)

    def start(self, say: Say = print) -> Child:
        """Prepare, start and wait until it is ready; return the process."""
        self.prepare(say)
        child = Child(self.command())
        try:
            seconds = child.wait_ready(self.ready, START_SECONDS)
        except PlatformError:
            child.stop()
            raise
        say(f"Kafka is ready after {seconds:.1f} s on port {self.port}.")
        return child

    @property
    def _settings(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _has_data(self) -> bool:
        return (self.folder / "data" / "meta.properties").exists()

    def _refuse_another_size(self) -> None:
        """Stop before empty newcomers could outvote the one node that has the data, or one go on without the others."""
        known = _value_in(self._settings, "controller.quorum.voters") if self._has_data else ""
        before, now = len(known.split(",")), max(1, len(self.voters))
        if known and before != now:
            raise PlatformError(
                f"The data in {self.folder} belong to {before} broker(s), not to {now}: set RELAY311_BROKERS={before}, "
                "or begin anew in another folder with RELAY311_RUN."
            )

    def _places(self) -> dict[str, str]:
        client = "CLIENT" if self.admin_password else "PLAIN"
        address = f"{client}://{LOOPBACK}:{self.port}"
        controller = f"{LOOPBACK}:{self.controller_port}"
        return {
            "node.id": str(self.node),
            "controller.quorum.voters": _voters(self.voters or (self.controller_port,)),
            "listeners": f"{address},CONTROLLER://{controller}",
            "advertised.listeners": address,
            "inter.broker.listener.name": client,
            "log.dirs": str(self.folder / "data"),
        }

    def _door(self, access: Mapping[str, str]) -> dict[str, str]:
        if self.door is None:
            return {}
        places, (listens, told), scram = self._places(), self.door, "scram-sha-512.sasl.jaas.config"
        return {
            "listeners": f"{places['listeners']},DOOR://{LOOPBACK}:{listens}",
            "advertised.listeners": f"{places['advertised.listeners']},DOOR://{LOOPBACK}:{told}",
            "listener.security.protocol.map": f"{access['listener.security.protocol.map']},DOOR:SASL_PLAINTEXT",
            f"listener.name.door.{scram}": access[f"listener.name.client.{scram}"],
        }

    def _format(self, jars: tuple[Path, ...]) -> None:
        scram = [f"{MECHANISM}=[name={ADMIN},password={self.admin_password}]"] if self.admin_password else []
        tool = ("kafka.tools.StorageTool", "format", "-t", self.cluster_id, "-c", str(self._settings))
        options = [part for user in scram for part in ("--add-scram", user)]
        command = java_command(64, {}, "-cp", class_path(jars), *tool, *options)
        # The tool prints the stored keys: nobody needs them.
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise PlatformError(f"Kafka's data folder {self.folder} cannot be formatted: {' '.join(last)}")


def answers(access: Access) -> bool:
    """Tell whether a broker accepts these credentials and names its topics."""
    from confluent_kafka import KafkaException  # noqa: PLC0415 -- the supervisor never needs the client
    from confluent_kafka.admin import AdminClient  # noqa: PLC0415 -- the same

    quiet: Callable[[object], None] = lambda _: None  # noqa: E731
    try:
        AdminClient({**access.client(), "log_level": "0", "error_cb": quiet}).list_topics(timeout=2)
    except KafkaException:
        return False
    return True


def _voters(ports: Sequence[int]) -> str:
    """List nodes by their controllers' ports.

    >>> _voters((19093, 19095))
    '1@127.0.0.1:19093,2@127.0.0.1:19095'
    """
    return ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in enumerate(ports, 1))


def _value_in(path: Path, name: str) -> str:
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return next((line.partition("=")[2] for line in lines if line.startswith(f"{name}=")), "")


def _properties(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _package_file(name: str, folder: Path) -> None:
    (folder / name).write_bytes(files("relay311_local").joinpath(name).read_bytes())


_BASE: Final[dict[str, str]] = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
    "num.partitions": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    "log.cleaner.dedupe.buffer.size": "8388608",
    "log.cleaner.threads": "1",
    "auto.create.topics.enable": "false",
    # Hundreds of small partitions: an index of 10 MB each, preallocated, would be a lie about the disk.
    "log.index.size.max.bytes": "1048576",
}
_REPLICATED: Final[dict[str, str]] = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    # A killed broker is noticed by its silence alone: its partitions wait that long for another leader.
    "broker.heartbeat.interval.ms": "1000",
    "broker.session.timeout.ms": "5000",
}
_PLAIN: Final[dict[str, str]] = {"listener.security.protocol.map": "PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT"}
_JAAS: Final = "org.apache.kafka.common.security"


def _secure(password: str) -> dict[str, str]:
    """Clients prove themselves by SCRAM; the controller's own door takes one user; nothing is open by default."""
    scram = f'{_JAAS}.scram.ScramLoginModule required username="{ADMIN}" password="{password}";'
    plain = (
        f'{_JAAS}.plain.PlainLoginModule required username="{ADMIN}" password="{password}" user_{ADMIN}="{password}";'
    )
    return {
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
        "listener.name.controller.plain.sasl.jaas.config": plain,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{ADMIN}",
    }
