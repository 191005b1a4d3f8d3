"""One counter for every channel: takes a letter, gives the provider's answer."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Final, Protocol, Self

from contracts.vocabulary import DeliveryChannel
from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.smtp import SmtpGateway
from notify.gateways.webhooks import WebhookGateway
from notify.settings import Settings


class Gateway(Protocol):
    """A way to reach people. `at_once` letters may be on their way together."""

    at_once: int

    async def send(self, letter: Letter) -> Answer:
        """Send one letter and say what became of it; never raises for what a provider does."""

    async def close(self) -> None:
        """Let go of connections."""


_COUNTED: Final = Answer(Verdict.TAKEN, "counted, not sent")


class NullGateway:
    """Counts and drops: for replays that shall reach nobody."""

    at_once = 1

    async def send(self, _letter: Letter) -> Answer:
        """Take it for delivered."""
        return _COUNTED

    async def close(self) -> None:
        """Nothing is held."""


class PostOffice:
    """The gateways of one process. `answers` counts what providers said, by channel and verdict."""

    def __init__(self, gateways: Mapping[DeliveryChannel, Gateway]) -> None:
        self._gateways = gateways
        self.answers: Counter[tuple[str, str]] = Counter()

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Open the post office that the settings ask for; connections are made when first needed."""
        if settings.delivery == "null":
            return cls(dict.fromkeys(DeliveryChannel, NullGateway()))
        return cls({DeliveryChannel.EMAIL: SmtpGateway(settings), DeliveryChannel.WEBHOOK: WebhookGateway(settings)})

    def at_once(self, channel: str | None) -> int:
        """Tell how many letters of a channel may be on their way together; without a channel none is sent."""
        return self._gateways[DeliveryChannel(channel)].at_once if channel else 1

    async def send(self, letter: Letter, deadline: float) -> Answer:
        """Send a letter, unless its turn comes after the deadline (seconds on the loop's clock)."""
        late = asyncio.get_running_loop().time() > deadline
        answer = Answer(Verdict.NOT_TRIED) if late else await self._gateways[letter.channel].send(letter)
        self.answers[letter.channel.value, answer.verdict.value] += 1
        return answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for gateway in self._gateways.values():
            await gateway.close()
