"""What a message says: a city's notices, filled with the facts at hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.city import City, fill
from contracts.event import RequestFacts
from contracts.vocabulary import Clock, DeliveryChannel, Disposition, Moment
from notify.domain.hours import Clock as HourClock
from notify.domain.leaving import EVERYTHING, left_with
from notify.domain.offices import Offices
from notify.domain.rendering import Notices, Words
from notify.domain.saying import Addresses, Sayer, Task
from notify.domain.texts import plain

__all__ = ["SAMPLE", "Addresses", "Letter", "Task", "Writer"]


_SHORT: Final = frozenset({DeliveryChannel.SMS, DeliveryChannel.PUSH, DeliveryChannel.SOCIAL, DeliveryChannel.VOICE})
"""Channels that take a notice in the length of a text message."""


class Letter(NamedTuple):
    """A message ready to send. `link` is where its reader follows the request, `reply_to` takes their answer.

    `thread` names its request where mail programs show its letters together; `leaving` is where its reader ends them.
    """

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
    request_id: UUID = UUID(int=0)
    thread: str = ""
    leaving: str = ""


SAMPLE: Final = RequestFacts(
    tracking_number="0000-0000-0000", service_code="", opened_at=datetime(2026, 11, 20, 17, tzinfo=UTC)
)
"""What a preview speaks of."""
_BEFORE: Final = SAMPLE.opened_at - timedelta(days=3)


class Writer:
    """Writes a city's messages."""

    def __init__(self, city: City, addresses: Addresses) -> None:
        """Compile the city's templates and write each once, so that a broken one stops the start, not a message."""
        self._city, self._notices, self._sayer = city, Notices(city), Sayer(city, addresses)
        self.offices = Offices(city)
        self.urgent = frozenset(moment.value for moment in city.telling.urgent)
        self.clock = HourClock(city.telling, ZoneInfo(city.profile.time_zone))
        self.voices = city.telling.voices
        self.milestones = frozenset(city.telling.milestones)
        self.text_parts_a_day = city.telling.text_parts_a_day
        self.languages = city.profile.languages
        for language in self.languages:
            for moment in Moment:
                self.preview(moment, language)
                self.preview_short(moment, language)

    def letter(self, task: Task, channel: DeliveryChannel, address: str) -> Letter:
        """Write one message to one address, as long as its channel takes."""
        if channel in _SHORT:
            return self._letter(task, channel, address, Words(self._title(task), plain(self.short(task))), "")
        values = self._sayer.values(task, self._notices.names(task.moment, task.language))
        words = self._notices.write(task.moment, task.language, values)
        return self._letter(
            task,
            channel,
            address,
            words._replace(text=self._urged(task, self._dated(task, words.text))),
            values["link"],
        )

    def digest(self, tasks: Sequence[Task], channel: DeliveryChannel, address: str) -> Letter:
        """Write several messages to one contact as one, named after the first."""
        first, around = tasks[0], self._city.telling.digest
        numbers = {task.about.tracking_number for task in tasks}
        subject = fill(around.subject.say(first.language), {"count": len(numbers)})
        told = [plain(self.short(task)) for task in tasks]
        words = Words(subject, "\n\n".join([around.introduction.say(first.language), *told]))
        return self._letter(first, channel, address, words, "", leaves=EVERYTHING)._replace(thread="", reply_to="")

    def _letter(
        self, task: Task, channel: DeliveryChannel, address: str, words: Words, link: str, leaves: UUID | None = None
    ) -> Letter:
        is_mail = channel is DeliveryChannel.EMAIL
        about = leaves or left_with(task.moment, task.request_id)
        leaving = self._sayer.leaving(task.contact_ref, channel.value, about) if is_mail else ""
        text = (
            f"{words.text}\n\n{self._city.telling.unsubscribe.say(task.language)} {leaving}" if leaving else words.text
        )
        return Letter(
            task.intent_id,
            channel,
            address,
            words.subject,
            text,
            task.language,
            task.moment,
            task.about.tracking_number,
            link or self._sayer.link(task),
            task.at,
            self._sayer.reply_to(task) if is_mail else "",
            task.request_id,
            str(task.request_id),
            leaving,
        )

    def _title(self, task: Task) -> str:
        return f"{self._sayer.city(task)}: {task.details.get('title') or task.about.tracking_number}"

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
        details: dict[str, Any] = {"message": "…", "explanation": "…", "disposition": Disposition.FIXED.value}
        about = SAMPLE.model_copy(update={"service_code": code})
        at, nobody = about.opened_at, UUID(int=0)
        details |= {"scheduled_for": at.isoformat(), "before": {language: "…"}, "due_before": _BEFORE.isoformat()}
        details |= {"invitation_id": "0", "look_by": at.isoformat(), **self._who_acts()}
        details |= {"title": "…", "text": "…", "link": "…"} if moment is Moment.CAMPAIGN else {}
        return Task(nobody, nobody, "0", moment, at, details, about, None, None, at, language)

    def _who_acts(self) -> dict[str, str]:
        """Name an agency, and one of those in its chain, that an invented request may be with."""
        agency = next(iter(self._city.working_agencies))
        return {"agency": agency.slug, "role": agency.escalation[0].role if agency.escalation else ""}

    def _urged(self, task: Task, text: str) -> str:
        """Say before all else whom to call, where somebody wrote of danger or of need."""
        profile = self._city.profile
        known = {"emergency": profile.emergency, "social_services": profile.social_services}
        calls = [known[call].text.say(task.language) for call in task.details.get("told_to_call", ())]
        return "\n\n".join((*calls, text))

    def _dated(self, task: Task, text: str) -> str:
        """Tell imported history as of its own day, as a letter is dated."""
        return f"{self._sayer.date(task.at, task.language)}\n\n{text}" if task.about.clock is Clock.EVENT else text
