"""Who may be told: a contact is named by a keyed hash of everything they gave, so that nobody can take it over."""

from datetime import datetime
from hmac import digest
from typing import Final

from contracts.frontends import Reporter
from contracts.intake import Consent, ContactProfile, Purpose
from contracts.vocabulary import DeliveryChannel
from intake.domain.requests.submission import address_for

_BYTES: Final = 16
_WRITTEN: Final = (DeliveryChannel.EMAIL, DeliveryChannel.WEBHOOK)
"""Who gives such an address gives it to be told by it; a telephone is texted when there is nothing else, or on wish."""


def contact_ref(key: str, reporter: Reporter) -> str:
    """Name a contact. The same details give the same name; without the key nobody can test a guess.

    >>> pat = Reporter(email="Pat@example.org")
    >>> contact_ref("k", pat) == contact_ref("k", Reporter(email=" pat@EXAMPLE.org"))
    True
    >>> contact_ref("k", pat) == contact_ref("k", Reporter(email="pat@example.org", phone="5550104477"))
    False
    """
    told = (
        (reporter.name or "").strip(),
        (reporter.email or "").strip().lower(),
        "".join(letter for letter in reporter.phone or "" if letter.isdigit()),
        (reporter.webhook_url or "").strip(),
        reporter.language,
        reporter.preferred_channel or "",
    )
    return digest(key.encode(), "\x1f".join(told).encode(), "blake2b")[:_BYTES].hex()


def profile_of(ref: str, reporter: Reporter, at: datetime | None = None) -> ContactProfile:
    """Say how to reach a contact: by the channel they prefer, else by every one they gave an address for.

    Who names a channel, `at` that moment, agreed to it.

    >>> profile_of("c1", Reporter(email="pat@example.org")).channels[0].value
    'email'
    >>> profile_of("c1", Reporter(email="pat@example.org", phone="555-010-4477")).channels == ("email",)
    True
    >>> profile_of("c1", Reporter(phone="555-010-4477")).channels == ("sms",)
    True
    """
    written = tuple([channel for channel in _WRITTEN if address_for(reporter, channel)])
    reachable = written or ((DeliveryChannel.SMS,) if reporter.phone else ())
    return ContactProfile(
        contact_ref=ref,
        name=reporter.name,
        email=(reporter.email or "").strip() or None,
        phone=reporter.phone,
        webhook_url=reporter.webhook_url,
        language=reporter.language,
        channels=(reporter.preferred_channel,) if reporter.preferred_channel else reachable,
        consents=(_agreed(reporter.preferred_channel, at),) if reporter.preferred_channel and at else (),
    )


def _agreed(channel: DeliveryChannel, at: datetime) -> Consent:
    return Consent(channel=channel, purpose=Purpose.REQUESTS, given=True, source="report", at=at)


def is_reachable(reporter: Reporter | None) -> bool:
    """Tell whether a reporter left any way to be told; a bare name is kept, but is no contact.

    >>> is_reachable(Reporter(name="Pat")), is_reachable(Reporter(phone="555-010-4477")), is_reachable(None)
    (False, True, False)
    """
    return reporter is not None and bool(reporter.email or reporter.phone or reporter.webhook_url)


def known_as(key: str, reporter: Reporter | None) -> str | None:
    """Name whoever can be told, as their request would; nobody else is known.

    >>> pat = Reporter(phone="+12135550142")
    >>> known_as("k", pat) == contact_ref("k", pat), known_as("k", Reporter(name="Pat")), known_as("k", None)
    (True, None, None)
    """
    return contact_ref(key, reporter) if reporter and is_reachable(reporter) else None
