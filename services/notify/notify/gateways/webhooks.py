"""Webhooks, signed as Standard Webhooks asks; no redirects, and no private addresses unless settings allow them."""

import asyncio
import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import httpx2
from standardwebhooks import Webhook

from chassis import failpoints
from notify.domain.addresses import is_public
from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.settings import Settings

TIMEOUT: Final = 4.0
"""Seconds for one call, from the name's look-up to the answer's head; the body is never read."""
GONE: Final = 410
RETRY_AFTER_MOST: Final = 3600
# What asking again may cure: a time-out, too early, too many requests, and any fault of the server's own.
_PASSING: Final = frozenset({408, 425, 429})


class Refused(Exception):  # noqa: N818 - it says what was decided
    """The target may not be called; the message says why, without naming it."""


class WebhookGateway:
    """Calls people's own endpoints."""

    def __init__(self, settings: Settings) -> None:
        self.at_once = settings.webhook_calls
        self._allow_private = settings.allow_private_webhooks
        self._signer = Webhook(settings.webhook_secret.get_secret_value())
        limits = httpx2.Limits(max_connections=settings.webhook_calls)
        # Proxies of the environment are not used: they would connect where the check below did not look.
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, limits=limits, trust_env=False)

    async def send(self, letter: Letter) -> Answer:
        """Call the target once; what is not a clear refusal is tried again later."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._call(letter)
        except (Refused, httpx2.InvalidURL) as error:
            return Answer(Verdict.REFUSED, str(error) if isinstance(error, Refused) else "the address cannot be read")
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            return Answer(Verdict.LATER, f"the webhook did not answer ({type(error).__name__})")

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _call(self, letter: Letter) -> Answer:
        pinned, headers, extensions = await self._target(letter.address)
        body, now = body_of(letter), datetime.now(UTC)
        headers |= {
            "content-type": "application/json",
            "webhook-id": str(letter.intent_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(str(letter.intent_id), now, body),
        }
        request = self._client.build_request(
            "POST", pinned, content=body.encode(), headers=headers, extensions=extensions
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        failpoints.at("webhook.taken")
        return answer_of(response.status_code, response.headers.get("retry-after"))

    async def _target(self, url: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """Resolve a target once and pin the address found, so that a second look-up cannot lead elsewhere."""
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise Refused("the address names no port that exists") from None
        if parts.scheme not in {"https", "http"} or not host or parts.username is not None:
            raise Refused("the address is not a plain http(s) address")
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise Refused("the address leads into a private network")
        pinned = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        return f"{parts.scheme}://{pinned}:{port}{path}", {"host": parts.netloc}, {"sni_hostname": host}


def body_of(letter: Letter) -> str:
    """Write the call's body: what happened, to which request, and the words a person would read."""
    data = {
        "tracking_number": letter.tracking_number,
        "moment": letter.moment.value,
        "language": letter.language,
        "subject": letter.subject,
        "text": letter.text,
        "link": letter.link,
    }
    return json.dumps({"type": f"request.{letter.moment.value}", "timestamp": letter.at.isoformat(), "data": data})


def answer_of(status: int, retry_after: str | None) -> Answer:
    """Read a webhook's answer.

    >>> answer_of(204, None).verdict.value, answer_of(503, None).verdict.value, answer_of(301, None).verdict.value
    ('taken', 'later', 'refused')
    >>> answer_of(429, "120").retry_after
    datetime.timedelta(seconds=120)
    """
    detail = f"HTTP {status}"
    if 200 <= status < 300:  # noqa: PLR2004 - the HTTP class of success
        return Answer(Verdict.TAKEN, detail)
    if status in _PASSING or status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        return Answer(Verdict.LATER, detail, _seconds(retry_after))
    return Answer(Verdict.REFUSED, detail)


def _seconds(retry_after: str | None) -> timedelta | None:
    if not retry_after or not retry_after.isdigit():
        return None
    return timedelta(seconds=min(int(retry_after), RETRY_AFTER_MOST))
