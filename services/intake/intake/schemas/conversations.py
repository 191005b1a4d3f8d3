"""Bodies of conversations by chat, app and web."""

from typing import Literal

from pydantic import Field

from contracts.vocabulary import Channel
from intake.schemas.requests import Body, KeptBody, Words
from intake.schemas.told import ToldPlace

ChatChannel = Literal[Channel.CHAT, Channel.APP, Channel.WEB]


class SayMore(KeptBody):
    """What is said next: words, a shared location, pictures; any of them alone will do."""

    text: Words = Field("", max_length=1600)
    place: ToldPlace | None = Field(None, description="A location that was shared.")
    photos: tuple[Words, ...] = Field((), max_length=10, description="Claims of POST /photos, or addresses to fetch.")
    channel: ChatChannel = Channel.CHAT


class BeginTalk(SayMore):
    """A conversation is begun; with a first message, place or picture it is answered at once, else greeted."""

    language: str | None = Field(None, max_length=8, description="One of the city's; left out, it is heard.")


class NextStep(Body):
    """What to do next: start this request, call this desk (open now, closed now, or nobody told), 211, 911."""

    kind: Literal["start_request", "call", "call_211", "call_911"]
    service: str | None = None
    name: str | None = None
    phone: str | None = None
    hours: str | None = None
    open: bool | None = None


class Cited(Body):
    """The article that answered: every word of the answer is one of its own."""

    article_id: str
    version: int
    confidence: float = Field(ge=0, le=1)
    next: NextStep | None = None


class Said(Body):
    """An answer. `reference` goes on in any channel; `token` is needed for every further message here."""

    reference: str
    token: str
    says: list[str]
    language: str
    step: str = Field(description="What is awaited: open, propose, offer, question, place, photo, confirm, agent, ….")
    request_id: str | None = Field(None, description="The request it made, once it did.")
    answer: Cited | None = Field(None, description="The article behind the answer, if a question was answered.")
