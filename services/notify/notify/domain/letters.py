"""What a message says: the facts at hand turned into the values a city's template may name."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import links
from contracts.city import City, say_date, say_forecast
from contracts.event import RequestFacts
from contracts.vocabulary import Clock, DeliveryChannel, Disposition, Moment
from notify.domain.rendering import Notices, Words


class Task(NamedTuple):
    """A message whose time has come, with what is known of its request and its contact."""

    intent_id: UUID
    request_id: UUID
    contact_ref: str
    moment: Moment
    at: datetime
    details: Mapping[str, Any]
    about: RequestFacts
    agency: str | None
    words: Mapping[str, str] | None
    due_at: datetime | None
    language: str


class Letter(NamedTuple):
    """A message ready to send. `link` is where its reader follows the request."""

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


class Addresses(NamedTuple):
    """Where residents follow a request and answer the survey, and the secret that makes links unguessable."""

    web: str
    survey: str
    key: str


SAMPLE: Final = RequestFacts(
    tracking_number="0000-0000-0000", service_code="", opened_at=datetime(2026, 11, 20, 17, tzinfo=UTC)
)
"""What a preview speaks of."""


class Writer:
    """Writes a city's messages."""

    def __init__(self, city: City, addresses: Addresses) -> None:
        """Compile the city's templates and write each once, so that a broken one stops the start, not a message."""
        self._city, self._addresses, self._notices = city, addresses, Notices(city)
        self._zone = ZoneInfo(city.profile.time_zone)
        self.languages = city.profile.languages
        for language in self.languages:
            for moment in Moment:
                self.preview(moment, language)

    def letter(self, task: Task, channel: DeliveryChannel, address: str) -> Letter:
        """Write one message to one address."""
        values = self.values(task)
        words = self._write(task, values)
        return Letter(
            intent_id=task.intent_id,
            channel=channel,
            address=address,
            subject=words.subject,
            text=words.text,
            language=task.language,
            moment=task.moment,
            tracking_number=task.about.tracking_number,
            link=values["link"],
            at=task.at,
        )

    def preview(self, moment: Moment, language: str, service: str | None = None) -> Words:
        """Write a notice about an invented request."""
        code = service or next(iter(self._city.services))
        details = {"message": "…", "explanation": "…", "disposition": Disposition.FIXED.value, "invitation_id": "0"}
        about = SAMPLE.model_copy(update={"service_code": code})
        at, nobody = about.opened_at, UUID(int=0)
        task = Task(nobody, nobody, "0", moment, at, details, about, None, None, at, language)
        return self._write(task, self.values(task))

    def _write(self, task: Task, values: Mapping[str, str]) -> Words:
        words = self._notices.write(task.moment, task.language, values)
        if task.about.clock is not Clock.EVENT:
            return words
        # Imported history is told as of its own day, as a letter is dated.
        return Words(words.subject, f"{self._date(task.at, task.language)}\n\n{words.text}")

    def values(self, task: Task) -> dict[str, str]:
        """Say every value a template may name; what is not known is empty."""
        city, said, tongue = self._city, task.details, task.language
        due = _moment(said.get("due_at")) or task.due_at
        return {
            "tracking_number": task.about.tracking_number,
            "service_name": city.service_name(task.about.service_code).say(tongue),
            "agency_name": self._agency(said.get("agency") or task.agency, tongue),
            "city_name": city.profile.name,
            "city_phone": city.profile.phone or "",
            "expected_text": self._expected(task),
            "due_date": self._date(due, tongue) if due else "",
            "explanation": _say(said.get("explanation"), tongue),
            "link": self._link(task),
            "survey_link": self._survey_link(said.get("invitation_id")),
            "message": self._message(said, tongue),
            "disposition_name": self._disposition(said.get("disposition"), tongue),
            "role_title": "",
            "dispute_days": str(city.survey.dispute_days),
        }

    def _agency(self, slug: str | None, language: str) -> str:
        return self._city.agency_name(slug).say(language) if slug else self._city.profile.name

    def _expected(self, task: Task) -> str:
        """Say the promise's own words; before it is there, the city's printed figure for the service."""
        words = task.details.get("words") or task.words
        if words:
            return _say(words, task.language)
        phrases, baseline = self._city.phrases, self._city.baselines.get(task.about.service_code)
        if baseline is None:
            return phrases.forecast_none.say(task.language)
        name = self._city.service_name(task.about.service_code).say(task.language)
        return say_forecast(phrases, name, baseline.days_80, task.language)

    def _message(self, said: Mapping[str, Any], language: str) -> str:
        scheduled = _moment(said.get("scheduled_for"))
        return str(said.get("message") or "") or (self._date(scheduled, language) if scheduled else "")

    def _disposition(self, code: str | None, language: str) -> str:
        rule = self._city.dispositions.get(Disposition(code)) if code else None
        return rule.name.say(language) if rule else ""

    def _date(self, at: datetime, language: str) -> str:
        return say_date(self._city.phrases, at.astimezone(self._zone).date(), language)

    def _link(self, task: Task) -> str:
        token = links.sign(self._addresses.key, "manage", f"{task.request_id}:{task.contact_ref}")
        who = quote(task.contact_ref, safe="")
        return f"{self._addresses.web}/requests/{task.about.tracking_number}?contact={who}&token={token}"

    def _survey_link(self, invitation: str | None) -> str:
        if invitation is None:
            return ""
        token = links.sign(self._addresses.key, "survey", invitation)
        return f"{self._addresses.survey}/surveys/{invitation}?token={token}"


def _say(words: Mapping[str, str] | str | None, language: str) -> str:
    """Say words in a language, else in the first there is; plain words are said as they are.

    >>> _say({"en": "Done", "es": "Hecho"}, "es"), _say({"en": "Done"}, "es"), _say("Done", "es"), _say(None, "es")
    ('Hecho', 'Done', 'Done', '')
    """
    if not words:
        return ""
    return words if isinstance(words, str) else words.get(language) or next(iter(words.values()))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
