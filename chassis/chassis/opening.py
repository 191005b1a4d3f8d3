"""Opening a record: from bytes on the log to an event to act on, the same whether it is lived or lived again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import derived_id
from chassis.records import EVENT_CLOCK, Received, Record
from contracts.event import Event, MalformedEvent, open_envelope
from contracts.topics import SERVICES, Topic


def open_record(
    record: Record, value: bytes, topic: Topic, expected: type[Event], now: datetime | None
) -> Received[Any]:
    """Read a record's value as the event its topic carries; without a `now`, its own time is the time to decide by.

    Raises MalformedEvent or pydantic's ValidationError when it is not that event, under that key.
    """
    envelope = open_envelope(value)
    if envelope.type != expected.TYPE:
        raise MalformedEvent(f"type {envelope.type!r} does not belong on {record.topic}; expected {expected.TYPE!r}")
    event = expected.model_validate(envelope.data)
    key = event.key
    if record.key is not None and record.key != key:
        raise MalformedEvent(f"key {record.key!r} is not the event's own key {key!r}")
    ours = topic.producer in SERVICES  # a foreign id is unique per source only
    on_event_clock = envelope.clock == EVENT_CLOCK
    return Received(
        event=event,
        id=UUID(envelope.id).hex if ours else derived_id(envelope.source, envelope.id),
        at=envelope.time,
        now=envelope.time if on_event_clock or now is None else now,
        key=key,
        topic=record.topic,
        partition=record.partition,
        event_clock=on_event_clock,
        traceparent=record.traceparent or envelope.traceparent,
    )
