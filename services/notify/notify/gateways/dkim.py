"""Signing mails for the city's domain (DKIM, RFC 6376 and RFC 8463), so that receivers know them for the city's."""

import re
import time
from base64 import b64encode
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_SIGNED: Final = (
    "from", "to", "subject", "date", "message-id", "reply-to", "references", "mime-version", "content-type",
    "auto-submitted", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
_SPACE: Final = re.compile(rb"[ \t]+")
_FOLD: Final = re.compile(rb"\r\n(?=[ \t])")
_WIDTH: Final = 72


class Signer:
    """Signs mails with one key; its public half stands in DNS at `<selector>._domainkey.<domain>`."""

    def __init__(self, pem: str, domain: str, selector: str) -> None:
        """Read the key; raises ValueError for one that is neither RSA nor Ed25519."""
        key = load_pem_private_key(pem.encode(), None)
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError("The DKIM key is neither RSA nor Ed25519; make one of these.")  # noqa: TRY004 - a value
        self._key, self._domain, self._selector = key, domain, selector
        self._algorithm = "rsa-sha256" if isinstance(key, RSAPrivateKey) else "ed25519-sha256"

    def signed(self, mail: bytes) -> bytes:
        """Put a signature before a mail."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = [_relaxed(field) for field in _FOLD.sub(b"", head).split(b"\r\n")]
        chosen = [(name, value) for name, value in fields if name.decode() in _SIGNED]
        names = ":".join(name.decode() for name, _ in chosen)
        unsigned = (
            f"v=1; a={self._algorithm}; c=relaxed/relaxed; d={self._domain}; s={self._selector};"
            f" t={int(time.time())}; h={names};"
            f" bh={b64encode(sha256(relaxed_body(body)).digest()).decode()}; b="
        )
        told = b"".join(name + b":" + value + b"\r\n" for name, value in chosen)
        signature = b64encode(self._sign(told + b"dkim-signature:" + unsigned.encode())).decode()
        return _folded(unsigned, signature).encode() + mail

    def _sign(self, content: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(content, PKCS1v15(), SHA256())
        return self._key.sign(sha256(content).digest())


class Unsigned:
    """Leaves mails as they are: for a server that signs them itself."""

    def signed(self, mail: bytes) -> bytes:
        """Give the mail."""
        return mail


def _relaxed(field: bytes) -> tuple[bytes, bytes]:
    name, _, value = field.partition(b":")
    return name.strip().lower(), _SPACE.sub(b" ", value).strip()


def relaxed_body(body: bytes) -> bytes:
    r"""Write a body as the signature sees it: runs of blanks are one, and none at the ends.

    >>> relaxed_body(b"a  b \r\n\r\n\r\n"), relaxed_body(b"")
    (b'a b\r\n', b'')
    """
    lines = [_SPACE.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _folded(unsigned: str, signature: str) -> str:
    """Write the header on lines that mail may have; the folds are not seen by the signature, nor are those in it."""
    parts = [signature[at : at + _WIDTH] for at in range(0, len(signature), _WIDTH)]
    return "DKIM-Signature: " + unsigned.replace("; ", ";\r\n ") + "\r\n ".join(parts) + "\r\n"
