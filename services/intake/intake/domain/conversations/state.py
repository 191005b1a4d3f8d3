"""The values of a conversation: what is known so far, what was heard, what is answered and what is to be done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from contracts.city import City
from contracts.frontends import Answer, Place
from contracts.vocabulary import Channel, ContactKind
from intake.domain.conversations.understanding import Answers, Found, TypeReader

Step: TypeAlias = Literal[
    "open",
    "menu",
    "number",
    "propose",
    "offer",
    "question",
    "place",
    "photo",
    "confirm",
    "agent",
    "voicemail",
    "ended",
    "survey",
]
SPOKEN: Final = frozenset({Channel.PHONE, Channel.IVR, Channel.VOICEMAIL})
MOST_SAID: Final = 60
LONGEST: Final = 1600
MOST_TRIES: Final = 3


class Talk(BaseModel):
    """A conversation as far as it has come: a draft that any channel can go on with by its reference."""

    model_config = ConfigDict(frozen=True)

    reference: str
    language: str
    step: Step = "open"
    stopped: bool = False
    greeted: bool = False
    warned: bool = False
    service_code: str | None = None
    proposed: tuple[str, ...] = ()
    description: str = ""
    answers: dict[str, Answer] = {}
    skipped: tuple[str, ...] = ()
    asked: str | None = None
    place: Place | None = None
    photos: tuple[str, ...] = ()
    tries: int = 0
    made: int = 0
    request_id: str | None = None
    menu: tuple[str, ...] = ()
    turns: int = 0
    said: tuple[str, ...] = ()
    survey: dict[str, Any] | None = None
    draft: dict[str, Any] | None = None
    """What a draft that was begun by a form told beyond this; its request gets its reference as number."""

    def to(self, **changes: Any) -> "Talk":
        """Give the talk with some of its values changed."""
        return self.model_copy(update=changes)

    def anew(self, **changes: Any) -> "Talk":
        """Forget the draft, and what was said for it."""
        kept = {"reference", "language", "stopped", "greeted", "made", "request_id", "turns"}
        return Talk(**({name: getattr(self, name) for name in kept} | changes))


@dataclass(frozen=True, slots=True)
class Heard:
    """One message, or one step of a call; `text` is what was typed, said or pressed."""

    text: str = ""
    channel: Channel = Channel.CHAT
    place: Place | None = None
    photos: tuple[str, ...] = ()
    recorded: str | None = None
    begins: bool = False

    @property
    def spoken(self) -> bool:
        """Whether it is heard over the telephone."""
        return self.channel in SPOKEN


@dataclass(frozen=True, slots=True)
class Facts:
    """What the engine may know: the city, what readers make of words, the requests whose numbers were named."""

    city: City
    types: TypeReader
    answers: Answers
    now: datetime
    requests: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    invited: Mapping[str, Any] | None = None
    """The newest invitation of this telephone that is not answered yet."""


@dataclass(frozen=True, slots=True)
class Make:
    """Send the draft as a report, by the one command of every channel."""


@dataclass(frozen=True, slots=True)
class Record:
    """Count a contact and its outcome."""

    kind: ContactKind
    destination: str | None = None
    reason: str | None = None
    found: Found | None = None
    request_id: str | None = None

    @property
    def article(self) -> tuple[str | None, int | None]:
        """Which article was shown, by id and version."""
        return (self.found.article_id, self.found.version) if self.found else (None, None)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Put the talk, with everything said so far, before a person."""

    kind: Literal["agent", "callback", "voicemail"]
    recording: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Add pictures that came after the request was made."""

    request_id: str
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """Hand on what was answered to an invitation; `survey` says which."""

    answers: Mapping[str, int | bool]
    survey: Mapping[str, Any]


Deed: TypeAlias = Answered | Make | Record | HandOver | Picture
VoiceAct: TypeAlias = Literal["listen", "dial", "record", "hangup"]


@dataclass(frozen=True, slots=True)
class Turn:
    """An answer: what is said, what is done, and, over the telephone, what comes next."""

    talk: Talk
    says: tuple[str, ...] = ()
    does: tuple[Deed, ...] = ()
    act: VoiceAct = "listen"
    dial: str | None = None

    def after(self, *says: str, does: tuple[Deed, ...] = ()) -> "Turn":
        """Put sentences and deeds before this turn's own."""
        return Turn(self.talk, (*says, *self.says), (*does, *self.does), self.act, self.dial)
