"""Answering on social networks, in each provider's own shape."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

import httpx2
from pydantic import SecretStr

from intake.domain.social import in_parts
from intake.settings import Settings

SECONDS: Final = 10.0
SHORT: Final = 280
"""Characters of a public answer on X; a longer one goes on in an answer to itself."""
_PASSING: Final = frozenset({408, 425, 429})


class NotNow(Exception):  # noqa: N818 - it says what to do
    """The provider did not take it just now; the message names nobody."""


class NotTaken(Exception):  # noqa: N818 - it says what was decided
    """The provider will not take it; the message names nobody."""


class Answer(Protocol):
    """An answer to send, as a row of the store has it."""

    def __getitem__(self, name: str, /) -> Any:
        """Give a value: reply_id, answers, text, provider, author_id, is_private."""


class Networks:
    """Speaks to the providers. The same answer bears the same key, for providers that look at it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx2.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False)

    async def send(self, answer: Answer) -> str:
        """Send one; gives the provider's id of it, or of its last part. Raises NotNow or NotTaken."""
        public = answer["provider"] == "x" and not answer["is_private"]
        posted = str(answer["answers"])
        for number, text in enumerate(in_parts(answer["text"], SHORT) if public else [answer["text"]]):
            key = f"{answer['reply_id']}-{number}" if number else answer["reply_id"]
            posted = await self._post(*self._shaped(answer, text, posted), key) or posted
        return posted

    async def _post(self, url: str, token: str, body: Mapping[str, Any], key: str) -> str:
        headers = {"idempotency-key": key} | ({"authorization": f"Bearer {token}"} if token else {})
        try:
            response = await self._client.post(url, json=body, headers=headers)
        except (httpx2.HTTPError, OSError) as error:
            raise NotNow(f"the provider did not answer ({type(error).__name__})") from error
        if response.status_code in _PASSING or response.status_code >= 500:  # noqa: PLR2004 - server errors
            raise NotNow(f"the provider answered {response.status_code}")
        if not response.is_success:
            raise NotTaken(f"the provider answered {response.status_code}")
        return _posted_id(response)

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    def _shaped(self, answer: Answer, text: str, before: str) -> tuple[str, str, dict[str, Any]]:
        """Give address, token and body of one post; a public one answers the post `before`."""
        known, to = self._settings, answer["author_id"]
        if answer["provider"] == "x":
            base, token = known.social_x_api, _said(known.social_x_token)
            if answer["is_private"]:
                return f"{base}/2/dm_conversations/with/{to}/messages", token, {"text": text}
            return f"{base}/2/tweets", token, {"text": text, "reply": {"in_reply_to_tweet_id": before}}
        base, token = known.social_meta_api, _said(known.social_meta_token)
        if answer["is_private"]:
            body = {"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": {"text": text}}
            return f"{base}/me/messages", token, body
        return f"{base}/{before}/comments", token, {"message": text}


def _said(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


def _posted_id(response: httpx2.Response) -> str:
    try:
        body = response.json()
    except ValueError:
        return ""
    data = body.get("data", body) if isinstance(body, dict) else {}
    return str(data.get("id") or data.get("message_id") or data.get("dm_event_id") or "")[:200]
