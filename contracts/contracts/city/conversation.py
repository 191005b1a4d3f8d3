"""How a city talks by text, chat and voice: its phrases, the words it listens for, and the voice menu."""

from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import PLACEHOLDER, CityModel, LocalizedText, LocalizedWords, OpeningHours, Slug

Deed = Literal["transfer", "menu", "report", "status", "question", "agent", "callback", "voicemail", "language"]


class Phrasebook(CityModel):
    """Everything the conversation says. Values stand in {{ }}."""

    greeting: LocalizedText
    help: LocalizedText
    stopped: LocalizedText
    started: LocalizedText
    language_set: LocalizedText
    ask_problem: LocalizedText
    ask_tracking: LocalizedText
    status: LocalizedText
    status_unknown: LocalizedText
    answer: LocalizedText
    answer_mailed: LocalizedText
    offer_report: LocalizedText
    propose: LocalizedText
    propose_several: LocalizedText
    propose_as_said: LocalizedText
    not_understood: LocalizedText
    may_skip: LocalizedText
    wrong_answer: LocalizedText
    ask_place: LocalizedText
    place_shared: LocalizedText
    ask_photo: LocalizedText
    photo_kept: LocalizedText
    confirm: LocalizedText
    made: LocalizedText
    not_made: LocalizedText
    nothing_sent: LocalizedText
    draft: LocalizedText
    resumed: LocalizedText
    transfer: LocalizedText
    transfer_open: LocalizedText
    transfer_closed: LocalizedText
    agent: LocalizedText
    agent_waiting: LocalizedText
    voicemail: LocalizedText
    voicemail_kept: LocalizedText
    callback: LocalizedText
    goodbye: LocalizedText

    @model_validator(mode="after")
    def _values_known(self) -> Self:
        for name in type(self).model_fields:
            for text in getattr(self, name).root.values():
                strange = set(PLACEHOLDER.findall(text)) - VALUES.get(name, frozenset())
                if strange:
                    raise ValueError(f"{name} names {', '.join(sorted(strange))}, which it is not given")
        return self


VALUES: dict[str, frozenset[str]] = {
    "greeting": frozenset({"city"}),
    "status": frozenset({"number", "service", "status", "meaning", "forecast"}),
    "answer": frozenset({"title", "summary", "article", "version"}),
    "offer_report": frozenset({"service"}),
    "propose": frozenset({"service"}),
    "propose_several": frozenset({"choices"}),
    "confirm": frozenset({"service", "place", "details"}),
    "made": frozenset({"number", "forecast"}),
    "not_made": frozenset({"problem"}),
    "draft": frozenset({"reference"}),
    "resumed": frozenset({"reference"}),
    "transfer": frozenset({"name", "phone"}),
    "transfer_open": frozenset({"name"}),
    "transfer_closed": frozenset({"name", "hours"}),
    "agent": frozenset({"reference"}),
    "voicemail_kept": frozenset({"reference"}),
    "callback": frozenset({"reference"}),
}
"""What may stand in {{ }}, by phrase."""


class ListenedFor(CityModel):
    """Whole messages that mean something at any point; the last four are looked for inside a message.

    `questions` begin a question; `appeals` ask that something be done, even if as a question (can you…); `courtesies`
    greet, thank and announce a question; `marks` are small words that tell one language from another.
    """

    yes: LocalizedWords
    no: LocalizedWords
    skip: LocalizedWords
    stop: LocalizedWords
    start: LocalizedWords
    help: LocalizedWords
    cancel: LocalizedWords
    agent: LocalizedWords
    status: LocalizedWords
    languages: LocalizedWords
    questions: LocalizedWords
    appeals: LocalizedWords
    courtesies: LocalizedWords
    marks: LocalizedWords


class Choice(CityModel):
    """One line of the voice menu: the key to press or the words to say, and what follows."""

    key: str = Field(pattern=r"^[0-9]$")
    words: LocalizedWords
    does: Deed
    transfer: Slug | None = None
    service: Slug | None = None
    language: str | None = None
    menu: "Menu | None" = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {"transfer": self.transfer, "report": self.service, "language": self.language, "menu": self.menu}
        if self.does in needed and needed[self.does] is None:
            raise ValueError(f"does {self.does} but does not say which; add `{_PARTS.get(self.does, self.does)}`")
        return self


_PARTS = {"report": "service"}


class Menu(CityModel):
    """What is said, and what may be chosen; no key is there twice."""

    say: LocalizedText
    choices: tuple[Choice, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        keys = [choice.key for choice in self.choices]
        if len(keys) != len(set(keys)):
            raise ValueError("has one key twice; give each choice its own")
        return self

    def all_choices(self) -> tuple[Choice, ...]:
        """Every choice of this menu and of those below it."""
        below = (choice.menu.all_choices() for choice in self.choices if choice.menu)
        return (*self.choices, *(choice for choices in below for choice in choices))


Choice.model_rebuild()


class Agents(CityModel):
    """Where a caller reaches a person: a number to connect to while somebody answers it; else voicemail."""

    phone: str | None = None
    hours: OpeningHours = OpeningHours("24/7")
    wait_target_seconds: int | None = Field(default=None, ge=10, le=168)
    """So long somebody should wait at most, in the range of other cities: 10 seconds to 2.8 minutes."""


class Conversation(CityModel):
    """`conversation.yaml`. `region` is the country (ISO 3166) that telephone numbers without a prefix belong to."""

    region: str = Field(pattern=r"^[A-Z]{2}$")
    agents: Agents = Agents()
    phrases: Phrasebook
    words: ListenedFor
    voice: Menu
