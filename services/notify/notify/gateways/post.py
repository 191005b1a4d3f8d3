"""One counter for every channel: takes a letter, gives the provider's answer."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, Protocol, Self

from contracts.vocabulary import DeliveryChannel
from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.printing import PrintGateway
from notify.gateways.push import PushGateway
from notify.gateways.smtp import SmtpGateway
from notify.gateways.social import SocialGateway
from notify.gateways.telephone import TextGateway, VoiceGateway
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
    def open(cls, settings: Settings, voices: Mapping[str, str]) -> Self:
        """Open the post office that the settings ask for; connections are made when first needed."""
        if settings.delivery == "null":
            return cls(dict.fromkeys(DeliveryChannel, NullGateway()))
        makers: dict[DeliveryChannel, Callable[[], Gateway]] = {
            DeliveryChannel.EMAIL: lambda: SmtpGateway(settings),
            DeliveryChannel.WEBHOOK: lambda: WebhookGateway(settings),
            DeliveryChannel.SMS: lambda: TextGateway(settings),
            DeliveryChannel.VOICE: lambda: VoiceGateway(settings, voices),
            DeliveryChannel.PUSH: lambda: PushGateway(settings),
            DeliveryChannel.SOCIAL: lambda: SocialGateway(settings),
            DeliveryChannel.LETTER: PrintGateway,
        }
        return cls({channel: make() for channel, make in makers.items() if channel.value in settings.in_service})

    @property
    def channels(self) -> frozenset[str]:
        """The channels that there is somebody to send by."""
        return frozenset(channel.value for channel in self._gateways)

    def at_once(self, channel: str | None) -> int:
        """Tell how many letters of a channel may be on their way together; without a channel none is sent."""
        gateway = self._gateways.get(DeliveryChannel(channel)) if channel else None
        return gateway.at_once if gateway else 1

    async def send(self, letter: Letter, deadline: float) -> Answer:
        """Send a letter, unless its turn comes after the deadline (seconds on the loop's clock)."""
        late = asyncio.get_running_loop().time() > deadline
        gateway = self._gateways.get(letter.channel)
        if gateway is None:  # it was there when the message was intended
            return Answer(Verdict.REFUSED, f"no provider for {letter.channel.value}")
        answer = Answer(Verdict.NOT_TRIED) if late else await gateway.send(letter)
        self.answers[letter.channel.value, answer.verdict.value] += 1
        return answer

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        for gateway in self._gateways.values():
            await gateway.close()
