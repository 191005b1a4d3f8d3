"""People with an account: how an address is proven, how long a code and a session last, what they chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from hmac import compare_digest, new
from typing import Any, Final, Literal

from contracts.frontends import Reporter
from contracts.intake import Consent, ContactProfile, Purpose, PushAddress
from contracts.vocabulary import DeliveryChannel, Frequency

CODE_DIGITS: Final = 6
CODE_LIVES: Final = timedelta(minutes=10)
CODE_TRIES: Final = 5
CODE_WAIT: Final = timedelta(minutes=1)
CODES_AN_HOUR: Final = 5
SESSION_LIVES: Final = timedelta(days=30)
Kind = Literal["email", "phone"]


@dataclass(frozen=True, slots=True)
class Address:
    """An address a person may prove to be theirs, written one way only."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose: how, in which language and when they are told, and whether at all."""

    name: str | None = None
    language: str | None = None
    preferred_channel: DeliveryChannel | None = None
    updates: bool = True
    quiet_from: str | None = None
    quiet_until: str | None = None
    frequency: Frequency = Frequency.EVERY
    channels: tuple[DeliveryChannel, ...] = ()
    push: PushAddress | None = None
    postal_address: str | None = None
    surveys: tuple[DeliveryChannel, ...] | None = None
    notices: tuple[DeliveryChannel, ...] = ()
    consented_at: datetime | None = None


def address_of(email: str | None, phone: str | None) -> Address:
    """Write an address one way, so that the same address is the same person.

    >>> address_of(" Pat@Example.org", None), address_of(None, "(555) 010-4477")
    (Address(kind='email', text='pat@example.org'), Address(kind='phone', text='5550104477'))
    """
    if email:
        return Address("email", email.strip().lower())
    return Address("phone", "".join(letter for letter in phone or "" if letter.isdigit()))


def address_hash(key: str, address: Address) -> str:
    """Name an address without telling it; without the key nobody can test a guess.

    >>> pat = address_of("pat@example.org", None)
    >>> address_hash("key", pat) == address_hash("another key", pat), "pat" in address_hash("key", pat)
    (False, False)
    """
    return _keyed(key, "address", address.kind, address.text)


def code_hash(key: str, hashed_address: str, code: str) -> str:
    """Keep a code without keeping it: good for its own address alone.

    >>> code_hash("k", "a", "123456") == code_hash("k", "b", "123456")
    False
    """
    return _keyed(key, "code", hashed_address, code)


def token_hash(token: str) -> str:
    """Keep a session's token without keeping it.

    >>> token_hash("token") == token_hash("token"), token_hash("token") == token_hash("Token"), len(token_hash("token"))
    (True, False, 32)
    """
    return blake2b(token.encode(), digest_size=16).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return compare_digest(one.encode(), other.encode())


def _keyed(key: str, *parts: str) -> str:
    return new(key.encode(), "\x1f".join(parts).encode(), "blake2b").hexdigest()[:32]


def reporter_as_proven(person: Mapping[str, Any], proven: Sequence[Mapping[str, Any]]) -> Reporter | None:
    """Say who reports, by the first address of each kind that they proved.

    >>> pat = [{"kind": "email", "address": "pat@example.org"}, {"kind": "email", "address": "p@example.org"}]
    >>> reporter_as_proven({"name": None, "language": "es"}, pat).model_dump(include={"email", "language"})
    {'email': 'pat@example.org', 'language': 'es'}
    >>> reporter_as_proven({}, []) is None
    True
    """
    addresses = {one["kind"]: one["address"] for one in reversed(proven)}
    told = {name: person[name] for name in ("name", "language", "customer_type") if person.get(name)}
    return Reporter(**told, **addresses) if addresses else None


def chosen_profile(told: ContactProfile, chosen: Choices, version: int) -> ContactProfile:
    """Say how to reach a contact as the person behind it chose; who does not wish to be told has no address.

    >>> told = ContactProfile(contact_ref="c1", email="pat@example.org")
    >>> chosen_profile(told, Choices(updates=False), 2).email is None
    True
    >>> chosen_profile(told, Choices(language="es"), 2).language
    'es'
    >>> by_both = Choices(channels=(DeliveryChannel.EMAIL, DeliveryChannel.LETTER), postal_address="1 Main St")
    >>> [way.value for way in chosen_profile(told, by_both, 2).channels]
    ['email', 'letter']
    >>> chosen_profile(told, Choices(channels=(DeliveryChannel.SMS,)), 2).channels  # no number was given
    ()
    """
    reach = {name: getattr(chosen, name) for name in ("push", "postal_address")}
    if not chosen.updates:
        reach = dict.fromkeys((*reach, "email", "phone", "webhook_url"))
    quiet = {name: getattr(chosen, name) for name in ("quiet_from", "quiet_until", "frequency")}
    told = told.model_copy(update={"version": version, "language": chosen.language or told.language, **quiet, **reach})
    return told.model_copy(update={"channels": _channels(told, chosen), "consents": agreed_to(chosen)})


def agreed_to(chosen: Choices) -> tuple[Consent, ...]:
    """Say what a person agreed to and refused, and when: their ways, being asked, and news of where they live.

    Who names the ways to be asked by refuses the others.

    >>> at = datetime.fromisoformat("2026-03-05T10:00:00+00:00")
    >>> chosen = Choices(channels=(DeliveryChannel.SMS,), surveys=(DeliveryChannel.EMAIL,), consented_at=at)
    >>> [(one.channel.value, one.purpose.value) for one in agreed_to(chosen) if one.given]
    [('sms', 'requests'), ('email', 'surveys')]
    >>> len([one for one in agreed_to(chosen) if not one.given]), agreed_to(Choices())
    (6, ())
    """
    if chosen.consented_at is None:
        return ()
    asked = DeliveryChannel if chosen.surveys is not None else ()
    said = [(channel, Purpose.REQUESTS, True) for channel in chosen.channels]
    said += [(channel, Purpose.SURVEYS, channel in (chosen.surveys or ())) for channel in asked]
    said += [(channel, Purpose.NOTICES, True) for channel in chosen.notices]
    return tuple(
        Consent(channel=channel, purpose=purpose, given=given, source="account", at=chosen.consented_at)
        for channel, purpose, given in said
    )


def _channels(told: ContactProfile, chosen: Choices) -> tuple[DeliveryChannel, ...]:
    """List the ways that were agreed to and lead somewhere; none means by what was given for it."""
    reachable = {
        DeliveryChannel.EMAIL: told.email,
        DeliveryChannel.WEBHOOK: told.webhook_url,
        DeliveryChannel.SMS: told.phone,
        DeliveryChannel.VOICE: told.phone,
        DeliveryChannel.PUSH: told.push,
        DeliveryChannel.LETTER: told.postal_address,
    }
    wanted = chosen.channels or ((chosen.preferred_channel,) if chosen.preferred_channel else ())
    agreed = tuple(channel for channel in wanted if reachable.get(channel))
    return agreed if agreed or chosen.channels else told.channels
