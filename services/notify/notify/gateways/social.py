"""Telling people where they wrote to the city: a private message on X or Meta."""

from typing import Final

import httpx2
from pydantic import SecretStr

from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.answers import answer_of
from notify.settings import Settings

TIMEOUT: Final = 4.0


class SocialGateway:
    """Speaks to the networks, in each one's own shape. An address is `x:` or `meta:` and the person's id there."""

    at_once = 4

    def __init__(self, settings: Settings) -> None:
        self._networks = {
            "x": (settings.social_x_api, _said(settings.social_x_token)),
            "meta": (settings.social_meta_api, _said(settings.social_meta_token)),
        }
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    async def send(self, letter: Letter) -> Answer:
        """Send one private message."""
        network, _, person = letter.address.partition(":")
        base, token = self._networks.get(network, ("", ""))
        if not base or not person.isalnum():
            return Answer(Verdict.REFUSED, "no network of this name is in service")
        url, body = _shaped(network, base, person, letter.text)
        headers = {"idempotency-key": str(letter.intent_id), "authorization": f"Bearer {token}"}
        try:
            response = await self._client.post(url, json=body, headers=headers)
        except (httpx2.HTTPError, OSError) as error:
            return Answer(Verdict.LATER, f"the network did not answer ({type(error).__name__})")
        return answer_of(response.status_code, response.headers.get("retry-after"))

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()


def _shaped(network: str, base: str, person: str, text: str) -> tuple[str, dict[str, object]]:
    if network == "x":
        return f"{base}/2/dm_conversations/with/{person}/messages", {"text": text}
    body: dict[str, object] = {"recipient": {"id": person}, "messaging_type": "UPDATE", "message": {"text": text}}
    return f"{base}/me/messages", body


def _said(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
