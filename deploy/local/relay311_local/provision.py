"""Makes the broker match the contracts: topics, users and literal permissions; adds what is new, deletes nothing."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from contracts.acls import Acl, acls
from contracts.topics import Topic, city_topics
from relay311_local.access import Access
from relay311_local.kafka import answers
from relay311_local.problems import PlatformError

SECONDS: Final = 120.0
_ITERATIONS: Final = 4096
_HOUR_MS: Final = 3_600_000
_RESOURCES: Final = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP}


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What one call found and made."""

    topics: int
    made: int
    principals: int
    permissions: int


def provision_kafka(
    access: Access,
    agencies: Sequence[str],
    passwords: Mapping[str, str],
    replicas: int = 1,
    adapted: Collection[str] = (),
) -> Provisioned:
    """Bring a broker in line with the contracts of a city with these agencies; running it again changes nothing.

    Each new topic gets `replicas` copies, one fewer of which must have a record before it counts as written. Users
    and permissions are made only when the broker asks for credentials. Raises PlatformError when as many brokers do
    not answer in two minutes, or refuse.
    """
    admin = AdminClient({**access.client(), "log_level": "0", "error_cb": _ignore})
    existing = _existing(admin, access.bootstrap, replicas)
    topics, permissions = city_topics(agencies, adapted), acls(agencies, adapted)
    made = _ensure_topics(admin, topics, existing, replicas)
    _settle_configs(admin, [topic for topic in topics if topic.name in existing], replicas)
    if access.username is None:
        return Provisioned(len(topics), made, 0, 0)
    users = principals(permissions)
    _ensure_users(admin, access, {user: passwords[user] for user in users})
    return Provisioned(len(topics), made, len(users), _ensure_acls(admin, permissions))


def principals(permissions: Iterable[Acl]) -> tuple[str, ...]:
    """List everyone who has a permission.

    >>> principals([Acl("sla", "group", "sla", ("READ",)), Acl("kb", "group", "kb", ("READ",))])
    ('kb', 'sla')
    """
    return tuple(sorted({acl.principal for acl in permissions}))


def topic_config(topic: Topic, replicas: int = 1) -> dict[str, str]:
    """Give the settings of a topic: kept as the contract says, compressed by the broker, compacted within the hour."""
    common = {"cleanup.policy": topic.cleanup_policy, "compression.type": "zstd"}
    if replicas > 1:
        common["min.insync.replicas"] = str(replicas - 1)
    if topic.compacted:
        return common | {"max.compaction.lag.ms": str(_HOUR_MS), "min.cleanable.dirty.ratio": "0.1"}
    return common | {"retention.ms": str(topic.retention_ms)}


def _existing(admin: AdminClient, bootstrap: str, brokers: int) -> dict[str, int]:
    """Wait for so many brokers and list their topics with their partition counts."""
    end = time.monotonic() + SECONDS
    while True:
        try:
            found = admin.list_topics(timeout=2)
            if len(found.brokers) >= brokers:
                return {name: len(meta.partitions) for name, meta in found.topics.items()}
            problem = f"{len(found.brokers)} of {brokers} brokers are there"
        except KafkaException as error:
            problem = _reason(error)
        if time.monotonic() > end:
            raise PlatformError(f"Kafka at {bootstrap} does not answer: {problem}.")
        time.sleep(0.05)


def _ensure_topics(admin: AdminClient, topics: Sequence[Topic], existing: Mapping[str, int], replicas: int) -> int:
    for topic in topics:
        found = existing.get(topic.name, topic.partitions)
        if found != topic.partitions:
            raise PlatformError(
                f"Topic {topic.name} has {found} partitions, the contracts say {topic.partitions}: changing it would "
                "break the order of its keys; move the data to a new broker instead."
            )
    wanted = [topic for topic in topics if topic.name not in existing]
    if wanted:
        new = [NewTopic(t.name, t.partitions, replicas, config=topic_config(t, replicas)) for t in wanted]
        _settle(admin.create_topics(new, operation_timeout=SECONDS, request_timeout=SECONDS), "make topic", _exists)
    return len(wanted)


def _settle_configs(admin: AdminClient, topics: Sequence[Topic], replicas: int) -> None:
    """Change the settings of topics that differ from the contracts."""
    resources = {ConfigResource(ConfigResource.Type.TOPIC, t.name): topic_config(t, replicas) for t in topics}
    if not resources:
        return
    stale = []
    for resource, found in admin.describe_configs(list(resources)).items():
        current = found.result(SECONDS)
        wrong = {name: value for name, value in resources[resource].items() if current[name].value != value}
        if wrong:
            entries = [_entry(name, value) for name, value in wrong.items()]
            stale.append(ConfigResource(ConfigResource.Type.TOPIC, resource.name, incremental_configs=entries))
    if stale:
        _settle(admin.incremental_alter_configs(stale), "change the settings of")


def _entry(name: str, value: str) -> Any:
    return ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)


def _ensure_users(admin: AdminClient, access: Access, passwords: Mapping[str, str]) -> None:
    """Make the users the broker lacks; rewriting one that exists would refuse its logins for a moment."""
    known = admin.describe_user_scram_credentials(None, request_timeout=SECONDS).result(SECONDS)
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS)
    missing = {user: password for user, password in passwords.items() if user not in known}
    changes = [UserScramCredentialUpsertion(user, info, password.encode()) for user, password in missing.items()]
    if changes:
        _settle(admin.alter_user_scram_credentials(changes), "make user")
        _wait_login([replace(access, username=user, password=password) for user, password in missing.items()][-1])


def _wait_login(access: Access) -> None:
    """Wait until the newest user can log in: the broker applies users a moment after it acknowledges them."""
    end = time.monotonic() + SECONDS
    while not answers(access):
        if time.monotonic() > end:
            raise PlatformError(f"Kafka's new user {access.username} cannot log in at {access.bootstrap}.")
        time.sleep(0.1)


def _ensure_acls(admin: AdminClient, permissions: Sequence[Acl]) -> int:
    bindings = [_binding(acl, operation) for acl in permissions for operation in acl.operations]
    _settle(admin.create_acls(bindings), "grant")
    return len(bindings)


def _binding(acl: Acl, operation: str) -> Any:
    return AclBinding(
        _RESOURCES[acl.resource],
        acl.name,
        ResourcePatternType.LITERAL,
        f"User:{acl.principal}",
        "*",
        AclOperation[operation],
        AclPermissionType.ALLOW,
    )


def _exists(error: KafkaException) -> bool:
    return bool(error.args[0].name() == "TOPIC_ALREADY_EXISTS")


def _settle(
    futures: Mapping[Any, Future[Any]], verb: str, harmless: Callable[[KafkaException], bool] = lambda _: False
) -> None:
    for subject, future in futures.items():
        try:
            future.result(SECONDS)
        except KafkaException as error:
            if not harmless(error):
                raise PlatformError(f"Kafka refuses to {verb} {subject}: {_reason(error)}.") from error


def _reason(error: KafkaException) -> str:
    return str(error.args[0].str() if error.args else error)


def _ignore(_error: object) -> None:
    """Pass over connection errors while the broker starts; the deadline reports those that stay."""
