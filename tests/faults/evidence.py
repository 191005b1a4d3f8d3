"""What can be seen from outside: the log's bytes, the services' databases, the parked records and the mails."""

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from confluent_kafka import Message
from town import Town

from contracts.topics import Topic
from faults.played import SERVICES
from faults.targets import Call, Targets
from faults.writer import POISON, Spot
from relay311_local.access import database_url

_REQUESTS: Final = "SELECT * FROM request"
_INTENTS: Final = "SELECT * FROM intent"
_UNSETTLED: Final = "SELECT count(*) FROM intent WHERE settled_at IS NULL"
_TABLES: Final = {
    "kb.filed": "SELECT subject AS name, sum(n)::int AS n FROM count WHERE measure = 'filed' GROUP BY subject",
    "sla.closings": "SELECT service_code AS name, sum(requests)::int AS n FROM closing_count GROUP BY service_code",
    "sla.forecast": "SELECT service_code AS name, closed AS n FROM forecast",
    "sla.clocks": "SELECT request_id, revision, stage FROM clock",
    "survey.invitations": "SELECT request_id, closure_id, contact_ref, state FROM invitation",
    "routing.requests": "SELECT request_id, closes, reopens, made FROM request",
}
"""What services made of the log, read to be compared with the log's own bytes."""
_WAITING: Final = "SELECT count(*) FROM invitation WHERE state = 'waiting'"
_OPEN: Final = "SELECT count(*) FROM request WHERE substatus <> 'closed'"


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of the log: its place, its time (Kafka's, in seconds) and the event in it; none when unreadable."""

    spot: Spot
    at: float
    id: str
    data: Mapping[str, Any]

    @property
    def request_id(self) -> str:
        """The request it is about; empty when there is none."""
        return str(self.data.get("request_id", ""))


class Mail(NamedTuple):
    """A mail that the sink took: when (seconds), and the message its Message-ID names."""

    at: float
    name: str


@dataclass(frozen=True)
class Evidence:
    """Everything that was found when the platform was quiet again."""

    log: Mapping[str, Sequence[Seen]]
    requests: Sequence[Mapping[str, Any]]
    intents: Sequence[Mapping[str, Any]]
    parked: Mapping[str, Sequence[Mapping[str, Any]]]
    letters: Mapping[str, Sequence[Seen]]
    poison: Collection[Spot]
    mails: Sequence[Mail]
    calls: Sequence[Call] = ()
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    asked: Collection[str] = ()
    """The services about whose closings the city asks."""

    def firsts(self, topic: str) -> Iterator[Seen]:
        """List a topic's events without the repeats of an id, in the order of the log."""
        known: set[str] = set()
        for one in self.log.get(topic, ()):
            if one.id and one.id not in known:
                known.add(one.id)
                yield one

    def of_requests(self, topic: str) -> dict[str, list[Seen]]:
        """Give a topic's first occurrences by request."""
        found: dict[str, list[Seen]] = {}
        for one in self.firsts(topic):
            found.setdefault(one.request_id, []).append(one)
        return found


class Observer:
    """Looks at a running platform; changes nothing."""

    def __init__(self, town: Town, targets: Targets) -> None:
        self._town, self._targets = town, targets

    async def gather(self) -> Evidence:
        """Collect the evidence; records that the harness spoiled are no events."""
        topics = [topic.name for topic in self._town.topics]
        read = await asyncio.to_thread(self._town.records, topics)
        spoiled = {_spot(one) for one in read if (one.key() or b"").startswith(POISON.encode())}
        records = [_seen(one) for one in read]
        log: dict[str, list[Seen]] = {}
        letters: dict[str, list[Seen]] = {}
        for one in sorted(records, key=lambda r: r.spot):
            if one.spot.topic.startswith("dlq."):
                letters.setdefault(one.spot.topic, []).append(one)
            elif one.spot not in spoiled:
                log.setdefault(one.spot.topic, []).append(one)
        return Evidence(
            log,
            await self.rows("intake", _REQUESTS),
            await self.rows("notify", _INTENTS),
            {service: await self.rows(service, "SELECT * FROM parked") for service in SERVICES},
            letters,
            frozenset(one for one in spoiled if not one.topic.startswith("dlq.")),
            sorted(_mails(self._town.place.run / "mail")),
            sorted(self._targets.calls),
            {name: await self.rows(name.partition(".")[0], sql) for name, sql in _TABLES.items()},
            {code for code, service in self._town.city.services.items() if service.survey.send},
        )

    async def rows(self, service: str, sql: str) -> list[Mapping[str, Any]]:
        """Read a service's database as the administrator."""
        connection = await asyncpg.connect(self._url(service))
        try:
            return [dict(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()

    async def unrest(self) -> dict[str, int]:
        """Measure what is still under way: {} when the platform is quiet."""
        ends = await self._ends()
        found: dict[str, int] = {}
        for service in SERVICES:
            at = {(r["topic"], r["part"]): r["next"] for r in await self.rows(service, "SELECT * FROM consumer_offset")}
            mine = [t for t in self._town.topics if service in t.consumers]
            found[f"{service} lag"] = sum(_lag(topic, ends, at) for topic in mine)
            found[f"{service} outbox"] = (await self.rows(service, "SELECT count(*) FROM outbox"))[0]["count"]
        found["open intents"] = (await self.rows("notify", _UNSETTLED))[0]["count"]
        found["waiting invitations"] = (await self.rows("survey", _WAITING))[0]["count"]
        found["open requests"] = (await self.rows("intake", _OPEN))[0]["count"]
        return {name: count for name, count in found.items() if count}

    async def _ends(self) -> dict[tuple[str, int], int]:
        read = [topic for topic in self._town.topics if set(topic.consumers) & set(SERVICES)]
        places = [TopicPartition(topic.name, part) for topic in read for part in range(topic.partitions)]
        settings = self._town.kafka()
        consumer = AIOKafkaConsumer(
            bootstrap_servers=settings["bootstrap.servers"],
            security_protocol=settings["security.protocol"],
            sasl_mechanism=settings["sasl.mechanism"],
            sasl_plain_username=settings["sasl.username"],
            sasl_plain_password=settings["sasl.password"],
            enable_auto_commit=False,
        )
        try:
            await consumer.start()
            ends = await consumer.end_offsets(places)
        finally:
            await consumer.stop()
        return {(place.topic, place.partition): end for place, end in ends.items()}

    def _url(self, service: str) -> str:
        return database_url(
            self._town.place.port("postgres"), service, "postgres", self._town.secrets["postgres_admin"]
        )


def _lag(topic: Topic, ends: Mapping[tuple[str, int], int], at: Mapping[tuple[str, int], int]) -> int:
    places = [(topic.name, part) for part in range(topic.partitions)]
    return sum(ends[place] - at.get(place, 0) for place in places)


def _spot(record: Message) -> Spot:
    return Spot(record.topic(), record.partition(), record.offset())


def _seen(record: Message) -> Seen:
    spot = _spot(record)
    try:
        body = json.loads(record.value() or b"")
        return Seen(spot, record.timestamp()[1] / 1000, str(body["id"]), dict(body["data"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return Seen(spot, record.timestamp()[1] / 1000, "", {})


def _mails(folder: Path) -> Iterator[Mail]:
    """Read the Message-ID of every mail that the sink took, repeats included."""
    for path in folder.glob("*.eml"):
        name = str(message_from_bytes(path.read_bytes())["Message-ID"])
        yield Mail(path.stat().st_mtime, name.strip("<>").partition("@")[0])
