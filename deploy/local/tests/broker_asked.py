"""One principal asks the broker for every operation there is, on every agency's topics and group."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from broker_answers import BESIDE, DENIED, SECONDS, Cell, deny, judged, settled, went
from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from contracts.topics import city_topics, inbox, outbox
from relay311_local.access import Access


class Asking:
    """One principal's clients, used for all its cells; what would destroy something is asked last."""

    def __init__(self, access: Access, who: str, password: str, slugs: Sequence[str]) -> None:
        self.who, self._slugs = who, slugs
        own = Access(access.bootstrap, who, password, access.authority)
        self._login = {**own.client(), "log_level": "0"}
        self._admin = AdminClient(self._login)
        self._topics = {topic(slug): (name, slug) for slug in slugs for name, topic in _TOPICS.items()}
        self._partitions = {one.name: one.partitions for one in city_topics(slugs)}
        self._groups = {f"agency.{slug}": slug for slug in slugs}

    def cells(self) -> dict[Cell, bool]:
        """Ask for everything."""
        return {Cell(self.who, operation, slug): leave for operation, slug, leave in self._asked()}

    def _asked(self) -> Iterator[tuple[str, str, bool]]:
        seen = self._describes()
        topics: dict[str, Mapping[str, bool]] = {
            "describe": seen,
            "list offsets": self._lists_offsets(),
            "read": self._reads(seen),
            "write": self._writes(),
            "write idempotently": self._writes(idempotent=True),
            "describe configs": self._describes_configs(),
            "alter configs": self._alters_configs(),
            "add partitions": self._adds_partitions(),
        }
        groups = {
            "see": self._sees_groups(),
            "describe": settled(self._admin.describe_consumer_groups(list(self._groups), request_timeout=SECONDS)),
            "read offsets": self._each_group(self._reads_offsets),
            "commit offsets": self._each_group(self._commits),
            "join": self._each_group(self._joins),
        }
        beside = {operation: self._at_once(ask) for operation, ask in self._beside().items()}
        topics["delete records"] = self._deletes_records()
        groups["delete"] = settled(self._admin.delete_consumer_groups(list(self._groups), request_timeout=SECONDS))
        topics["delete"] = settled(self._admin.delete_topics(list(self._topics), request_timeout=SECONDS))
        for operation, found in topics.items():
            yield from ((f"{operation} {name}", slug, found[topic]) for topic, (name, slug) in self._topics.items())
        for operation, found in groups.items():
            yield from ((f"{operation} group", slug, found[group]) for group, slug in self._groups.items())
        for operation, answers in beside.items():
            yield from ((operation, slug, leave) for slug, leave in zip(self._slugs, answers, strict=True))

    # --- topics --------------------------------------------------------------------------------------------------

    def _describes(self) -> dict[str, bool]:
        return {topic: judged(self._admin.list_topics(topic, timeout=SECONDS).topics[topic].error)
                for topic in self._topics}  # fmt: skip

    def _lists_offsets(self) -> dict[str, bool]:
        consumer = Consumer({**self._login, "group.id": self.who})
        try:
            return {topic: went(partial(consumer.get_watermark_offsets, TopicPartition(topic, 0), SECONDS))
                    for topic in self._topics}  # fmt: skip
        finally:
            consumer.close()

    def _reads(self, seen: Mapping[str, bool]) -> dict[str, bool]:
        """Read the first record of each; those that are not shown are subscribed to, and refused by name."""
        shown = {topic for topic, leave in seen.items() if leave}
        there, hidden = [TopicPartition(topic, 0, 0) for topic in shown], seen.keys() - shown
        return {**self._polled(shown, lambda consumer: consumer.assign(there)),
                **self._polled(hidden, lambda consumer: consumer.subscribe(sorted(hidden)))}  # fmt: skip

    def _polled(self, topics: Iterable[str], begin: Callable[[Any], None]) -> dict[str, bool]:
        wanted, found, end = set(topics), dict[str, bool](), time.monotonic() + SECONDS
        settings = {**self._login, "group.id": self.who, "topic.metadata.refresh.interval.ms": 1000}
        consumer = Consumer({**settings, "enable.auto.commit": False})
        try:
            begin(consumer) if wanted else None
            while wanted - found.keys() and time.monotonic() < end:
                message = consumer.poll(1)
                if message is not None:
                    named = {message.topic()} & wanted or (wanted if message.error() else set())
                    found |= dict.fromkeys(named, judged(message.error()))
        finally:
            consumer.close()
        assert found.keys() == wanted, f"{self.who} got neither record nor answer from {wanted - found.keys()}"
        return found

    def _writes(self, *, idempotent: bool = False) -> dict[str, bool]:
        """Write a record to each; a producer that may write nowhere is refused as a whole."""
        refused, told = list[KafkaError](), dict[str, KafkaError | None]()
        settings = {**self._login, "message.timeout.ms": SECONDS * 1000, "enable.idempotence": idempotent}
        producer = Producer({**settings, "error_cb": refused.append})
        for topic in self._topics:
            try:
                producer.produce(
                    topic,
                    b"{}",
                    b"k",
                    partition=0,
                    on_delivery=lambda error, _, topic=topic: told.update({topic: error}),
                )
            except KafkaException as error:  # the client already knows that it may not
                told[topic] = error.args[0]
        assert producer.flush(SECONDS) == 0
        whole = next((error for error in refused if error.code() in DENIED), None)
        return {topic: judged(whole if error and error.code() == KafkaError._FATAL else error)
                for topic, error in told.items()}  # fmt: skip

    def _describes_configs(self) -> dict[str, bool]:
        wanted = [ConfigResource(ConfigResource.Type.TOPIC, topic) for topic in self._topics]
        return settled(self._admin.describe_configs(wanted, request_timeout=SECONDS), lambda one: one.name)

    def _alters_configs(self) -> dict[str, bool]:
        entry = ConfigEntry("max.message.bytes", "1048588", incremental_operation=AlterConfigOpType.SET)
        wanted = [
            ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=[entry]) for topic in self._topics
        ]
        return settled(self._admin.incremental_alter_configs(wanted, request_timeout=SECONDS), lambda one: one.name)

    def _adds_partitions(self) -> dict[str, bool]:
        wanted = [NewPartitions(topic, self._partitions[topic] + 1) for topic in self._topics]
        return settled(self._admin.create_partitions(wanted, request_timeout=SECONDS))

    def _deletes_records(self) -> dict[str, bool]:
        wanted = [TopicPartition(topic, 0, 1) for topic in self._topics]
        return settled(self._admin.delete_records(wanted, request_timeout=SECONDS), lambda one: one.topic)

    # --- groups --------------------------------------------------------------------------------------------------

    def _each_group(self, ask: Callable[[str, str], bool]) -> dict[str, bool]:
        return dict(zip(self._groups, self._at_once(lambda slug: ask(f"agency.{slug}", inbox(slug))), strict=True))

    def _at_once(self, ask: Callable[[str], bool]) -> list[bool]:
        with ThreadPoolExecutor(len(self._slugs)) as pool:
            return list(pool.map(ask, self._slugs))

    def _sees_groups(self) -> dict[str, bool]:
        seen = {one.group_id for one in self._admin.list_consumer_groups(request_timeout=SECONDS).result(SECONDS).valid}
        return {group: group in seen for group in self._groups}

    def _reads_offsets(self, group: str, topic: str) -> bool:
        wanted = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])]
        return all(settled(self._admin.list_consumer_group_offsets(wanted, request_timeout=SECONDS)).values())

    def _commits(self, group: str, topic: str) -> bool:
        wanted = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 0)])]
        (future,) = self._admin.alter_consumer_group_offsets(wanted, request_timeout=SECONDS).values()
        return went(lambda: [judged(one.error) or deny(one.error) for one in future.result().topic_partitions])

    def _joins(self, group: str, topic: str) -> bool:
        """Join a group, until it gives work or refuses; what it would read is another question."""
        consumer = Consumer({**self._login, "group.id": group, "enable.auto.commit": False})
        assigned: list[object] = []
        consumer.subscribe([topic], on_assign=lambda *given: assigned.append(given))
        end = time.monotonic() + SECONDS
        try:
            while time.monotonic() < end:
                message = consumer.poll(0.1)
                if assigned:
                    return True
                error = message.error() if message is not None else None
                if not judged(error) and error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
                    return False
        finally:
            consumer.close()
        raise AssertionError(f"{self.who} got no answer from the group {group}")

    # --- beside --------------------------------------------------------------------------------------------------

    def _beside(self) -> Mapping[str, Callable[[str], bool]]:
        asks = (self._begins, self._makes, self._sees_grants, self._grants, self._revokes, self._sets_password)
        return dict(zip(BESIDE, asks, strict=True))

    def _begins(self, slug: str) -> bool:
        settings = {**self._login, "transactional.id": f"agency.{slug}", "logger": _UNHEARD}
        return went(lambda: Producer(settings).init_transactions(SECONDS))

    def _makes(self, slug: str) -> bool:
        made = NewTopic(f"agency.{slug}.copy", 1, 1)
        return all(settled(self._admin.create_topics([made], request_timeout=SECONDS)).values())

    def _sees_grants(self, slug: str) -> bool:
        """Look for the grants on an inbox, of which there are some; this client hears a refusal as an empty list."""
        where = (ResourceType.TOPIC, inbox(slug), ResourcePatternType.LITERAL, None, None)
        anything = AclBindingFilter(*where, AclOperation.ANY, AclPermissionType.ANY)
        return bool(self._admin.describe_acls(anything, request_timeout=SECONDS).result(SECONDS))

    def _grants(self, slug: str) -> bool:
        return all(settled(self._admin.create_acls([_grant(AclBinding, slug)], request_timeout=SECONDS)).values())

    def _revokes(self, slug: str) -> bool:
        found = self._admin.delete_acls([_grant(AclBindingFilter, slug)], request_timeout=SECONDS)
        return all(settled(found).values())

    def _sets_password(self, slug: str) -> bool:
        info, user = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), f"agency.{slug}"
        made = [UserScramCredentialUpsertion(user, info, b"taken over")]
        return all(settled(self._admin.alter_user_scram_credentials(made, request_timeout=SECONDS)).values())


_UNHEARD: Final = logging.getLogger("librdkafka, where refusals are wanted")
_TOPICS: Final = {"inbox": inbox, "outbox": outbox}


def _grant(kind: Any, slug: str) -> Any:
    """Write down a permission that nobody has: a stranger's, to read an agency's inbox."""
    where = (ResourceType.TOPIC, inbox(slug), ResourcePatternType.LITERAL, "User:stranger", "*")
    return kind(*where, AclOperation.READ, AclPermissionType.ALLOW)
