"""Words of danger and of need: whoever uses one hears at once whom to call; the report is taken all the same."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import filterfalse
from typing import Any

from chassis.ids import derived_uuid
from contracts.city import City
from contracts.city.profile import Handoff
from contracts.event import Texts
from contracts.intake import Call, ContactRecorded
from contracts.vocabulary import Channel, ContactKind

_WORD = re.compile(r"\w+")
CALLS: tuple[Call, ...] = ("emergency", "social_services")


def is_emergency(text: str, words: tuple[str, ...]) -> bool:
    r"""Tell whether a text holds one of the city's words, whole, whatever its case and accents.

    >>> is_emergency("There is a GAS LEAK in my kitchen!", ("gas leak", "fuga de gas"))
    True
    >>> is_emergency("a gas\n leak", ("gas leak",)), is_emergency("GAS-LEAK!!", ("gas leak",))
    (True, True)
    >>> is_emergency("Graffiti on the fireplace wall", ("fire",))
    False
    """
    if not (text and words):
        return False
    plain = _plain(text)
    # Every phrase starts with a word: a text without any of these need not be searched for whole phrases.
    return not _first_words(words).isdisjoint(_WORD.findall(plain)) and _pattern(words).search(plain) is not None


def calls_for(text: str, city: City) -> tuple[Call, ...]:
    """Say whom words tell to call, danger first.

    >>> from intake.domain.conversations.examples import example
    >>> city = example()[1].city
    >>> calls_for("A gas leak, and I am hungry", city), calls_for("a pothole", city)
    (('emergency', 'social_services'), ())
    """
    return tuple(call for call in CALLS if is_emergency(text, _handoff(call, city).words.all()))


def said_of(calls: Iterable[Call], city: City) -> Mapping[str, Texts]:
    """Say whom to call, in every language of the city.

    >>> from intake.domain.conversations.examples import example
    >>> said_of(["social_services"], example()[1].city)["social_services"]["en"]
    'Call 211.'
    """
    return {call: _handoff(call, city).text.root for call in calls}


def _handoff(call: Call, city: City) -> Handoff:
    return city.profile.emergency if call == "emergency" else city.profile.social_services


def told_to_call(call: Call, cause: str, city: City, channel: Channel, **known: Any) -> ContactRecorded:
    """Count that somebody was told to call another number, once for each cause; `known` are other facts of the contact.

    >>> from intake.domain.conversations.examples import example
    >>> contact = told_to_call("social_services", "c1", example()[1].city, Channel.WEB)
    >>> contact.kind.value, contact.destination, contact.reason
    ('referred_onward', '211', 'social_services_words')
    """
    danger = call == "emergency"
    return ContactRecorded(
        contact_id=derived_uuid("contact.recorded", *(() if danger else (call,)), cause),
        kind=ContactKind.EMERGENCY_DIVERTED if danger else ContactKind.REFERRED_ONWARD,
        channel=channel,
        destination=_handoff(call, city).phone,
        reason="life_safety_words" if danger else "social_services_words",
        **known,
    )


@lru_cache(maxsize=16)
def _first_words(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(first[0] for word in words if (first := _WORD.findall(_plain(word))))


@lru_cache(maxsize=16)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    phrases = (r"\W+".join(map(re.escape, _WORD.findall(_plain(word)))) for word in words)
    return re.compile(r"\b(?:" + "|".join(filter(None, phrases)) + r")\b")


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(filterfalse(unicodedata.combining, decomposed))
