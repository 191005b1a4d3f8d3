"""Unguessable links: a 128-bit keyed hash of what the link is for. The secret never travels on the log."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest, new


def sign(key: str, purpose: str, subject: str) -> str:
    """Make the token of a link.

    >>> len(sign("k", "survey", "42"))
    22
    """
    return urlsafe_b64encode(_digest(key, purpose, subject)).decode().rstrip("=")


def sign_lower(key: str, purpose: str, subject: str) -> str:
    """Make a token of digits and lower-case letters alone, for where letters may change their case: mail addresses.

    >>> token = sign_lower("k", "mail", "42")
    >>> len(token), token == token.lower()
    (32, True)
    """
    return _digest(key, purpose, subject).hex()


def _digest(key: str, purpose: str, subject: str) -> bytes:
    return new(key.encode(), f"{purpose}\x1f{subject}".encode(), sha256).digest()[:16]


def verify(key: str, purpose: str, subject: str, token: str) -> bool:
    """Check a link's token, in constant time.

    >>> verify("k", "survey", "42", sign("k", "survey", "42")), verify("k", "survey", "43", sign("k", "survey", "42"))
    (True, False)
    """
    return compare_digest(sign(key, purpose, subject).encode(), token.encode())


def verify_lower(key: str, purpose: str, subject: str, token: str) -> bool:
    """Check a token of `sign_lower`, in constant time.

    >>> verify_lower("k", "mail", "42", sign_lower("k", "mail", "42"))
    True
    """
    return compare_digest(sign_lower(key, purpose, subject).encode(), token.encode())
