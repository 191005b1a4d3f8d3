"""One intended message for each request, transition, contact and channel."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from chassis.ids import derived_uuid
from contracts.vocabulary import DeliveryChannel
from notify.domain.moments import News
from notify.domain.retries import fresh_until

_EMAIL: Final = DeliveryChannel.EMAIL.value
_WEBHOOK: Final = DeliveryChannel.WEBHOOK.value
_BY_MAIL: Final = (_EMAIL,)


class Reach(NamedTuple):
    """How a person can be reached, as far as it is told; `channels` empty means by all that are known."""

    email: str | None
    webhook_url: str | None
    channels: Sequence[str] = ()


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


class Happening(NamedTuple):
    """When and to what request news happened; `made_at` is the wall's time, `at` the request's own."""

    request_id: UUID
    at: datetime
    made_at: datetime
    traceparent: str | None = None


def channels_of(reach: Reach | None) -> tuple[str | None, ...]:
    """List the channels that reach a person; (None,) when there is none, or the profile is not here yet.

    >>> channels_of(Reach("ana@example.org", "https://example.org/hook"))
    ('email', 'webhook')
    >>> channels_of(Reach("ana@example.org", "https://example.org/hook", ["webhook"]))
    ('webhook',)
    >>> channels_of(Reach(None, None)), channels_of(None)
    ((None,), (None,))
    """
    if reach is None:
        return (None,)
    if reach.email and not reach.webhook_url and not reach.channels:
        return _BY_MAIL  # nearly everybody
    known = ((_EMAIL, reach.email), (_WEBHOOK, reach.webhook_url))
    wanted = [name for name, address in known if address and (not reach.channels or name in reach.channels)]
    return tuple(wanted) or (None,)


def intent_id(request_id: UUID, transition: str, contact_ref: str, channel: str | None) -> UUID:
    """Name a message by what it is, so that it cannot be intended twice.

    >>> one = intent_id(UUID(int=1), "created", "c1", "email")
    >>> one == intent_id(UUID(int=1), "created", "c1", "email"), one == intent_id(UUID(int=1), "created", "c2", "email")
    (True, False)
    """
    return derived_uuid("intent", request_id, transition, contact_ref, channel)


def plan(news: News, happening: Happening, contact_ref: str, reach: Reach | None) -> list[Intent]:
    """Intend one message for each channel of one contact.

    >>> from contracts.vocabulary import Moment
    >>> noon = datetime(2026, 3, 2, 12)
    >>> news, happening = News(Moment.RECEIVED, "created"), Happening(UUID(int=1), noon, noon)
    >>> [intent.channel for intent in plan(news, happening, "c1", Reach("ana@example.org", "https://example.org/hook"))]
    ['email', 'webhook']
    """
    return [_intent(news, happening, contact_ref, channel) for channel in channels_of(reach)]


def _intent(news: News, happening: Happening, contact_ref: str, channel: str | None) -> Intent:
    return Intent(
        intent_id=intent_id(happening.request_id, news.transition, contact_ref, channel),
        request_id=happening.request_id,
        contact_ref=contact_ref,
        channel=channel,
        moment=news.moment.value,
        transition=news.transition,
        at=happening.at,
        made_at=happening.made_at,
        next_attempt_at=happening.made_at,
        expires_at=fresh_until(news.moment, happening.made_at),
        details={name: value for name, value in news.details.items() if value is not None},
        traceparent=happening.traceparent,
    )


def address(waiting: Intent, reach: Reach, now: datetime) -> list[Intent]:
    """Turn a message that waited for its contact's profile into one for each channel, due now.

    Its own row stays when no channel reaches the contact, and ends as suppressed.
    """
    return [
        waiting._replace(
            intent_id=intent_id(waiting.request_id, waiting.transition, waiting.contact_ref, channel),
            channel=channel,
            next_attempt_at=now,
        )
        for channel in channels_of(reach)
        if channel is not None
    ]
