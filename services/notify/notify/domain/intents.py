"""One intended message for each request, transition, contact and channel."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis.ids import derived_uuid
from contracts.vocabulary import Moment
from notify.domain.consent import purpose_of
from notify.domain.crowds import FRONT
from notify.domain.hours import Clock, send_at
from notify.domain.moments import News
from notify.domain.paper import is_worth_a_letter
from notify.domain.reaching import EVERY_CHANNEL, Reach, channels_of
from notify.domain.retries import fresh_until


class Telling(NamedTuple):
    """By which rules people are told, and by which channels there is somebody to send."""

    clock: Clock
    in_service: frozenset[str] = EVERY_CHANNEL


class Intent(NamedTuple):
    """A message to be delivered. `channel` None waits for the contact's profile; `at` is when the news happened."""

    intent_id: UUID
    request_id: UUID
    contact_ref: str
    channel: str | None
    moment: str
    transition: str
    at: datetime
    made_at: datetime
    next_attempt_at: datetime
    expires_at: datetime
    details: dict[str, Any]
    traceparent: str | None
    lane: int = FRONT


class Happening(NamedTuple):
    """When and to what request news happened; `made_at` is the wall's time, `at` the request's own."""

    request_id: UUID
    at: datetime
    made_at: datetime
    traceparent: str | None = None


def intent_id(request_id: UUID, transition: str, contact_ref: str, channel: str | None) -> UUID:
    """Name a message by what it is, so that it cannot be intended twice.

    >>> one = intent_id(UUID(int=1), "created", "c1", "email")
    >>> one == intent_id(UUID(int=1), "created", "c1", "email"), one == intent_id(UUID(int=1), "created", "c2", "email")
    (True, False)
    """
    return derived_uuid("intent", request_id, transition, contact_ref, channel)


def plan(
    telling: Telling, news: News, happening: Happening, contact_ref: str, reach: Reach | None, lane: int = FRONT
) -> list[Intent]:
    """Intend one message for each channel of one contact, each for when it may be sent."""
    return [
        _intent(telling, news, happening, contact_ref, channel, reach, lane)
        for channel in channels_of(reach, telling.in_service, purpose_of(news.moment))
        if is_worth_a_letter(telling.clock.telling, news.moment, channel)
    ]


def _intent(
    telling: Telling,
    news: News,
    happening: Happening,
    contact_ref: str,
    channel: str | None,
    reach: Reach | None,
    lane: int,
) -> Intent:
    due_at = send_at(telling.clock, news.moment, contact_ref, channel, reach, happening.made_at)
    return Intent(
        intent_id=intent_id(happening.request_id, news.transition, contact_ref, channel),
        request_id=happening.request_id,
        contact_ref=contact_ref,
        channel=channel,
        moment=news.moment.value,
        transition=news.transition,
        at=happening.at,
        made_at=happening.made_at,
        next_attempt_at=due_at,
        expires_at=fresh_until(news.moment, due_at),
        details={name: value for name, value in news.details.items() if value is not None},
        traceparent=happening.traceparent,
        lane=_lane(lane, due_at, happening.made_at),
    )


def _lane(lane: int, due_at: datetime, now: datetime) -> int:
    """Choose a lane; what waits for its hour is in nobody's hurry, and leaves with the rest of the day."""
    return max(lane, FRONT) if due_at > now else lane


def address(telling: Telling, waiting: Intent, reach: Reach, now: datetime) -> list[Intent]:
    """Turn a message that waited for its contact's profile into one for each channel, due when it may be sent.

    Its own row stays when no channel reaches the contact, and ends as suppressed.
    """
    return [
        waiting._replace(
            intent_id=intent_id(waiting.request_id, waiting.transition, waiting.contact_ref, channel),
            channel=channel,
            next_attempt_at=send_at(telling.clock, Moment(waiting.moment), waiting.contact_ref, channel, reach, now),
        )
        for channel in channels_of(reach, telling.in_service, purpose_of(Moment(waiting.moment)))
        if channel is not None and is_worth_a_letter(telling.clock.telling, Moment(waiting.moment), channel)
    ]
