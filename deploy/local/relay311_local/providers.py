"""The telephone's provider, browsers' push service and receivers of webhooks on this machine, for what the city sends.

Each checks what the real one would: the account's password, the VAPID signature, the webhook's signature. What was
taken is kept in memory alone, as it names people.
"""

import base64
import json
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Any, Final
from urllib.parse import parse_qs

MOST_KEPT: Final = 1000
MOST_BROWSERS: Final = 1000
_LONGEST_TOKEN_SECONDS: Final = 24 * 3600
_NUMBER: Final = re.compile(r"\+[1-9]\d{7,14}")
_TELEPHONE: Final = re.compile(r"/2010-04-01/Accounts/([^/]+)/(Messages|Calls)\.json")
_KINDS: Final = {"Messages": ("sms", "SM", "Body"), "Calls": ("voice", "CA", "Twiml")}
_SIGNED_WITHIN: Final = 300
_WRONG: Final = (401, {"code": 20003, "message": "Authenticate"})
Said = tuple[int, dict[str, Any]]
Headers = Mapping[str, str]
"""Names in small letters."""


@dataclass
class Book:
    """What was taken, by channel: how many, and the newest of them, oldest first."""

    counts: dict[str, int] = field(default_factory=dict)
    kept: dict[str, deque[dict[str, Any]]] = field(default_factory=dict)

    def put(self, channel: str, key: str, entry: dict[str, Any]) -> dict[str, Any]:
        """Keep one, once for its key; gives what is kept of it."""
        entries = self.kept.setdefault(channel, deque(maxlen=MOST_KEPT))
        known = next((one for one in entries if key and one["key"] == key), None)
        if known is None:
            self.counts[channel] = self.counts.get(channel, 0) + 1
            known = {"key": key, "at": time.time(), **entry}
            entries.append(known)
        return known

    def of(self, channel: str) -> list[dict[str, Any]]:
        """List what is kept of a channel."""
        return list(self.kept.get(channel, ()))


@dataclass
class Providers:
    """The far ends. `telephone` is the account's password, `webhook` the secret that calls are signed with.

    Browsers come and subscribe at `POST /push`, with the key of who may write to them; `subscribed` is key by name.
    """

    telephone: str = ""
    webhook: str = ""
    book: Book = field(default_factory=Book)
    subscribed: dict[str, str] = field(default_factory=dict)

    def take(self, path: str, content: bytes, headers: Headers) -> Said | None:
        """Take one call; None for a path that is no provider's here."""
        if found := _TELEPHONE.fullmatch(path):
            return self._telephone(found[1], found[2], content, headers)
        way = next((take for start, take in self._ways.items() if path.startswith(start)), None)
        return way(path, content, headers) if way else None

    @property
    def _ways(self) -> Mapping[str, Callable[[str, bytes, Headers], Said]]:
        return {"/push/": self._push, "/push": self._subscribe, "/hooks/": self._hook}

    def _telephone(self, account: str, what: str, content: bytes, headers: Headers) -> Said:
        """Take a text or place a call, as Twilio does; a number that is none is refused with its code."""
        given = base64.b64encode(f"{account}:{self.telephone}".encode()).decode()
        if not self.telephone or not compare_digest(headers.get("authorization") or "", f"Basic {given}"):
            return _WRONG
        channel, prefix, words = _KINDS[what]
        form = {name: values[-1] for name, values in parse_qs(content.decode("utf-8", "replace")).items()}
        if not _NUMBER.fullmatch(form.get("To", "")):
            return 400, {"code": 21211, "message": "Invalid 'To' Phone Number", "status": 400}
        if not form.get(words):
            return 400, {"code": 21602, "message": f"{words} is required", "status": 400}
        entry = {"sid": prefix + secrets.token_hex(16), "to": form["To"], "from": form.get("From"), "text": form[words]}
        kept = self.book.put(channel, headers.get("idempotency-key") or "", entry)
        return 201, {"sid": kept["sid"], "to": kept["to"], "status": "queued"}

    def _subscribe(self, path: str, content: bytes, _headers: Headers) -> Said:
        """Give a browser an address of its own, good for whoever holds the key it names."""
        try:
            key = str(json.loads(content)["applicationServerKey"])
        except (ValueError, KeyError, TypeError):
            return 400, {"error": "Name the applicationServerKey."}
        name = secrets.token_urlsafe(16)
        self.subscribed[name] = key
        for oldest in list(self.subscribed)[:-MOST_BROWSERS]:
            del self.subscribed[oldest]
        return 201, {"path": f"{path}/{name}"}

    def _push(self, path: str, content: bytes, headers: Headers) -> Said:
        """Take a notice for a browser (RFC 8030), from the holder of the key that it subscribed with (RFC 8292)."""
        name = path.removeprefix("/push/")
        if name not in self.subscribed:
            return 410, {"error": "There is no such subscription."}
        wrong = vapid_fault(headers.get("authorization") or "", self.subscribed[name], headers.get("host") or "")
        if wrong or not (headers.get("ttl") or "").isdigit():
            return 403 if wrong else 400, {"error": wrong or "TTL is missing."}
        if headers.get("content-encoding") != "aes128gcm":
            return 400, {"error": "Content-Encoding must be aes128gcm."}
        entry = {"to": name, "text": f"{len(content)} bytes, encrypted", "body": base64.b64encode(content).decode()}
        self.book.put("push", headers.get("topic") or "", entry)
        return 201, {}

    def _hook(self, path: str, content: bytes, headers: Headers) -> Said:
        """Take a webhook signed as Standard Webhooks asks."""
        name, at = headers.get("webhook-id") or "", headers.get("webhook-timestamp") or ""
        if not at.isdigit() or abs(time.time() - int(at)) > _SIGNED_WITHIN:
            return 401, {"error": "webhook-timestamp is missing or old."}
        key = base64.b64decode(self.webhook.removeprefix("whsec_"))
        mine = base64.b64encode(digest(key, f"{name}.{at}.".encode() + content, sha256)).decode()
        signed = (headers.get("webhook-signature") or "").split()
        if not self.webhook or not any(compare_digest(one, f"v1,{mine}") for one in signed):
            return 401, {"error": "The signature is wrong."}
        self.book.put("webhook", name, {"to": path, "text": content.decode("utf-8", "replace")})
        return 200, {}


def vapid_fault(authorization: str, key: str, host: str) -> str | None:
    """Say what is wrong with who signs; None when they hold the key that the browser subscribed with."""
    import jwt  # noqa: PLC0415 -- many megabytes, and only who pushes needs them
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 -- the same

    scheme, _, rest = authorization.partition(" ")
    given = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if scheme != "vapid" or not given.get("t") or not compare_digest(given.get("k", ""), key):
        return "The key is not the one that was subscribed with."
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(key))
        claims = jwt.decode(given["t"], point, ["ES256"], audience=f"http://{host}", options={"require": ["exp"]})
    except (ValueError, jwt.InvalidTokenError) as error:
        return f"The token is not good: {error}"
    ends = int(claims["exp"])
    return "The token is good for more than a day." if ends > time.time() + _LONGEST_TOKEN_SECONDS else None


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
