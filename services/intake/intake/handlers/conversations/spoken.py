"""What is said in a conversation, by whatever channel it comes."""

from dataclasses import dataclass

from contracts.frontends import Place, Reporter
from contracts.vocabulary import Channel
from intake.domain.conversations import Heard, numbers_in


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came by a channel; `provider_id` names it for ever, `phone` (E.164) and `call` say whose it is."""

    channel: Channel
    text: str = ""
    reference: str | None = None
    language: str | None = None
    place: Place | None = None
    photos: tuple[str, ...] = ()
    phone: str | None = None
    call: str | None = None
    provider_id: str | None = None
    recorded: str | None = None
    begins: bool = False
    reporter: Reporter | None = None
    """Who is signed in."""

    @property
    def heard(self) -> Heard:
        """What the conversation hears of it."""
        return Heard(self.text, self.channel, self.place, self.photos, self.recorded, self.begins)

    @property
    def keys(self) -> tuple[str, ...]:
        """What must be heard one after the other: this call, telephone or conversation, and the drafts it names."""
        own = self.call or self.phone or self.reference or self.provider_id
        return (*((own,) if own else ()), *numbers_in(self.text))
