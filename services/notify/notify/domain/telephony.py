"""What a telephone provider says afterwards of a text: signed by it, and judged."""

from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha1
from hmac import compare_digest, new
from typing import Final

from notify.domain.returns import Kind

_FAILED: Final = frozenset({"undelivered", "failed"})
_DEAD: Final = frozenset({21211, 21214, 21217, 21614, 30005, 30006})
"""Codes of a number that is none, is unknown, or takes no texts."""
_STOPPED: Final = frozenset({21610})
"""The number's owner has said STOP."""


def kind_of(status: str, code: str) -> Kind | None:
    """Judge what became of a text; None when nothing came back.

    >>> kind_of("undelivered", "30005").value, kind_of("undelivered", "30003").value, kind_of("failed", "21610").value
    ('hard', 'soft', 'complaint')
    >>> kind_of("delivered", "") is None, kind_of("undelivered", "none").value
    (True, 'soft')
    """
    if status not in _FAILED:
        return None
    number = int(code[:9]) if code.isascii() and code.isdigit() else 0
    return Kind.HARD if number in _DEAD else Kind.COMPLAINT if number in _STOPPED else Kind.SOFT


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
    >>> is_signed("12345", *call, signature("12345", *call)), is_signed("", *call, signature("", *call))
    (True, False)
    """
    return bool(token) and compare_digest(signature(token, url, parameters).encode(), given.encode())
