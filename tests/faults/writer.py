"""Writes on the log: published reports, records again as they were, and records nobody can read."""

import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import uuid4

from confluent_kafka import Message, Producer
from town import Town

from contracts.event import encode
from contracts.frontends import RequestSubmitted
from contracts.topics import Topic
from faults.played import SERVICES

POISON: Final = "poison-"
"""How the key of every spoiled record begins: what was written is read from the log, not believed."""
_SECONDS: Final = 45.0
_HUGE: Final = 1_000_000
_DEEP: Final = 100_000
_WORTH_REPLAYING: Final = 20


class Spot(NamedTuple):
    """A place on the log."""

    topic: str
    part: int
    offset: int


class Writer:
    """Appends under the frontend's and the administrator's own credentials, and remembers what it put where."""

    def __init__(self, town: Town, seed: int) -> None:
        self._town, self._chance = town, random.Random(f"writer-{seed}")
        retry = {"acks": "all", "delivery.timeout.ms": int(_SECONDS * 1000), "partitioner": "murmur2_random"}
        self._frontend = Producer(town.kafka("frontend") | retry)
        more = {"enable.idempotence": True, "message.max.bytes": 1_048_000}  # all that a broker takes: "huge"
        self._admin = Producer(town.kafka() | retry | more)
        self._number = 0
        self.repeated: list[Spot] = []
        self.kinds: Counter[str] = Counter()

    def submit(self, report: RequestSubmitted) -> bool:
        """Publish a report; True when the log has it, False when nobody knows."""
        value = encode(report, uuid4().hex, "frontend", datetime.now(UTC))
        return _append(self._frontend, "request.submitted", value, report.key) is not None

    # --- duplicates ----------------------------------------------------------------------------------------------

    def repeat(self, count: int) -> int:
        """Append records again that lie on the log already, byte for byte; returns how many."""
        read = [t.name for t in self._town.topics if set(t.consumers) & set(SERVICES)]
        records = [one for one in self._town.records(read) if _is_event(one.value()) and one.partition() is not None]
        return self._all_again(self._chance.sample(records, min(count, len(records))))

    def replay(self) -> int:
        """Append everything that lies on one topic again; returns how many records."""
        read = [
            t.name for t in self._town.topics if set(t.consumers) & set(SERVICES) and not t.name.startswith("agency.")
        ]
        for topic in self._chance.sample(read, len(read)):
            records = [one for one in self._town.records([topic]) if _is_event(one.value())]
            if len(records) >= _WORTH_REPLAYING:
                return self._all_again(records)
        return 0

    def _all_again(self, records: Sequence[Message]) -> int:
        done: list[Spot] = []
        for one in records:
            _produce(self._admin, one.topic(), one.value(), one.key(), done, one.partition(), one.headers())
        self._admin.flush(_SECONDS + 5)
        self.repeated += done
        return len(done)

    def _again(self, record: Message, value: bytes) -> Spot | None:
        return _append(self._admin, record.topic(), value, record.key(), record.partition(), record.headers())

    # --- poison --------------------------------------------------------------------------------------------------

    def spoil(self, count: int) -> int:
        """Append records that no consumer can apply, each under a key of its own; returns how many."""
        topics = [t for t in self._town.topics if set(t.consumers) & set(SERVICES)]
        made = [self._spoil(self._chance.choice(topics)) for _ in range(count)]
        return sum(made)

    def _spoil(self, topic: Topic) -> bool:
        kind = self._chance.choice(list(_SPOILED))
        self._number += 1
        key = f"{POISON}{self._number}"
        done = _append(self._admin, topic.name, _SPOILED[kind](_sample(topic)), key) is not None
        self.kinds[kind] += done
        return done

    def misplace(self, count: int) -> int:
        """Append true events under a new id and a key that is not theirs; returns how many."""
        records = [one for one in self._town.records(["request.updated"]) if _is_event(one.value())]
        for record in self._chance.sample(records, min(count, len(records))):
            self._number += 1
            value = json.dumps(json.loads(record.value()) | {"id": uuid4().hex}).encode()
            done = _append(self._admin, record.topic(), value, f"{POISON}{self._number}")
            self.kinds["wrong_key"] += done is not None
        return len(records)

    def extend(self, count: int) -> int:
        """Append records again with a field nobody knows: to be read by old readers, and known as repeats."""
        records = [one for one in self._town.records(["request.updated"]) if _is_event(one.value())]
        for record in self._chance.sample(records, min(count, len(records))):
            body = json.loads(record.value())
            body["data"]["from_the_future"] = {"x": [1, 2, 3]}
            self.kinds["unknown_field"] += self._again(record, json.dumps(body).encode()) is not None
        return self.kinds["unknown_field"]


def _append(
    producer: Producer,
    topic: str,
    value: bytes | None,
    key: str | bytes,
    partition: int = -1,
    headers: Sequence[Any] | None = None,
) -> Spot | None:
    """Append one record; its place, or None when the broker did not say in time."""
    done: list[Spot] = []
    _produce(producer, topic, value, key, done, partition, headers)
    producer.flush(_SECONDS + 5)
    return done[0] if done else None


def _produce(
    producer: Producer,
    topic: str,
    value: bytes | None,
    key: str | bytes,
    done: list[Spot],
    partition: int = -1,
    headers: Sequence[Any] | None = None,
) -> None:
    """Hand one record to the producer; once it is on the log, its place is added to `done`."""

    def take(error: Any, message: Message) -> None:
        if error is None:
            done.append(Spot(topic, message.partition(), message.offset()))

    produce: Any = producer.produce
    produce(topic, value, key, partition, on_delivery=take, headers=list(headers or ()))


def _is_event(value: bytes | None) -> bool:
    try:
        return value is not None and json.loads(value)["specversion"] == "1.0" and bool(json.loads(value)["data"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _sample(topic: Topic) -> dict[str, Any]:
    """Write the envelope of an event of this topic, with nothing true in it."""
    return {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "/relay311/nobody",
        "type": topic.event.TYPE,
        "subject": "nothing",
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": {"nothing": "true"},
    }


_SPOILED: Final[Mapping[str, Callable[[dict[str, Any]], bytes]]] = {
    "broken_json": lambda body: json.dumps(body).encode()[:-7],
    "wrong_type": lambda body: json.dumps(body | {"type": "nobody.knows"}).encode(),
    "future_type": lambda body: json.dumps(body | {"type": f"{body['type']}.v2"}).encode(),
    "future_version": lambda body: json.dumps(body | {"specversion": "2.0"}).encode(),
    "wrong_fields": lambda body: json.dumps(body).encode(),
    "empty": lambda _body: b"",
    "huge": lambda body: json.dumps(body | {"data": {"x": "y" * _HUGE}}).encode(),
    "deep": lambda body: json.dumps(body).encode()[:-1] + b', "x": ' + b"[" * _DEEP + b"]" * _DEEP + b"}",
    "bare_number": lambda _body: b"311",
    "nul": lambda _body: b"\x00\x00\x00",
}
