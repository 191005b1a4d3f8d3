"""Which topics there are, how many partitions each has, and whose partitioning can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from contracts.topics import AGENCY_TOPICS, SERVICES, Topic, city_topics


@dataclass(frozen=True)
class Topology:
    """The topics of one city."""

    agencies: tuple[str, ...]
    adapted: tuple[str, ...] = ()

    @cached_property
    def topics(self) -> dict[str, Topic]:
        """Topic by name."""
        return {topic.name: topic for topic in city_topics(self.agencies, self.adapted)}

    def partitions(self, topic: str) -> int:
        """How many partitions a topic has; an unknown topic is a programming error."""
        return self.topics[topic].partitions

    def is_trusted(self, topic: str, partitions: int) -> bool:
        """Tell whether a record of this topic lies where our own function puts its key, over as many partitions."""
        known = self.topics.get(topic)
        return known is not None and known.producer in SERVICES and known.partitions == partitions

    def may_jump(self, topic: str) -> bool:
        """Tell whether offsets may have holes: compaction and retention leave them."""
        known = self.topics[topic]
        return known.compacted or known.retention_days is not None

    def of_type(self, event_type: str, reader: str | None = None) -> Sequence[str]:
        """List the topics that carry an event type: one, or one for each agency.

        A `reader` that stands in for some has those alone.
        """
        is_stand_in = any(t.stand_in == reader and event_type == t.event.TYPE for t in AGENCY_TOPICS)
        carrying = [t for t in self.topics.values() if event_type == t.event.TYPE and not t.name.startswith("dlq.")]
        return [t.name for t in carrying if not is_stand_in or t.stand_in == reader]
