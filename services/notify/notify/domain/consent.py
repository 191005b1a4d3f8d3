"""What somebody may be told for, by which channel: as they said, and where they said nothing, as is decent."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import orjson

from contracts.intake import Purpose
from contracts.vocabulary import DeliveryChannel, Moment

_EVERY: Final = frozenset(channel.value for channel in DeliveryChannel)
UNASKED: Final[Mapping[Purpose, frozenset[str]]] = {
    Purpose.REQUESTS: _EVERY,
    Purpose.SURVEYS: _EVERY,
    Purpose.NOTICES: frozenset(),
}
"""Channels that may be used where nothing was said: who reports gives an address to hear of their own request, how it
ended and whether it was done well; all else is for those who agreed to it."""

_PURPOSES: Final[Mapping[Moment, Purpose]] = {
    Moment.SURVEY_INVITED: Purpose.SURVEYS,
    Moment.CAMPAIGN: Purpose.NOTICES,
}


def purpose_of(moment: Moment) -> Purpose:
    """Say what a message is for.

    >>> [purpose_of(moment).value for moment in (Moment.CLOSED, Moment.SURVEY_INVITED, Moment.CAMPAIGN)]
    ['requests', 'surveys', 'notices']
    """
    return _PURPOSES.get(moment, Purpose.REQUESTS)


def may_tell(consents: str | None, channel: str, purpose: Purpose) -> bool:
    """Tell whether somebody may be told by a channel for a purpose; `consents` is what they said, as kept.

    >>> said = '[{"channel": "sms", "purpose": "surveys", "given": false}]'
    >>> may_tell(said, "sms", Purpose.SURVEYS), may_tell(said, "sms", Purpose.REQUESTS)
    (False, True)
    >>> may_tell(None, "sms", Purpose.SURVEYS), may_tell(None, "email", Purpose.NOTICES)
    (True, False)
    """
    said = _read(consents).get((channel, purpose.value)) if consents else None
    return channel in UNASKED[purpose] if said is None else said


@lru_cache(maxsize=4096)
def _read(consents: str) -> Mapping[tuple[str, str], bool]:
    return {(one["channel"], one["purpose"]): one["given"] for one in orjson.loads(consents)}
