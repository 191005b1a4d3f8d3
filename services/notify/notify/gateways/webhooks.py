"""Webhooks, signed as Standard Webhooks asks; no redirects, and no private addresses unless settings allow them."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx2
from standardwebhooks import Webhook

from chassis import failpoints
from notify.domain.breakers import Breakers
from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.answers import answer_of
from notify.gateways.pinning import Refused, pin
from notify.settings import Settings

TIMEOUT: Final = 4.0
"""Seconds for one call, from the name's look-up to the answer's head; the body is never read."""


class WebhookGateway:
    """Calls people's own endpoints."""

    def __init__(self, settings: Settings) -> None:
        self.at_once = settings.webhook_calls
        self._allow_private = settings.allow_private_webhooks
        # While a secret is being replaced, both sign: receivers take whichever they know.
        secrets = (settings.webhook_secret, settings.webhook_previous_secret)
        self._signers = [Webhook(secret.get_secret_value()) for secret in secrets if secret]
        self._breakers = Breakers()
        limits = httpx2.Limits(max_connections=settings.webhook_calls)
        # Proxies of the environment are not used: they would connect where the check below did not look.
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, limits=limits, trust_env=False)

    async def send(self, letter: Letter) -> Answer:
        """Call the target once, unless it is left alone; what is not a clear refusal is tried again later."""
        target = letter.address.partition("?")[0]
        if rest := self._breakers.pause(target, time.monotonic()):
            return Answer(Verdict.PAUSED, "the target failed again and again and rests", timedelta(seconds=rest))
        self._breakers.began(target)
        answer = Answer(Verdict.LATER, "the call was broken off")
        try:
            answer = await self._called(letter)
        finally:
            self._breakers.ended(target, well=answer.verdict is not Verdict.LATER, now=time.monotonic())
        return answer

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _called(self, letter: Letter) -> Answer:
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._call(letter)
        except (Refused, httpx2.InvalidURL) as error:
            return Answer(Verdict.REFUSED, str(error) if isinstance(error, Refused) else "the address cannot be read")
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            return Answer(Verdict.LATER, f"the webhook did not answer ({type(error).__name__})")

    async def _call(self, letter: Letter) -> Answer:
        pinned = await pin(letter.address, allow_private=self._allow_private)
        body, now = body_of(letter), datetime.now(UTC)
        signatures = [signer.sign(str(letter.intent_id), now, body) for signer in self._signers]
        headers = pinned.headers | {
            "content-type": "application/json",
            "webhook-id": str(letter.intent_id),
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        request = self._client.build_request(
            "POST", pinned.url, content=body.encode(), headers=headers, extensions=pinned.extensions
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        failpoints.at("webhook.taken")
        return answer_of(response.status_code, response.headers.get("retry-after"))


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
