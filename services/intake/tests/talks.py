"""Chats through their door, as residents have them."""

from collections.abc import Mapping
from typing import Any

from chassis.testing import Bench


class Chat:
    """A chat through its door, one message after the other."""

    def __init__(self, bench: Bench, headers: Mapping[str, str] | None = None) -> None:
        self._bench, self._headers, self.last = bench, dict(headers or {}), dict[str, Any]()

    async def begin(self, **body: Any) -> str:
        answer = await self._bench.http.post("/conversations", json=body, headers=self._headers)
        assert answer.status_code == 201, answer.text
        self.last = answer.json()
        return " ".join(self.last["says"])

    async def say(self, text: str = "", **more: Any) -> str:
        place = f"/conversations/{self.last['reference']}/messages"
        headers = self._headers | {"Conversation-Token": self.last["token"]}
        answer = await self._bench.http.post(place, json={"text": text, **more}, headers=headers)
        assert answer.status_code == 200, answer.text
        self.last = answer.json()
        return " ".join(self.last["says"])

    async def finish(self) -> str:
        """Answer until the report is made."""
        answers = {"propose": "yes", "question": "1", "place": "100 W 1st St", "photo": "skip", "confirm": "yes"}
        said = ""
        for _ in range(10):
            if self.last["step"] not in answers:
                break
            said = await self.say(answers[self.last["step"]])
        return said
