"""Who may do what on the broker, derived from the table of topics: whatever is not listed is denied."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from contracts.topics import SERVICES, Topic, city_topics


@dataclass(frozen=True, slots=True)
class Acl:
    """One literal permission; whatever is not listed is denied."""

    principal: str
    resource: str
    name: str
    operations: tuple[str, ...]


def acls(slugs: Sequence[str], adapted: Collection[str] = ()) -> tuple[Acl, ...]:
    """Derive every permission from the table: producers write, consumers read under a group of their own name.

    A service also reads what it published itself, to be rebuilt from it. An agency's principal is `agency.<slug>`;
    for the agencies that are `adapted`, the service that stands in for them may do at their two topics what they may;
    `analyst` reads the event log (topics kept for ever, nothing personal); `operator` reads the DLQs.
    """
    return tuple(_acls(city_topics(slugs, adapted)))


def _acls(topics: Sequence[Topic]) -> Iterator[Acl]:
    for topic in topics:
        again = ("READ",) if topic.producer in SERVICES and not topic.name.startswith("dlq.") else ()
        for writer in topic.writers:
            yield Acl(writer, "topic", topic.name, ("WRITE", "DESCRIBE", *again))
        for reader in (*topic.consumers, *(("analyst",) if is_log(topic) else ())):
            yield Acl(reader, "topic", topic.name, ("READ", "DESCRIBE"))
    readers = {reader for topic in topics for reader in topic.consumers}
    for reader in sorted({*readers, "analyst"}):
        yield Acl(reader, "group", reader, ("READ", "DESCRIBE"))


def is_log(topic: Topic) -> bool:
    """Tell whether a topic belongs to the city's event log: kept for ever and free of personal data."""
    return topic.retention_days is None and not topic.personal
