"""What moves: raw records on the log, received events, commands, due rows, and what goes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from chassis.principals import Principal
from contracts.event import Event

E = TypeVar("E", bound=Event)
P = TypeVar("P")

EVENT_CLOCK = "event"


class Place(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it lies on the log. `value` None is a tombstone."""

    topic: str
    partition: int
    offset: int
    key: str | None
    value: bytes | None
    traceparent: str | None = None

    @property
    def place(self) -> Place:
        """The partition it lies in."""
        return Place(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class Received(Generic[E]):
    """An event to act on, once. `now` is the time to decide by: the wall's, or its own for imported history."""

    event: E
    id: str
    at: datetime
    now: datetime
    key: str
    topic: str
    partition: int
    event_clock: bool = False
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Command(Generic[P]):
    """Something a principal asks for. `id` names it for good when the caller gave an idempotency key."""

    payload: P
    principal: Principal
    id: str
    now: datetime
    key: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """Work whose time has come."""

    kind: str
    key: str
    due_at: datetime
    payload: Mapping[str, Any]
    id: str
    now: datetime
    traceparent: str | None = None


Cause: TypeAlias = "Received[Any] | Command[Any] | Due"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record on its way to the log; `value` None is a tombstone."""

    topic: str
    partition: int
    key: str
    value: bytes | None
    traceparent: str | None = None
