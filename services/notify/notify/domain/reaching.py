"""How a person can be reached: which channels lead to them, in which order, and which no longer do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from contracts.intake import Purpose
from contracts.vocabulary import DeliveryChannel, Frequency
from notify.domain.consent import UNASKED, may_tell

_EMAIL: Final = DeliveryChannel.EMAIL.value
_BY_MAIL: Final = (_EMAIL,)
_NOBODY: Final = (None,)
EVERY_CHANNEL: Final = frozenset(channel.value for channel in DeliveryChannel)
_DIGITS: Final = 8


class Reach(NamedTuple):
    """How a person can be reached, as far as it is told; `channels` empty means by all that were given for it.

    `flags` names addresses that are used no longer, because they bounced or their owner said so. `consents` is what was
    agreed to and refused, as JSON.
    """

    email: str | None
    webhook_url: str | None
    channels: Sequence[str] = ()
    phone: str | None = None
    push: str | None = None
    social: str | None = None
    postal_address: str | None = None
    frequency: str = Frequency.EVERY.value
    quiet_from: str | None = None
    quiet_until: str | None = None
    flags: str = ""
    consents: str | None = None


ADDRESS: Final[Mapping[str, Callable[[Reach], str | None]]] = {
    "email": lambda reach: reach.email,
    "webhook": lambda reach: reach.webhook_url,
    "sms": lambda reach: reach.phone,
    "push": lambda reach: reach.push,
    "social": lambda reach: reach.social,
    "voice": lambda reach: reach.phone,
    "letter": lambda reach: reach.postal_address,
}
"""Channel -> where it leads; in the order in which they stand in for one another."""
_ASKED_BY_NOBODY: Final = frozenset(purpose for purpose, ways in UNASKED.items() if _EMAIL in ways)
_WRITTEN_FOR: Final = ("email", "webhook", "push")
"""Who gave an address of these kinds, and said no more, is told by each of them."""


def flag_of(channel: str, address: str) -> str:
    """Name an address that is used no longer, without telling it: a new one of the same person is good again.

    >>> flag_of("email", "Ana@b.org") == flag_of("email", "ana@b.org") != flag_of("email", "eva@b.org")
    True
    """
    return f"{channel}:{blake2b(address.strip().lower().encode(), digest_size=_DIGITS).hexdigest()}"


def silenced(phone: str, channels: Sequence[str]) -> tuple[str, ...]:
    """Name what a telephone is not used for whose owner said STOP: texts, and calls unless these were asked for.

    >>> [flag.partition(":")[0] for flag in silenced("555", ["sms"])], len(silenced("555", ["sms", "voice"]))
    (['sms', 'voice'], 1)
    """
    return tuple(flag_of(one, phone) for one in ("sms", "voice") if one == "sms" or one not in channels)


def flags_left(reach: Reach) -> list[str]:
    """List the flags of addresses that somebody still has; what was known of an old one tells nothing of a new one.

    >>> bounced = flag_of("email", "a@b.org")
    >>> old, new = (Reach(address, None, flags=bounced) for address in ("a@b.org", "new@b.org"))
    >>> flags_left(old) == [bounced], flags_left(new)
    (True, [])
    """
    now = {flag_of(channel, address) for channel, where in ADDRESS.items() if (address := where(reach))}
    return [flag for flag in reach.flags.split() if flag in now]


def channels_of(
    reach: Reach | None, in_service: frozenset[str] = EVERY_CHANNEL, purpose: Purpose = Purpose.REQUESTS
) -> tuple[str | None, ...]:
    """List the channels that reach a person; (None,) when there is none, or the profile is not here yet.

    A channel whose provider is not `in_service`, or whose address bounced, or that they refused, gives way to the next.
    The city's notices go by one channel alone.

    >>> channels_of(Reach("ana@example.org", "https://example.org/hook"))
    ('email', 'webhook')
    >>> channels_of(Reach("ana@example.org", "https://example.org/hook", ["webhook"]))
    ('webhook',)
    >>> channels_of(Reach("ana@example.org", None, ["sms"], phone="555")), channels_of(Reach(None, None, phone="555"))
    (('sms',), ('sms',))
    >>> channels_of(Reach("ana@example.org", None, ["sms"], phone="555"), frozenset({"email"}))
    ('email',)
    >>> channels_of(Reach("a@b.org", None, flags=flag_of("email", "a@b.org"), phone="555"))
    ('sms',)
    >>> refused = '[{"channel": "email", "purpose": "surveys", "given": false}]'
    >>> channels_of(Reach("a@b.org", None, consents=refused), purpose=Purpose.SURVEYS)
    (None,)
    >>> agreed = refused.replace("surveys", "notices").replace("false", "true")
    >>> channels_of(Reach("a@b.org", None, phone="555", consents=agreed), purpose=Purpose.NOTICES)
    ('email',)
    >>> channels_of(Reach(None, None)), channels_of(None), channels_of(Reach(None, None, ["sms"], "555"), frozenset())
    ((None,), (None,), (None,))
    """
    if reach is None:
        return _NOBODY
    only_mail = reach.email and not (reach.webhook_url or reach.push or reach.flags or reach.consents)
    if only_mail and purpose in _ASKED_BY_NOBODY and (not reach.channels or _is_mail(reach)):
        return _BY_MAIL  # nearly everybody
    open_ones = tuple(_open(reach, in_service, purpose))
    wanted = tuple(channel for channel in open_ones if channel in (reach.channels or _WRITTEN_FOR))
    if purpose is Purpose.NOTICES:
        return (wanted or open_ones)[:1] or _NOBODY
    return wanted or open_ones[:1] or _NOBODY


def _is_mail(reach: Reach) -> bool:
    return len(reach.channels) == 1 and reach.channels[0] == _EMAIL


def _open(reach: Reach, in_service: frozenset[str], purpose: Purpose) -> Iterator[str]:
    """List the channels that lead to this person today."""
    gone = reach.flags.split()
    for channel, address_in in ADDRESS.items():
        address = address_in(reach)
        is_open = address and channel in in_service and may_tell(reach.consents, channel, purpose)
        if is_open and address and flag_of(channel, address) not in gone:
            yield channel
