"""A contact at the contact center: what may happen to it, how long each part took, and what it was about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from contracts.vocabulary import Channel, ContactKind, Direction, Operator

State = Literal["waiting", "talking", "wrapping", "ended"]
Happening = Literal["answered", "callback_asked", "callback_made", "noted", "transferred", "talk_ended", "ended"]
_DAY_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Contact:
    """One leg of a contact: a transfer ends it for this desk and begins the next one."""

    contact_id: UUID
    state: State
    channel: Channel
    direction: Direction
    language: str
    started_at: datetime
    operator: Operator = Operator.CITY_311
    agent: str | None = None
    answered_at: datetime | None = None
    callback_asked_at: datetime | None = None
    callback_made_at: datetime | None = None
    talk_ended_at: datetime | None = None
    ended_at: datetime | None = None
    draft: str | None = None
    numbers: str = ""
    made: bool = False
    article_id: str | None = None
    article_version: int | None = None
    helped: bool | None = None
    destination: str | None = None
    reason: str | None = None
    transferred_from: UUID | None = None


# fmt: off
STEPS: Final[Mapping[Happening, tuple[tuple[State, ...], State | None, str | None]]] = {
    # what happens       ... while it is                       ... it is then ... and the moment is kept as
    "answered":       (("waiting",),                             "talking",      "answered_at"),
    "callback_asked": (("waiting",),                             None,           "callback_asked_at"),
    "callback_made":  (("waiting",),                             "talking",      "callback_made_at"),
    "noted":          (("waiting", "talking", "wrapping"),       None,           None),
    "transferred":    (("talking",),                             "wrapping",     "talk_ended_at"),
    "talk_ended":     (("talking",),                             "wrapping",     "talk_ended_at"),
    "ended":          (("waiting", "talking", "wrapping"),       "ended",        "ended_at"),
}
# fmt: on
"""Whoever asked to be called back waits on, in the same place in line."""


def moved(contact: Contact, happening: Happening, now: datetime) -> dict[str, Any] | None:
    """Say what changes when something happens; None when it cannot happen now.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> call = Contact(UUID(int=1), "waiting", Channel.PHONE, Direction.INBOUND, "en", nine)
    >>> moved(call, "answered", nine)["state"], moved(call, "talk_ended", nine) is None
    ('talking', True)
    """
    sources, leads_to, moment = STEPS[happening]
    asked = contact.callback_asked_at is not None
    if contact.state not in sources or (happening == "callback_made") != (asked and happening in _TALKS):
        return None
    at = {moment: now} if moment else {}
    answered = {"answered_at": now} if happening in _TALKS else {}
    return {"state": leads_to or contact.state, **at, **answered}


_TALKS: Final = frozenset({"answered", "callback_made"})


def spans(contact: Contact) -> dict[str, float | None]:
    """Measure a contact that has ended, in seconds; what did not happen is None.

    >>> from datetime import UTC, timedelta
    >>> nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> at = lambda minutes: nine + timedelta(minutes=minutes)
    >>> call = Contact(UUID(int=1), "ended", Channel.PHONE, Direction.INBOUND, "en", nine, answered_at=at(30),
    ...     callback_asked_at=at(2), callback_made_at=at(30), talk_ended_at=at(35), ended_at=at(36))
    >>> {name: seconds for name, seconds in spans(call).items() if seconds is not None}
    {'wait_seconds': 120.0, 'callback_wait_seconds': 1680.0, 'talk_seconds': 300.0, 'wrap_up_seconds': 60.0}
    """
    waited = contact.callback_asked_at or contact.answered_at or contact.ended_at
    leg, came = contact.transferred_from is not None, contact.direction is Direction.INBOUND
    return {
        "wait_seconds": _between(contact.started_at, waited) if came and not leg else None,
        "callback_wait_seconds": _between(contact.callback_asked_at, contact.callback_made_at or contact.ended_at),
        "transfer_hold_seconds": _between(contact.started_at, contact.answered_at or contact.ended_at) if leg else None,
        "talk_seconds": _between(contact.answered_at, contact.talk_ended_at or contact.ended_at),
        "wrap_up_seconds": _between(contact.talk_ended_at, contact.ended_at),
    }


def _between(first: datetime | None, last: datetime | None) -> float | None:
    if first is None or last is None:
        return None
    return min(_DAY_SECONDS, max(0.0, (last - first).total_seconds()))


SETTLES: Final = frozenset(
    {ContactKind.REQUEST_MADE, ContactKind.QUESTION_ANSWERED, ContactKind.STATUS_ASKED, ContactKind.REFERRED_ONWARD}
)
"""What a contact that no agent took may end with, so that none needs to."""
PEER_GAIN: Final = 0.25
"""By so much agents became more available in New York City when automation took calls."""
_HOUR_SECONDS: Final = 3_600.0


def relief(served: int, handled: int, busy: float, agent_hours: float) -> dict[str, float | None]:
    """Say how much more available agents are because of what was settled without them, beside another city's gain.

    What was settled would have kept an agent busy as long as the mean contact did. Nothing is said of gains while no
    agent took a contact, and none where agents would have had no time at all.

    >>> relief(served=40, handled=100, busy=30_000.0, agent_hours=20)["seconds_saved"]
    12000.0
    >>> told = relief(served=40, handled=100, busy=30_000.0, agent_hours=20)
    >>> [told[name] for name in ("availability", "availability_without", "gain", "peer_gain")]
    [0.583, 0.417, 0.4, 0.25]
    >>> relief(served=40, handled=0, busy=0.0, agent_hours=0)["gain"] is None
    True
    """
    mean, staffed = (busy / handled if handled else None), agent_hours * _HOUR_SECONDS
    saved = served * mean if mean is not None else None
    share = max(0.0, 1 - busy / staffed) if staffed else None
    without = max(0.0, 1 - (busy + saved) / staffed) if staffed and saved is not None else None
    return {
        "mean_handling_seconds": _rounded(mean),
        "seconds_saved": _rounded(saved),
        "share_of_work_saved": _rounded(saved / (busy + saved)) if saved and busy else None,
        "availability": _rounded(share),
        "availability_without": _rounded(without),
        "gain": _rounded(share / without - 1) if share is not None and without else None,
        "peer_gain": PEER_GAIN,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def kind_of(contact: Contact) -> ContactKind:
    """Say what a contact was about, by what came of it.

    >>> from datetime import UTC
    >>> nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> kind_of(Contact(UUID(int=1), "ended", Channel.PHONE, Direction.INBOUND, "en", nine, article_id="noise")).value
    'question_answered'
    """
    by_outcome = (
        (contact.destination, ContactKind.CALL_TRANSFERRED),
        (contact.made, ContactKind.REQUEST_MADE),
        (contact.article_id, ContactKind.QUESTION_ANSWERED),
        (contact.numbers, ContactKind.STATUS_ASKED),
    )
    return next((kind for truth, kind in by_outcome if truth), ContactKind.NOT_UNDERSTOOD)
