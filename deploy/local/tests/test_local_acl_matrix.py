"""The whole matrix on a real broker with TLS and SCRAM: who, whose topics and group, every operation; denied off it."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from contracts.acls import acls
from contracts.topics import inbox, outbox
from relay311_local.access import Access
from relay311_local.provision import principals, provision_kafka
from relay311_local.testing import open_folder, private_kafka, running

AGENCIES = ("housing", "police", "sanitation", "street-services")
ADAPTED = ("housing",)
WHO = (*(f"agency.{slug}" for slug in AGENCIES), "adapters", "intake", "routing", "frontend", "analyst", "nobody")
DENIED = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.UNKNOWN_TOPIC_OR_PART,  # a topic that one may not describe is not there
}
SECONDS = 15


class Cell(NamedTuple):
    """One cell of the matrix."""

    who: str
    operation: str
    slug: str


def allowed(cell: Cell) -> bool:
    """Say by the contract alone, written out: an agency at its own, its adapter for it, and the two services beside."""
    own = cell.who == f"agency.{cell.slug}"
    adapter = cell.who == "adapters" and cell.slug in ADAPTED
    everyday = {
        "describe inbox": own or adapter or cell.who == "routing",
        "read inbox": own or adapter or cell.who == "routing",  # routing reads what it wrote, to be rebuilt from it
        "write inbox": cell.who == "routing",
        "describe outbox": own or adapter or cell.who == "intake",
        "read outbox": cell.who == "intake",
        "write outbox": own or adapter,
        "describe group": own,
        "join group": own,
    }
    return everyday.get(cell.operation, False)  # deleting, altering and creating are nobody's


@pytest.fixture(scope="module")
def access() -> Iterator[Access]:
    """Start a broker with TLS and every permission of a small city; a password is its user's name."""
    with open_folder() as folder:
        kafka = private_kafka(folder / "kafka", secure=True, tls=True)
        with running(kafka):
            known = {*principals(acls(AGENCIES, ADAPTED)), *WHO}
            provision_kafka(kafka.access, AGENCIES, {user: user for user in known}, adapted=ADAPTED)
            _add_user(kafka.access, "nobody")
            _seed(kafka.access)
            yield kafka.access


def _add_user(access: Access, user: str) -> None:
    made = UserScramCredentialUpsertion(user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), user.encode())
    admin = AdminClient(access.client())  # held: its futures fail when it is collected
    for future in admin.alter_user_scram_credentials([made]).values():
        future.result(SECONDS)
    time.sleep(0.5)


def _seed(access: Access) -> None:
    """Put a record into each topic, so that whoever may read has something to read."""
    producer = Producer(access.client())
    for slug, topic in product(AGENCIES, (inbox, outbox)):
        producer.produce(topic(slug), b"{}", b"seed", partition=0)
    assert producer.flush(SECONDS) == 0


def login(access: Access, who: str) -> dict[str, str]:
    return {**Access(access.bootstrap, who, who, access.authority).client(), "log_level": "0"}


class Tried:
    """One principal's clients, used for all its cells."""

    def __init__(self, access: Access, who: str) -> None:
        self.who, self._login = who, login(access, who)
        self._admin = AdminClient(self._login)
        self._producer = Producer({**self._login, "message.timeout.ms": SECONDS * 1000})

    def cells(self) -> dict[Cell, bool]:
        found = {}
        unseen = self._refused_at_sight()
        for slug in AGENCIES:
            for name, topic in (("inbox", inbox(slug)), ("outbox", outbox(slug))):
                found[Cell(self.who, f"describe {name}", slug)] = self._describes(topic)
                found[Cell(self.who, f"read {name}", slug)] = topic not in unseen and self._reads(topic)
                found[Cell(self.who, f"write {name}", slug)] = self._writes(topic)
                found[Cell(self.who, f"delete {name}", slug)] = self._deletes(topic)
            found[Cell(self.who, "describe group", slug)] = self._describes_group(f"agency.{slug}")
            found[Cell(self.who, "join group", slug)] = self._joins(f"agency.{slug}")
        return found

    def _refused_at_sight(self) -> set[str]:
        """Subscribe to every topic that is not shown, all at once: each must be refused by name."""
        every = [topic(slug) for slug in AGENCIES for topic in (inbox, outbox)]
        hidden = {topic for topic in every if not self._describes(topic)}
        consumer = Consumer({**self._login, "group.id": self.who, "topic.metadata.refresh.interval.ms": 1000})
        consumer.subscribe(sorted(hidden))
        refused, end = set[str](), time.monotonic() + SECONDS
        while hidden - refused and time.monotonic() < end:
            message = consumer.poll(1)
            if message is not None:
                assert not _judged(message.error()), f"{self.who} reads {message.topic()}"
                named = message.topic()
                refused |= {named} if named in hidden else hidden if not named else set()
        consumer.close()
        assert refused == hidden, f"{self.who} got no answer about {hidden - refused}"
        return hidden

    def _describes(self, topic: str) -> bool:
        listed = self._admin.list_topics(topic, timeout=SECONDS).topics[topic]
        return _judged(listed.error)

    def _reads(self, topic: str) -> bool:
        settings: dict[str, Any] = {**self._login, "group.id": self.who, "enable.auto.commit": False}
        consumer = Consumer(settings)
        consumer.assign([TopicPartition(topic, 0, 0)])
        try:
            message = consumer.poll(SECONDS)
            assert message is not None, f"{self.who} got neither a record nor an answer from {topic}"
            return _judged(message.error())
        finally:
            consumer.close()

    def _writes(self, topic: str) -> bool:
        told: list[KafkaError | None] = []
        try:
            self._producer.produce(topic, b"{}", b"k", partition=0, on_delivery=lambda error, _: told.append(error))
        except KafkaException as error:  # the client already knows that it may not
            return _judged(error.args[0])
        assert self._producer.flush(SECONDS) == 0
        return _judged(told[0])

    def _deletes(self, topic: str) -> bool:
        try:
            for future in self._admin.delete_topics([topic], request_timeout=SECONDS).values():
                future.result(SECONDS)
        except KafkaException as error:
            return _judged(error.args[0])
        return True

    def _joins(self, group: str) -> bool:
        """Join a group, until it gives work or refuses; what it would read is another question."""
        consumer = Consumer({**self._login, "group.id": group, "enable.auto.commit": False})
        assigned: list[object] = []
        consumer.subscribe([inbox(group.removeprefix("agency."))], on_assign=lambda *given: assigned.append(given))
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                message = consumer.poll(0.2)
                if assigned:
                    return True
                if message is not None and message.error():
                    assert message.error().code() in DENIED, message.error()
                    if message.error().code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
                        return False
        finally:
            consumer.close()
        raise AssertionError(f"{self.who} got no answer from the group {group}")

    def _describes_group(self, group: str) -> bool:
        try:
            for future in self._admin.describe_consumer_groups([group], request_timeout=SECONDS).values():
                future.result(SECONDS)
        except KafkaException as error:
            return _judged(error.args[0])
        return True


def _judged(error: KafkaError | None) -> bool:
    """Tell leave from denial; anything else is no answer and fails the test."""
    if error is None:
        return True
    assert error.code() in DENIED, error
    return False


@pytest.mark.slow
@pytest.mark.requirement("OPS-08", "INT-15", "INT-10")
def test_the_matrix_is_what_the_contract_says_and_nothing_else(access: Access, figure: Any) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        tried: Sequence[dict[Cell, bool]] = list(pool.map(lambda who: Tried(access, who).cells(), WHO))
    found = {cell: leave for cells in tried for cell, leave in cells.items()}
    assert len(found) == len(WHO) * len(AGENCIES) * 10
    wrong = {cell: leave for cell, leave in found.items() if leave != allowed(cell)}
    assert wrong == {}
    leaves = sum(found.values())
    figure(f"ACL matrix: {len(found)} cells, {leaves} allowed, {time.monotonic() - started:.0f} s, TLS and SCRAM")


@pytest.mark.slow
@pytest.mark.requirement("OPS-08")
def test_nobody_gets_in_without_tls_or_with_anothers_password(access: Access) -> None:
    plain = {**Access(access.bootstrap, "agency.police", "agency.police").client(), "log_level": "0"}
    wrong = login(access, "agency.police") | {"sasl.password": "agency.housing"}
    for settings in (plain, wrong):
        with pytest.raises(KafkaException):
            AdminClient({**settings, "socket.timeout.ms": "3000"}).list_topics(timeout=4)
