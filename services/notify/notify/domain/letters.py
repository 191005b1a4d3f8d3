"""What a message says: a city's notices, filled with the facts at hand."""

from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from contracts.city import City
from contracts.event import RequestFacts
from contracts.vocabulary import Clock, DeliveryChannel, Disposition, Moment
from notify.domain.rendering import Notices, Words
from notify.domain.saying import Addresses, Sayer, Task

__all__ = ["SAMPLE", "Addresses", "Letter", "Task", "Writer"]


class Letter(NamedTuple):
    """A message ready to send. `link` is where its reader follows the request, `reply_to` takes their answer."""

    intent_id: UUID
    channel: DeliveryChannel
    address: str
    subject: str
    text: str
    language: str
    moment: Moment
    tracking_number: str
    link: str
    at: datetime
    reply_to: str = ""
    thread: str = ""


SAMPLE: Final = RequestFacts(
    tracking_number="0000-0000-0000", service_code="", opened_at=datetime(2026, 11, 20, 17, tzinfo=UTC)
)
"""What a preview speaks of."""


class Writer:
    """Writes a city's messages."""

    def __init__(self, city: City, addresses: Addresses) -> None:
        """Compile the city's templates and write each once, so that a broken one stops the start, not a message."""
        self._city, self._notices, self._sayer = city, Notices(city), Sayer(city, addresses)
        self.languages = city.profile.languages
        for language in self.languages:
            for moment in Moment:
                self.preview(moment, language)
                self.preview_short(moment, language)

    def letter(self, task: Task, channel: DeliveryChannel, address: str) -> Letter:
        """Write one message to one address."""
        values = self._sayer.values(task, self._notices.names(task.moment, task.language))
        words = self._notices.write(task.moment, task.language, values)
        return Letter(
            task.intent_id,
            channel,
            address,
            words.subject,
            self._dated(task, words.text),
            task.language,
            task.moment,
            task.about.tracking_number,
            values["link"],
            task.at,
            self._sayer.reply_to(task),
            str(task.request_id),
        )

    def short(self, task: Task) -> str:
        """Write one message in the length of a text."""
        values = self._sayer.values(task, self._notices.short_names(task.moment, task.language))
        return self._notices.write_short(task.moment, task.language, values)

    def preview(self, moment: Moment, language: str, service: str | None = None) -> Words:
        """Write a notice about an invented request."""
        letter = self.letter(self._invented(moment, language, service), DeliveryChannel.EMAIL, "")
        return Words(letter.subject, letter.text)

    def preview_short(self, moment: Moment, language: str, service: str | None = None) -> str:
        """Write the short text of a notice about an invented request."""
        return self.short(self._invented(moment, language, service))

    def _invented(self, moment: Moment, language: str, service: str | None) -> Task:
        code = service or next(iter(self._city.services))
        details = {"message": "…", "explanation": "…", "disposition": Disposition.FIXED.value, "invitation_id": "0"}
        about = SAMPLE.model_copy(update={"service_code": code})
        at, nobody = about.opened_at, UUID(int=0)
        return Task(nobody, nobody, "0", moment, at, details, about, None, None, at, language)

    def _dated(self, task: Task, text: str) -> str:
        """Tell imported history as of its own day, as a letter is dated."""
        return f"{self._sayer.date(task.at, task.language)}\n\n{text}" if task.about.clock is Clock.EVENT else text
