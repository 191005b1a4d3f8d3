"""Who is told no more: the link that ends messages, what it ends, and what the city says all the same."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final
from uuid import UUID

from contracts.vocabulary import Moment

PURPOSE: Final = "leave"
EVERYTHING: Final = UUID(int=0)
"""Stands for every request of a person: those there are, and those to come."""
ALL: Final = "all"
NOTICES: Final = UUID(int=311)
"""Stands for the city's campaigns: who ends them still hears of their own requests."""
_NAMES: Final[Mapping[UUID, str]] = {EVERYTHING: ALL, NOTICES: "notices"}
_NAMED: Final = {name: about for about, name in _NAMES.items()}


class Scope(StrEnum):
    """What a person left."""

    REQUEST = "request"
    ALL = "all"


class Why(StrEnum):
    """How they said so: by the link in a message, or by telling their mail provider that it is unwanted."""

    ASKED = "asked"
    COMPLAINT = "complaint"


STILL_SAID: Final[Mapping[Scope, frozenset[Moment]]] = {
    Scope.REQUEST: frozenset(),
    Scope.ALL: frozenset({Moment.RECEIVED}),
}
"""What a person hears although they left. About the request that they left: nothing. Of one that they make after they
left everything: its number, once, for that is the receipt of what they have just done themselves. All else stands on
the page of the request, which needs no message."""


def is_still_said(moment: Moment, *, left_request: bool, left_all: bool) -> bool:
    """Tell whether somebody is told, by what they left.

    >>> is_still_said(Moment.CLOSED, left_request=False, left_all=False)
    True
    >>> is_still_said(Moment.NEEDS_INFORMATION, left_request=True, left_all=False)
    False
    >>> is_still_said(Moment.RECEIVED, left_request=False, left_all=True)
    True
    >>> is_still_said(Moment.CLOSED, left_request=False, left_all=True)
    False
    """
    left = ((Scope.REQUEST, left_request), (Scope.ALL, left_all))
    return all(moment in STILL_SAID[scope] for scope, has_left in left if has_left)


def named(request_id: UUID) -> str:
    """Write what is left as its link names it.

    >>> named(EVERYTHING), named(NOTICES), named(UUID(int=1))
    ('all', 'notices', '00000000-0000-0000-0000-000000000001')
    """
    return _NAMES.get(request_id) or str(request_id)


def read_name(text: str) -> UUID | None:
    """Read what a link names; None for what it cannot name.

    >>> read_name("all") == EVERYTHING, read_name("00000000-0000-0000-0000-000000000001"), read_name("x")
    (True, UUID('00000000-0000-0000-0000-000000000001'), None)
    >>> read_name("00000000-0000-0000-0000-000000000000") is None, read_name("notices") == NOTICES
    (True, True)
    """
    if text in _NAMED:
        return _NAMED[text]
    try:
        read = UUID(text)
    except ValueError:
        return None
    return None if read in _NAMES else read


def left_with(moment: Moment, request_id: UUID) -> UUID:
    """Say what the link in a message ends: messages of its request, or of a campaign all campaigns.

    >>> left_with(Moment.CLOSED, UUID(int=7)) == UUID(int=7), left_with(Moment.CAMPAIGN, UUID(int=7)) == NOTICES
    (True, True)
    """
    return NOTICES if moment is Moment.CAMPAIGN else request_id


def subject(channel: str, request_id: UUID, contact_ref: str) -> str:
    """Name what a link is signed for: it ends these messages of this person, and nobody else's.

    >>> subject("email", EVERYTHING, "c1")
    'email:all:c1'
    """
    return f"{channel}:{named(request_id)}:{contact_ref}"
