"""One JSON Schema per topic: the whole CloudEvents value, as a reader finds it on the log."""

import json
from typing import Any, Final, TypeAlias

from contracts.event import Event
from contracts.topics import AGENCY_TOPICS, TOPICS, Topic

Schema: TypeAlias = dict[str, Any]

PUBLISHED: Final[tuple[Topic, ...]] = (*TOPICS, *AGENCY_TOPICS)
"""Every topic that carries an event of its own."""

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_ENVELOPE: Final[dict[str, Schema]] = {
    "specversion": {"const": "1.0", "description": "The CloudEvents version."},
    "id": {**_TEXT, "description": "Derived from the cause, never from clock or chance; equal for a repeat."},
    "source": {**_TEXT, "description": "The producer, as `/relay311/<name>`."},
    "subject": {**_TEXT, "description": "The record's key: what the event is about."},
    "time": {"type": "string", "format": "date-time", "description": "When it happened, in UTC."},
    "datacontenttype": {"const": "application/json", "description": "The form of `data`."},
    "traceparent": {**_TEXT, "description": "W3C trace context of the cause, where it was sampled."},
    "clock": {"const": "event", "description": "Present for imported history, which lives by its own time."},
}
_OPTIONAL: Final = frozenset({"datacontenttype", "traceparent", "clock"})


def file_name(topic: Topic) -> str:
    """Name a topic's files: every agency's inbox shares one schema.

    >>> [file_name(topic) for topic in PUBLISHED][-2:]
    ['agency.inbox', 'agency.outbox']
    """
    return topic.name.replace("{slug}.", "")


def schema_of(topic: Topic) -> Schema:
    """Describe the value of a record on this topic: CloudEvents attributes around the event's own data."""
    data = data_schema(topic.event)
    definitions = data.pop("$defs", {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:relay311:{topic.event.TYPE}",
        "title": topic.event.__name__,
        "description": topic.event.__doc__ or "",
        "type": "object",
        "properties": {**_ENVELOPE, "type": {"const": topic.event.TYPE, "description": "The event's type."}}
        | {"data": data},
        "required": sorted({*_ENVELOPE, "type", "data"} - _OPTIONAL),
        "$defs": definitions,
    }


def data_schema(event: type[Event]) -> Schema:
    """Describe an event's own data, with the shared parts under `$defs`."""
    return event.model_json_schema(mode="validation")


def as_json(schema: Schema) -> str:
    """Write a schema so that equal schemas are equal bytes."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def schema_files() -> dict[str, str]:
    """Every generated schema, by path from the repository's root."""
    return {f"contracts/schemas/{file_name(topic)}.json": as_json(schema_of(topic)) for topic in PUBLISHED}
