"""A running platform as its users see it: HTTP, Kafka under any principal, mails, traces and its own commands."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx2
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from contracts.city import City, load_city
from contracts.event import Event, encode
from contracts.topics import Topic, city_topics
from relay311_drivers.tokens import claims, sign
from relay311_local import state
from relay311_local.access import ADMIN
from relay311_local.layout import Layout

ROOT: Final = Path(__file__).resolve().parents[2]
Found = TypeVar("Found")


def eventually(find: Callable[[], Found | None], what: str, seconds: float = 60.0) -> Found:
    """Ask until there is an answer, and return it; fail by saying what did not happen."""
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.15)
    return found


@dataclass(frozen=True)
class Town:
    """One running platform: where it is, and the environment of its commands."""

    place: Layout
    environment: Mapping[str, str]

    @cached_property
    def secrets(self) -> dict[str, Any]:
        """What the platform made up at its first start."""
        content: dict[str, Any] = json.loads((self.place.run / "secrets.json").read_text())
        return content

    @cached_property
    def city(self) -> City:
        """The city it serves."""
        return load_city(Path(self.environment["RELAY311_CITY"]))

    @cached_property
    def topics(self) -> tuple[Topic, ...]:
        """Every topic there is, dead letters included."""
        return city_topics([agency.slug for agency in self.city.working_agencies])

    # --- commands and processes --------------------------------------------------------------------------------

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one of the platform's commands: `start("-m", "relay311_drivers", "demo")`."""
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str, seconds: float = 200) -> str:
        """Run one to its end and return what it said; a failure shows its words."""
        process = self.start(*arguments)
        said, complained = process.communicate(timeout=seconds)
        assert process.returncode == 0, f"{' '.join(arguments)} ended with {process.returncode}:\n{said}{complained}"
        return said

    def driver(self, *arguments: str) -> dict[str, Any]:
        """Run a driver, and read the JSON on its last line."""
        said: dict[str, Any] = json.loads(self.command("-m", "relay311_drivers", *arguments).splitlines()[-1])
        return said

    def process(self, name: str) -> state.Entry:
        """Find one of the platform's processes in the supervisor's own table."""
        snapshot = state.load(self.place.run)
        assert snapshot is not None
        return next(entry for entry in snapshot.entries if entry.name == name)

    def kill(self, name: str) -> int:
        """Kill a process at once; return its process id."""
        pid = self.process(name).pid
        assert pid is not None, f"{name} does not run"
        os.kill(pid, signal.SIGKILL)
        return pid

    def until_back(self, name: str, killed: int) -> state.Entry:
        """Wait until the supervisor has started another process in the killed one's place, and it is ready."""
        return eventually(
            lambda: entry if (entry := self.process(name)).state == "ready" and entry.pid != killed else None,
            f"the restart of {name}",
        )

    @contextmanager
    def agencies_asleep(self) -> Iterator[None]:
        """Hold the agencies' simulators still, so that a test may be an agency itself."""
        pids = [pid for name in ("agencies", "systems") if (pid := self.process(name).pid) is not None]
        assert pids
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    # --- HTTP --------------------------------------------------------------------------------------------------

    def url(self, service: str, path: str = "") -> str:
        """Give the address of a service or page."""
        return f"http://127.0.0.1:{self.place.port(service)}{path}"

    def ask(
        self, method: str, url: str, *, role: str | None = None, agency: str | None = None, **parts: Any
    ) -> httpx2.Response:
        """Send one HTTP call as anybody, or in a role; `trace` is the trace it belongs to."""
        headers = dict(parts.pop("headers", {}))
        if role:
            headers["Authorization"] = f"Bearer {self.token(role, agency)}"
        if trace := parts.pop("trace", None):
            headers["traceparent"] = f"00-{trace}-{os.urandom(8).hex()}-01"
        return httpx2.request(method, url, headers=headers, timeout=30, **parts)

    def token(self, role: str, agency: str | None = None) -> str:
        """Sign a token with the platform's own key."""
        return sign(self.secrets["token_private_key"], claims(role, "journey", agency, datetime.now(UTC)))

    def mails(self, to: str) -> list[dict[str, Any]]:
        """Read the mails somebody got, oldest first."""
        found: list[dict[str, Any]] = self.ask("GET", self.url("mail", "/messages"), params={"to": to}).json()
        return found[::-1]

    def spans(self, trace: str) -> list[dict[str, Any]]:
        """Read a trace from the dashboard; nothing when it has none of it yet."""
        answer = self.ask("GET", self.url("zipkin", f"/api/v2/trace/{trace}"))
        found: list[dict[str, Any]] = answer.json() if answer.is_success else []
        return found

    # --- Kafka -------------------------------------------------------------------------------------------------

    def kafka(self, principal: str = ADMIN) -> dict[str, Any]:
        """Give a client's settings under a principal's own credentials."""
        known = {ADMIN: self.secrets["kafka_admin"], **self.secrets["kafka"]}
        access = replace(self.place.kafka_access(known[ADMIN]), username=principal, password=known[principal])
        return {**access.client(), "log_level": "0"}

    def records(self, topics: Sequence[str], principal: str = ADMIN) -> list[Message]:
        """Read whole topics, from the first record to the present end."""
        settings = {"group.id": principal, "enable.auto.commit": False, "enable.partition.eof": True}
        consumer = Consumer(self.kafka(principal) | settings)
        try:
            known = consumer.list_topics(timeout=15).topics
            parts = [TopicPartition(topic, part, 0) for topic in topics for part in known[topic].partitions]
            consumer.assign(parts)
            return list(_read(consumer, {(part.topic, part.partition) for part in parts}))
        finally:
            consumer.close()

    def events(self, topic: str, request_id: str | None = None) -> list[dict[str, Any]]:
        """Read the data of a topic's events, all or those of one request."""
        found = [json.loads(message.value())["data"] for message in self.records([topic]) if message.value()]
        return [data for data in found if request_id in (None, data.get("request_id"))]

    def publish(self, principal: str, topic: str, value: Event | bytes, key: str, trace: str | None = None) -> None:
        """Append one record under a principal's own credentials; raises KafkaException when that is not allowed."""
        failed: list[KafkaError] = []
        producer = Producer(self.kafka(principal) | {"partitioner": "murmur2_random"})
        content = value if isinstance(value, bytes) else _encoded(value, principal, trace)
        headers = [("traceparent", trace.encode())] if trace else []
        producer.produce(
            topic, content, key, headers=headers, on_delivery=lambda error, _: failed.append(error) if error else None
        )
        assert producer.flush(15) == 0, f"{topic} took nothing from {principal} in 15 s"
        if failed:
            raise KafkaException(failed[0])


def _encoded(event: Event, principal: str, trace: str | None) -> bytes:
    return encode(event, os.urandom(16).hex(), principal, datetime.now(UTC), traceparent=trace)


def _read(consumer: Consumer, wanted: set[tuple[str, int]]) -> Iterator[Message]:
    end = time.monotonic() + 90
    while wanted:
        assert time.monotonic() < end, f"{sorted(wanted)} could not be read to their end in 90 s"
        for message in consumer.consume(2000, 0.2):
            error = message.error()
            if error is None:
                yield message
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                wanted.discard((message.topic(), message.partition()))
