"""The values a city's template may name, each said from the facts at hand."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import quote
from uuid import UUID
from zoneinfo import ZoneInfo

from chassis import links
from contracts.city import City, fill, say_date, say_forecast
from contracts.event import RequestFacts
from contracts.vocabulary import Disposition, EscalationKind, Moment
from notify.domain import leaving
from notify.domain.offices import PREFIX


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


class Addresses(NamedTuple):
    """Where residents follow a request, answer the survey and end mails, and the secret of links."""

    web: str
    survey: str
    key: str
    notify: str = ""


class Sayer:
    """Says what a city's templates name."""

    def __init__(self, city: City, addresses: Addresses) -> None:
        self._city, self._addresses = city, addresses
        self._zone = ZoneInfo(city.profile.time_zone)
        self._day = lru_cache(maxsize=1024)(lambda day, language: say_date(city.phrases, day, language))
        self._usual = lru_cache(maxsize=1024)(self._forecast)

    def values(self, task: Task, names: Iterable[str]) -> dict[str, str]:
        """Say the values that are named; what is not known is empty."""
        return {name: SAID[name](self, task) for name in names}

    def date(self, at: datetime, language: str) -> str:
        """Say the city's own date of a moment."""
        return self._day(at.astimezone(self._zone).date(), language)

    def service(self, task: Task) -> str:
        """Name the service asked for; a follow-up may be about none."""
        if not task.about.service_code:
            return ""
        return self._city.service_name(task.about.service_code).say(task.language)

    def agency(self, task: Task) -> str:
        """Name who acts, or the city itself."""
        slug = task.details.get("agency") or task.agency
        return self._city.agency_name(slug).say(task.language) if slug else self._city.profile.name

    def city(self, _task: Task) -> str:
        """Name the city."""
        return self._city.profile.name

    def phone(self, _task: Task) -> str:
        """Give the city's number."""
        return self._city.profile.phone or ""

    def dispute_days(self, _task: Task) -> str:
        """Tell for how many days a closing can be disputed."""
        return str(self._city.survey.dispute_days)

    def expected(self, task: Task) -> str:
        """Say the promise's own words; before it is there, the city's printed figure for the service."""
        words = task.details.get("words") or task.words
        return _say(words, task.language) if words else self._usual(task.about.service_code, task.language)

    def _forecast(self, service: str, language: str) -> str:
        phrases, baseline = self._city.phrases, self._city.baselines.get(service)
        if baseline is None:
            return phrases.forecast_none.say(language)
        return say_forecast(phrases, self._city.service_name(service).say(language), baseline.days_80, language)

    def due(self, task: Task) -> str:
        """Say the day that is promised."""
        due = _moment(task.details.get("due_at")) or task.due_at
        return self.date(due, task.language) if due else ""

    def expected_before(self, task: Task) -> str:
        """Say what was to be expected before a promise moved, where that read otherwise."""
        before = task.details.get("before")
        return _say(before, task.language) if before != task.details.get("words") else ""

    def due_before(self, task: Task) -> str:
        """Say the day that was promised before, where another one is promised now."""
        said = self._named_day(task, "due_before")
        return said if said != self.due(task) else ""

    def due_kept(self, task: Task) -> str:
        """Say the day that is promised, where it is still the one that was promised before."""
        return self.due(task) if task.details.get("due_before") and not self.due_before(task) else ""

    def due_new(self, task: Task) -> str:
        """Say the day that is promised, where none was told before."""
        return "" if task.details.get("due_before") else self.due(task)

    def look_by(self, task: Task) -> str:
        """Say until when a follow-up is to be settled."""
        return self._named_day(task, "look_by")

    def late_since(self, task: Task) -> str:
        """Say when a follow-up was due that nobody has settled."""
        return self._named_day(task, "late_since")

    def _named_day(self, task: Task, name: str) -> str:
        at = _moment(task.details.get(name))
        return self.date(at, task.language) if at else ""

    def outcome(self, task: Task) -> str:
        """Say how a follow-up was settled."""
        words = self._city.survey.follow_ups.outcomes.get(task.details.get("outcome") or "")
        return words.say(task.language) if words else ""

    def held_until(self, task: Task) -> str:
        """Say until when work waits, as far as its agency knows."""
        return self._named_day(task, "scheduled_for")

    def message(self, task: Task) -> str:
        """Give an agency's own words, or the day it has set."""
        return str(task.details.get("message") or "") or self.held_until(task)

    def disposition(self, task: Task) -> str:
        """Name how it ended."""
        code = task.details.get("disposition")
        rule = self._city.dispositions.get(Disposition(code)) if code else None
        return rule.name.say(task.language) if rule else ""

    def link(self, task: Task) -> str:
        """Make the link where this contact follows the request; there is no page of a follow-up without one.

        A campaign leads where the city says, else to its own pages.
        """
        if task.moment is Moment.CAMPAIGN:
            return str(task.details.get("link") or self._addresses.web)
        if task.details.get("no_page"):
            return ""
        if task.contact_ref.startswith(PREFIX):
            return f"{self._addresses.web}/requests/{task.about.tracking_number}"
        token = links.sign(self._addresses.key, "manage", f"{task.request_id}:{task.contact_ref}")
        who = quote(task.contact_ref, safe="")
        return f"{self._addresses.web}/requests/{task.about.tracking_number}?contact={who}&token={token}"

    def reply_to(self, task: Task) -> str:
        """Write the address that joins an answer to its request, whoever it comes from; intake checks its token."""
        mailbox = self._city.profile.mail
        if mailbox is None or task.contact_ref.startswith(PREFIX) or task.details.get("no_page"):
            return ""
        token = links.sign_lower(self._addresses.key, "mail", f"{task.request_id}:{task.contact_ref}")
        return mailbox.reply_address(task.about.tracking_number, token)

    def leaving(self, contact_ref: str, channel: str, about: UUID) -> str:
        """Make the link that ends messages about a request by a channel; none for an office, or without a door."""
        if not self._addresses.notify or contact_ref.startswith(PREFIX):
            return ""
        token = links.sign(self._addresses.key, leaving.PURPOSE, leaving.subject(channel, about, contact_ref))
        what = f"channel={channel}&request={leaving.named(about)}&contact={quote(contact_ref, safe='')}"
        return f"{self._addresses.notify}/unsubscribe?{what}&token={token}"

    def explanation(self, task: Task) -> str:
        """Give the reason that was told, or that the target has passed."""
        said = _say(task.details.get("explanation"), task.language) or self._because(task)
        if said or task.details.get("kind") != EscalationKind.BREACHED.value:
            return said
        return fill(self._city.phrases.late.say(task.language), {"due_date": self.due(task)})

    def _because(self, task: Task) -> str:
        """Say the city's words for a listed reason; one without words is not said."""
        words = self._city.because(task.details.get("reason"))
        return words.say(task.language) if words else ""

    def role(self, task: Task) -> str:
        """Name the role in an agency's chain that is told."""
        agency = self._city.agencies.get(task.details.get("agency") or "")
        titles = {level.role: level.title for level in agency.escalation} if agency else {}
        title = titles.get(task.details.get("role") or "")
        return title.say(task.language) if title else ""

    def survey_link(self, task: Task) -> str:
        """Make the link where this invitation is answered."""
        invitation = task.details.get("invitation_id")
        if invitation is None:
            return ""
        token = links.sign(self._addresses.key, "survey", invitation)
        return f"{self._addresses.survey}/surveys/{invitation}?token={token}"


SAID: Final[Mapping[str, Callable[[Sayer, Task], str]]] = {
    "tracking_number": lambda _sayer, task: task.about.tracking_number,
    "service_name": Sayer.service,
    "agency_name": Sayer.agency,
    "city_name": Sayer.city,
    "city_phone": Sayer.phone,
    "expected_text": Sayer.expected,
    "due_date": Sayer.due,
    "explanation": Sayer.explanation,
    "link": Sayer.link,
    "survey_link": Sayer.survey_link,
    "message": Sayer.message,
    "disposition_name": Sayer.disposition,
    "role_title": Sayer.role,
    "dispute_days": Sayer.dispute_days,
    "held_until": Sayer.held_until,
    "look_by": Sayer.look_by,
    "late_since": Sayer.late_since,
    "outcome_name": Sayer.outcome,
    "expected_before": Sayer.expected_before,
    "due_before": Sayer.due_before,
    "due_kept": Sayer.due_kept,
    "due_new": Sayer.due_new,
    "campaign_title": lambda _sayer, task: str(task.details.get("title") or ""),
    "campaign_text": lambda _sayer, task: str(task.details.get("text") or ""),
}
"""Value -> how it is said."""


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
