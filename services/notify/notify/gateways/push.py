"""Web push: encrypted for one browser (RFC 8291), sent under the city's own key (VAPID, RFC 8292)."""

import asyncio
import json
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from urllib.parse import urlsplit

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.answers import GONE, answer_of
from notify.gateways.pinning import Refused, pin
from notify.settings import Settings

TIMEOUT: Final = 4.0
TTL_SECONDS: Final = 2 * 86_400
_RECORD: Final = 4096
_ROOM: Final = _RECORD - 86 - 17
"""Bytes of content that fit the one record a push service takes, beside its head, the padding's mark and the tag."""
_TOKEN_SECONDS: Final = 12 * 3600
_MOST_TOKENS: Final = 1000


class PushGateway:
    """Speaks to the browsers' push services."""

    at_once = 8

    def __init__(self, settings: Settings) -> None:
        key = settings.vapid_key
        assert key is not None  # noqa: S101 - the channel is in service only with a key
        loaded = load_pem_private_key(key.get_secret_value().encode(), None)
        assert isinstance(loaded, EllipticCurvePrivateKey)  # noqa: S101 - a setting of another kind stops the start
        self._key, self._contact = loaded, settings.vapid_contact
        self._allow_private = settings.allow_private_webhooks
        self._tokens: dict[str, tuple[float, str]] = {}
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    async def send(self, letter: Letter) -> Answer:
        """Send one notification; a subscription that is unknown to its service is dead."""
        try:
            told = json.loads(letter.address)
            endpoint, body = told["endpoint"], encrypted(content_of(letter), told["p256dh"], told["auth"])
        except (ValueError, KeyError, TypeError):
            return Answer(Verdict.REFUSED, "the subscription cannot be read", gone=True)
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._call(endpoint, body, letter.intent_id.hex)
        except (Refused, httpx2.InvalidURL) as error:
            return Answer(Verdict.REFUSED, str(error) if isinstance(error, Refused) else "the address cannot be read")
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            return Answer(Verdict.LATER, f"the push service did not answer ({type(error).__name__})")

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _call(self, endpoint: str, body: bytes, topic: str) -> Answer:
        """Call once; what the far end says beside its status is never read: anybody may have named it."""
        pinned = await pin(endpoint, allow_private=self._allow_private)
        headers = pinned.headers | self._headers(endpoint) | {"Topic": topic}
        request = self._client.build_request(
            "POST", pinned.url, content=body, headers=headers, extensions=pinned.extensions
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return answer_of(response.status_code, response.headers.get("retry-after"), GONE)

    def _headers(self, endpoint: str) -> dict[str, str]:
        return {
            "Authorization": f"vapid t={self._token(endpoint)}, k={_text(_point(self._key.public_key()))}",
            "Content-Encoding": "aes128gcm",
            "TTL": str(TTL_SECONDS),
            "Urgency": "normal",
        }

    def _token(self, endpoint: str) -> str:
        """Sign for a push service, good for hours: each has one token."""
        parts = urlsplit(endpoint)
        audience, now = f"{parts.scheme}://{parts.netloc}", time.time()
        until, token = self._tokens.get(audience, (0.0, ""))
        if until < now + _TOKEN_SECONDS / 2:
            claims = {"aud": audience, "exp": int(now + _TOKEN_SECONDS), "sub": self._contact}
            until, token = now + _TOKEN_SECONDS, jwt.encode(claims, self._key, algorithm="ES256")
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            self._tokens[audience] = (until, token)
        return token


def content_of(letter: Letter) -> bytes:
    """Write what the browser shows: no more than fits one record, in letters of whichever script."""
    body = letter.text[:1000]
    while len(content := _shown(letter, body)) > _ROOM and body:
        body = body[: len(body) * 3 // 4]
    return content


def _shown(letter: Letter, body: str) -> bytes:
    shown = {"title": letter.subject[:200], "body": body, "url": letter.link, "lang": letter.language}
    return json.dumps(shown, ensure_ascii=False).encode()


def encrypted(
    content: bytes,
    p256dh: str,
    auth: str,
    *,
    sender: EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Encrypt for one browser, as one record of aes128gcm. Raises ValueError for keys that are none."""
    sender, salt, theirs = sender or generate_private_key(SECP256R1()), salt or os.urandom(16), _bytes(p256dh)
    browser = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs)
    mine = _point(sender.public_key())
    shared = _derived(sender.exchange(ECDH(), browser), _bytes(auth), b"WebPush: info\0" + theirs + mine, 32)
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine
    return head + AESGCM(key).encrypt(nonce, content + b"\x02", None)


def _derived(secret: bytes, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, about).derive(secret)


def _point(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
