"""The signature of a form that a provider posts here: over the address it called and what the form says."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha1
from hmac import compare_digest, new


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
