"""What every event is: a frozen fact, carried as one CloudEvents 1.0 JSON value."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, ClassVar, NamedTuple, TypeAlias
from uuid import UUID

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from contracts.vocabulary import Channel, Clock


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("the time lies outside the years 1 to 9999 in UTC") from None


Utc: TypeAlias = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, always in UTC on the wire."""

Texts: TypeAlias = dict[str, str]
"""The same words by language: `{"en": "...", "es": "..."}`."""


def in_language(texts: Mapping[str, str], language: str) -> str:
    """Say words in a language, else in the first they are in; nothing where there are none.

    >>> in_language({"en": "Done.", "es": "Hecho."}, "es"), in_language({"en": "Done."}, "fr"), in_language({}, "en")
    ('Hecho.', 'Done.', '')
    """
    return texts.get(language) or next(iter(texts.values()), "")


class Value(BaseModel):
    """A frozen part of an event. Unknown fields are ignored, so that a newer producer never stops an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Event(Value):
    """A fact, in the past tense. `TYPE` is its CloudEvents type; `key` decides its partition."""

    TYPE: ClassVar[str]

    @property
    def key(self) -> str:
        """The record's key: everything about one subject stays in order in one partition."""
        raise NotImplementedError


class RequestFacts(Value):
    """What any consumer needs to act on a service request without asking another service."""

    tracking_number: str = Field(description="The number people use, as grouped for reading aloud.")
    service_code: str = Field(description="The city catalog's code of the service asked for.")
    language: str = Field("en", description="The language the reporter is spoken to in (BCP 47).")
    contact_refs: tuple[str, ...] = Field((), description="Who is told; the vault alone knows how to reach them.")
    channel: Channel = Field(Channel.WEB, description="How the request came in.")
    opened_at: Utc = Field(description="The first start; never moved by a reopening.")
    clock: Clock = Field(Clock.WALL, description="`event` for imported history: no timer fires by wall time.")


class RequestEvent(Event):
    """An event of one service request, in order by `sequence` within its topic."""

    request_id: UUID = Field(description="The machine's name of the request (UUIDv7).")
    sequence: int = Field(ge=1, description="Strictly increasing per request within this topic, from 1.")
    about: RequestFacts

    @property
    def key(self) -> str:
        """The request's id as text."""
        return str(self.request_id)


class Envelope(NamedTuple):
    """The CloudEvents attributes around an event's data, as read from a record."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    traceparent: str | None
    clock: str | None
    data: Mapping[str, object]


class MalformedEvent(ValueError):  # noqa: N818 - it names what was found, as the DLQ shows it
    """A record that is not a CloudEvents 1.0 JSON value; the message names the attribute."""


def encode(
    event: Event,
    event_id: str,
    source: str,
    at: datetime,
    *,
    traceparent: str | None = None,
    clock: str | None = None,
) -> bytes:
    """Write an event as one structured CloudEvents value.

    `source` is the producer's name; `clock` is `event` for imported history, which lives by its own time.
    """
    head = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/relay311/{source}",
        "type": event.TYPE,
        "subject": event.key,
        "time": at,
        "datacontenttype": "application/json",
    }
    head |= {"traceparent": traceparent} if traceparent else {}
    head |= {"clock": clock} if clock else {}
    data = event.__pydantic_serializer__.to_json(event, exclude_none=True)
    return orjson.dumps(head, option=orjson.OPT_UTC_Z)[:-1] + b',"data":' + data + b"}"


def open_envelope(value: bytes) -> Envelope:
    """Read the attributes of a structured CloudEvents value.

    Raises MalformedEvent when the value is not JSON or lacks a required attribute.
    """
    try:
        body = orjson.loads(value)
        source, time = body["source"], datetime.fromisoformat(body["time"])
        if body["specversion"] != "1.0":
            raise MalformedEvent(f"specversion is {body['specversion']!r}, expected '1.0'")
        if time.tzinfo is None:
            raise MalformedEvent(f"time {body['time']!r} has no offset")
        trace, clock = body.get("traceparent"), body.get("clock")
        return Envelope(body["id"], body["type"], source, body["subject"], time, trace, clock, body["data"])
    except orjson.JSONDecodeError as error:
        raise MalformedEvent(f"not JSON: {error}") from error
    except KeyError as error:
        raise MalformedEvent(f"attribute {error.args[0]!r} is missing") from error
    except (TypeError, ValueError) as error:
        raise MalformedEvent(f"not a CloudEvents value: {error}") from error
