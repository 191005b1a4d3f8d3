"""The city's rules of time, looked up once and kept ready for every request."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.city import City, Span, Target
from contracts.event import RequestFacts, Texts
from contracts.frontends import Place
from sla.domain import clock, targets, wording
from sla.domain.calendar import WorkingTime, working_time
from sla.domain.clock import PromiseClock
from sla.domain.dates import working_dates
from sla.domain.escalation import Chain
from sla.domain.forecast import Forecast, History, forecast_of
from sla.domain.learning import EVERYWHERE
from sla.domain.targets import Measured, measured, targets_of
from sla.domain.versions import Version, version_on


@dataclass(frozen=True)
class Rules:
    """Targets, chains and words of one city."""

    city: City
    work: WorkingTime
    versions: dict[str, tuple[Version, ...]]
    pause_reasons: frozenset[str]
    area_kind: str
    remind_every: timedelta | None
    published: list[Target] = field(default_factory=list)
    _dated_words: dict[date | None, Texts] = field(default_factory=dict)
    _expected_words: dict[date, Texts] = field(default_factory=dict)
    _chains: dict[str, Chain] = field(default_factory=dict)
    _spans: dict[tuple[float, str, str | None], Measured] = field(default_factory=dict)

    @property
    def minimum(self) -> int:
        """Closed requests needed before a forecast rests on history."""
        return self.city.target_rules.history_minimum

    def start(self, request_id: UUID, about: RequestFacts) -> PromiseClock:
        """Start the clock of a request; the first response is due as its target says, else as the city says for all."""
        day, rules = self.day(about.opened_at), self.city.target_rules
        target, calendar = self.target(about.service_code, day), self.calendar(about.service_code, day)
        first_response = (target and target.first_response) or rules.first_response
        return clock.start(
            request_id,
            about,
            self._counted(target.due, calendar) if target else None,
            rules.at_risk_share,
            self._counted(first_response, calendar),
        )

    def measure(self, service: str, opened_at: datetime) -> Measured | None:
        """Return how the target of a request is counted: by the version that held when it was opened."""
        day = self.day(opened_at)
        target = self.target(service, day)
        return self._counted(target.due, self.calendar(service, day)) if target else None

    def calendar(self, service: str, day: date) -> str | None:
        """Name the calendar by which a service is counted: its agreement's, its agency's, or none: the city's own.

        As a target, it must be known before routing: several agencies that share the work count by the city's.
        """
        if not self.city.calendar.named:
            return None
        agency = self.only_agency(service)
        if agency is None:
            return None
        agreement = self.city.agreement(agency, service, day)
        return (agreement and agreement.calendar) or self.city.agencies[agency].calendar

    def _counted(self, span: Span, calendar: str | None) -> Measured:
        """Return how a span is counted by a calendar."""
        key = (span.amount, span.unit, calendar)
        if key not in self._spans:
            hours = self.city.calendar.called(calendar)
            work = working_time(hours, self.city.profile.time_zone)
            self._spans[key] = measured(span, work, working_dates(hours, work.zone))
        return self._spans[key]

    def target(self, service: str, day: date) -> Target | None:
        """Return the version of a service's target that holds for what is opened on a day, or None."""
        held = version_on(self.versions.get(service, ()), day)
        return held.target if held else None

    def target_days(self, span: Span, service: str, day: date) -> float:
        """Return about how many elapsed days a target comes to."""
        return wording.elapsed_days(span, self._week(service, day))

    def _week(self, service: str, day: date) -> int:
        """Return how many days of a week a service's work is done on."""
        return len(self.city.calendar.called(self.calendar(service, day)).working_days)

    def take_up(self, published: Sequence[Target]) -> None:
        """Count by targets that people have published, beside those of the city's folder."""
        for target in published[len(self.published) :]:
            self.published.append(target)
            if target.agency not in {None, self.only_agency(target.service)}:
                continue  # the city's routes have since given the work to others
            version = Version(target, is_published=True)
            others = self.versions.get(target.service, ())
            self.versions[target.service] = tuple(
                sorted((*others, version), key=lambda held: held.target.effective_from)
            )

    def only_agency(self, service: str) -> str | None:
        """Return the agency that alone does the work of a service; a target of its own must be known before routing."""
        return targets.only_agency(self.city, service)

    def chain(self, agency: str) -> Chain:
        """Return whom an agency tells; while no agency has the request, 311's own people are told."""
        owner = self.owner(agency)
        if owner not in self._chains:
            self._chains[owner] = Chain(self.city.agencies[owner].escalation, self.remind_every)
        return self._chains[owner]

    def owner(self, agency: str) -> str:
        """Return who answers for a request: its agency, or 311 itself while it has none."""
        return agency if agency in self.city.agencies else self.city.profile.operator_agency

    def area_of(self, place: Place) -> str:
        """Return the area a place is counted in: the one by which the whole city is divided; empty outside of all."""
        return place.area.get(self.area_kind, "")

    def forecast(self, service: str, history: History | None, day: date, area: str = EVERYWHERE) -> Forecast:
        """Return a service's forecast from its history, the printed baseline or the target that holds on a day."""
        baseline, has_target = self.city.baselines.get(service), self.target(service, day) is not None
        return forecast_of(history, baseline, self.minimum, has_target=has_target, area=area)

    def forecast_words(self, service: str, forecast: Forecast, day: date) -> Texts:
        """Say a service's forecast, by the target that holds on a day and never by one to come."""
        target = self.target(service, day)
        due = target.due if target else None
        return wording.forecast_words(self.city, service, forecast, due, self._week(service, day))

    def target_words(self, service: str, day: date) -> Texts:
        """Say the target that holds on a day as a length of time; empty where there is none."""
        target = self.target(service, day)
        return wording.target_words(self.city, target.due if target else None, self._week(service, day))

    def promise_words(self, said: Texts, expected_at: datetime | None, due_at: datetime | None) -> Texts:
        """Say one request's promise: the forecast as said and its day, or without one the day the work is due."""
        if expected_at is None:
            return self.none_words(due_at)
        return wording.joined(said, self.expected_words(expected_at))

    def expected_words(self, expected_at: datetime) -> Texts:
        """Say the day a forecast comes to; empty where the city has no phrase for it."""
        day = self.day(expected_at)
        if day not in self._expected_words:
            self._expected_words[day] = wording.expected_words(self.city, day)
        return self._expected_words[day]

    def none_words(self, due_at: datetime | None) -> Texts:
        """Say that there is no forecast, and the day the work is due."""
        due_on = self.day(due_at) if due_at else None
        if due_on not in self._dated_words:
            self._dated_words[due_on] = wording.promise_words(self.city, due_on)
        return self._dated_words[due_on]

    def moved_words(self, expected_at: datetime) -> Texts:
        """Say to which day a forecast moved; empty where the city has no phrase for it."""
        return wording.moved_words(self.city, self.day(expected_at))

    def resumed_words(self, expected_at: datetime | None, deadline_at: datetime | None) -> Texts:
        """Say that work goes on after a wait: to which days forecast and target have moved."""
        moved = self.moved_words(expected_at) if expected_at else {}
        due = wording.due_words(self.city, self.day(deadline_at)) if deadline_at else {}
        return wording.joined(moved, due) if moved else due

    def waiting_words(self, reason: str) -> Texts:
        """Say what a request waits for, and that there is no day until then."""
        return wording.waiting_words(self.city, reason)

    def why(self, reason: str | None) -> Texts:
        """Say why a promise was revised, or what the work waited for; empty where the city has no words for it."""
        return wording.why(self.city, reason) if reason else {}

    def has_signed(self, agency: str, on: date) -> bool:
        """Whether an agency has signed an agreement that holds on a day, about any of its services."""
        services = self.city.services
        held = (self.city.agreement(agency, service, on) for service in services)
        return any(agreement is not None and agreement.signed for agreement in held)

    def is_signed(self, service: str, day: date) -> bool:
        """Whether the agency has signed the target that holds for what is opened on a day."""
        target = self.target(service, day)
        return target is not None and target.signed

    def day(self, moment: datetime) -> date:
        """Return the city's own day of a moment."""
        return moment.astimezone(self.work.zone).date()


def listed_reason(reason: str) -> str:
    """Return the reason of a pause as a city lists it; nobody may pause a clock for one that is not listed.

    >>> listed_reason("awaiting_requester")
    'awaiting-requester'
    """
    return reason.replace("_", "-")


def rules_of(city: City) -> Rules:
    """Gather what sla needs from the city's folder."""
    work, held = working_time(city.calendar, city.profile.time_zone), targets_of(city)
    dates = working_dates(city.calendar, work.zone)
    versions = {code: tuple(map(Version, found)) for code, found in held.items()}
    remind = city.target_rules.remind_every
    return Rules(
        city,
        work,
        versions,
        frozenset(city.target_rules.pause_reasons),
        city.profile.forecast_areas,
        measured(remind, work, dates).length if remind else None,
    )
