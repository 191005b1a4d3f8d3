"""Telephone numbers written one way, and the signature by which the telephone's provider is known."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha1
from hmac import compare_digest, new

import phonenumbers


def e164(number: str, region: str) -> str | None:
    """Write a number the one international way, so that the same telephone is the same contact; None for no number.

    >>> e164("(213) 555-0142", "US"), e164("+1 213-555-0142", "US"), e164("anonymous", "US")
    ('+12135550142', '+12135550142', None)
    """
    try:
        parsed = phonenumbers.parse(number[:40], region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def ways_to_write(number: str, region: str) -> tuple[str, ...]:
    """List the digits that one telephone may be known by: as told, with the country, and without it.

    >>> ways_to_write("(213) 555-0142", "US"), ways_to_write("+1 213 555 0142", "US")
    (('12135550142', '2135550142'), ('12135550142', '2135550142'))
    >>> ways_to_write("5550104", "US"), ways_to_write("", "US")
    (('15550104', '5550104'), ())
    """
    told = "".join(letter for letter in number if letter.isdigit())
    parsed = e164(number, region)
    if parsed is None:
        return (told,) if told else ()
    own = str(phonenumbers.national_significant_number(phonenumbers.parse(parsed)))
    return tuple(sorted({told, parsed.removeprefix("+"), own}))


def dialable(number: str, region: str) -> str:
    """Write a number as it is dialled: short ones stay, letters become digits.

    >>> dialable("911", "US"), dialable("877-ASK-CITY", "US")
    ('911', '+18772752489')
    """
    digits = "".join(letter for letter in number if letter.isdigit())
    return e164(number, region) or digits


def called_address(base: str, path: str, query: str) -> str:
    """Write the address that the provider called, as it signed it: what proxies make of it on the way is not told.

    >>> called_address("https://311.city.example/", "/sms", ""), called_address("https://311.city.example", "/v", "s=1")
    ('https://311.city.example/sms', 'https://311.city.example/v?s=1')
    """
    return f"{base.rstrip('/')}{path}{f'?{query}' if query else ''}"


def signature(token: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Sign a call of the provider's: HMAC-SHA1 over the address and the sorted parameters, as Twilio does.

    >>> signature("12345", "https://example.org/sms", [("To", "+1"), ("Body", "a")])
    'ETXH1thl1W6X2MGDIWkxv5nVZPE='
    """
    told = url + "".join(f"{name}{value}" for name, value in sorted(set(parameters)))
    return b64encode(new(token.encode(), told.encode(), sha1).digest()).decode()


def is_signed(token: str, url: str, parameters: Iterable[tuple[str, str]], given: str) -> bool:
    """Tell whether a call is the provider's; without a token nobody is.

    >>> call = ("https://example.org/sms", [("Body", "a")])
    >>> is_signed("12345", *call, signature("12345", *call)), is_signed("12345", *call, "guessed")
    (True, False)
    >>> is_signed("", *call, signature("", *call))
    False
    """
    return bool(token) and compare_digest(signature(token, url, parameters).encode(), given.encode())
