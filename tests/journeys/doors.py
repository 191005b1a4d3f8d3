"""What a resident uses at the city's doors, telephone, chat and social networks, and what every answer must hold."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
from town import Town, eventually

from intake.domain.social import meta_signature, x_signature
from relay311_drivers.telephone import Telephone, local_token
from relay311_local.credentials import agreed

ADDRESS: Final = "100 Acorn Street"
NUMBER: Final = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
_FORECAST: Final = re.compile(
    r"8 of 10 requests of the kind \"[^\"]+\" are done within \d+ \w+"
    r"|An estimate from past requests is not yet available"
)
_SIGNED: Final = {
    "x": ("x-twitter-webhooks-signature", "SOCIAL_X_SECRET", x_signature),
    "meta": ("x-hub-signature-256", "SOCIAL_META_SECRET", meta_signature),
}
_ANSWERS: Final = {"propose": "yes", "question": "1", "place": ADDRESS, "photo": "skip", "confirm": "yes"}


def answered(said: str) -> str:
    """Give the number of an answer that must hold it and, in words, when it will be done."""
    found = NUMBER.search(said)
    assert found, said
    assert _FORECAST.search(said), said
    return found.group()


def telephone(town: Town) -> Telephone:
    """Give a telephone with a number of its own, whose provider signs as agreed."""

    async def post(address: str, body: str, headers: Mapping[str, str]) -> str:
        answer = httpx2.post(address, content=body, headers=dict(headers), timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    number = f"+1213{secrets.randbelow(9_000_000) + 1_000_000}"
    return Telephone(town.url("intake"), local_token(town.secrets["link_key"]), number, post)


@dataclass
class Chat:
    """A chat on the web page, one message after the other."""

    town: Town
    last: dict[str, Any] = field(default_factory=dict)

    def begin(self, text: str) -> str:
        """Say the first words; gives the answer's."""
        return self._said(self.town.ask("POST", self.town.url("intake", "/conversations"), json={"text": text}))

    def say(self, text: str) -> str:
        """Say more."""
        url = self.town.url("intake", f"/conversations/{self.last['reference']}/messages")
        headers = {"Conversation-Token": self.last["token"]}
        return self._said(self.town.ask("POST", url, json={"text": text}, headers=headers))

    def finish(self) -> str:
        """Answer until the report is made."""
        said = ""
        while self.last["step"] in _ANSWERS:
            said = self.say(_ANSWERS[self.last["step"]])
        return said

    def _said(self, answer: httpx2.Response) -> str:
        assert answer.is_success, answer.text
        self.last = answer.json()
        return " ".join(self.last["says"])


def post_social(town: Town, network: str, body: Mapping[str, Any], *, forged: bool = False) -> int:
    """Tell of a post as the network does, signed with the secret agreed on; gives the status."""
    header, name, sign = _SIGNED[network]
    secret = "guessed" if forged else agreed(town.secrets["link_key"], name)
    raw = json.dumps(body).encode()
    answer = town.ask(
        "POST", town.url("intake", f"/social/{network}"), content=raw, headers={header: sign(secret, raw)}
    )
    return int(answer.status_code)


def mention(text: str, answers: str | None = None, author: str = "77") -> dict[str, Any]:
    """Write what X tells of a mention."""
    one = {"id_str": str(int(os.urandom(6).hex(), 16)), "text": text, "lang": "en"}
    user = {"id_str": author, "screen_name": "pat_doe"}
    return {"for_user_id": "1", "tweet_create_events": [one | {"user": user, "in_reply_to_status_id_str": answers}]}


def wall(town: Town, **where: Any) -> list[dict[str, Any]]:
    """Wait for the city's answers in one place of the local stand-in: `reply_to` a post of X, or a `path` of Meta."""

    def found() -> list[dict[str, Any]]:
        posts = town.ask("GET", town.url("social", "/posts")).json()
        to = [(post, post["body"].get("reply", {}).get("in_reply_to_tweet_id"), post["path"]) for post in posts]
        return [post for post, answers, path in to if where in ({"reply_to": answers}, {"path": path})]

    return eventually(found, f"an answer to {where}")
