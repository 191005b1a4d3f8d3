"""The city's rules of time, looked up once and kept ready for every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.city import City, Target
from contracts.event import RequestFacts, Texts
from contracts.frontends import Place
from sla.domain import clock, wording
from sla.domain.calendar import WorkingTime, working_time
from sla.domain.clock import PromiseClock
from sla.domain.dates import working_dates
from sla.domain.escalation import Chain
from sla.domain.forecast import Forecast, History, forecast_of
from sla.domain.learning import EVERYWHERE
from sla.domain.targets import Measured, measured, targets_of


@dataclass(frozen=True)
class Rules:
    """Targets, chains and words of one city."""

    city: City
    work: WorkingTime
    targets: Mapping[str, Target]
    measured: Mapping[str, Measured]
    pause_reasons: frozenset[str]
    area_kind: str
    remind_every: timedelta | None
    _dated_words: dict[date | None, Texts] = field(default_factory=dict)
    _expected_words: dict[date, Texts] = field(default_factory=dict)

    @property
    def minimum(self) -> int:
        """Closed requests needed before a forecast rests on history."""
        return self.city.target_rules.history_minimum

    def start(self, request_id: UUID, about: RequestFacts) -> PromiseClock:
        """Start the clock of a request."""
        return clock.start(
            request_id, about, self.measured.get(about.service_code), self.city.target_rules.at_risk_share
        )

    def chain(self, agency: str) -> Chain:
        """Return whom an agency tells; while no agency has the request, 311's own people are told."""
        return Chain(self.city.agencies[self.owner(agency)].escalation, self.remind_every)

    def owner(self, agency: str) -> str:
        """Return who answers for a request: its agency, or 311 itself while it has none."""
        return agency if agency in self.city.agencies else self.city.profile.operator_agency

    def area_of(self, place: Place) -> str:
        """Return the area a place is counted in: the one by which the whole city is divided; empty outside of all."""
        return place.area.get(self.area_kind, "")

    def forecast(self, service: str, history: History | None, area: str = EVERYWHERE) -> Forecast:
        """Return a service's forecast from its history, the printed baseline or the target."""
        baseline, has_target = self.city.baselines.get(service), service in self.targets
        return forecast_of(history, baseline, self.minimum, has_target=has_target, area=area)

    def forecast_words(self, service: str, forecast: Forecast) -> Texts:
        """Say a service's forecast."""
        target = self.targets.get(service)
        return wording.forecast_words(self.city, service, forecast, target.due if target else None)

    def target_words(self, service: str) -> Texts:
        """Say a service's target as a length of time; empty where there is none."""
        target = self.targets.get(service)
        return wording.target_words(self.city, target.due if target else None)

    def promise_words(self, said: Texts, expected_at: datetime | None, due_at: datetime | None) -> Texts:
        """Say one request's promise: the forecast as said and its day, or without one the day the work is due."""
        if expected_at is None:
            return self.none_words(due_at)
        return wording.joined(said, self.expected_words(expected_at))

    def expected_words(self, expected_at: datetime) -> Texts:
        """Say the day a forecast comes to; empty where the city has no phrase for it."""
        day = self._day(expected_at)
        if day not in self._expected_words:
            self._expected_words[day] = wording.expected_words(self.city, day)
        return self._expected_words[day]

    def none_words(self, due_at: datetime | None) -> Texts:
        """Say that there is no forecast, and the day the work is due."""
        due_on = self._day(due_at) if due_at else None
        if due_on not in self._dated_words:
            self._dated_words[due_on] = wording.promise_words(self.city, due_on)
        return self._dated_words[due_on]

    def moved_words(self, expected_at: datetime) -> Texts:
        """Say to which day a forecast moved; empty where the city has no phrase for it."""
        return wording.moved_words(self.city, self._day(expected_at))

    def is_signed(self, service: str) -> bool:
        """Whether the agency has signed the target of a service."""
        return service in self.targets and self.targets[service].signed

    def may_pause(self, reason: str) -> bool:
        """Whether the city lists this reason for letting a clock stand still; nobody may pause it for another."""
        return reason.replace("_", "-") in self.pause_reasons

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.work.zone).date()


def rules_of(city: City) -> Rules:
    """Gather what sla needs from the city's folder."""
    work, targets = working_time(city.calendar, city.profile.time_zone), targets_of(city)
    dates = working_dates(city.calendar, work.zone)
    lengths = {code: measured(target.due, work, dates) for code, target in targets.items()}
    areas = sorted(city.profile.areas, key=lambda area: not area.whole)
    remind = city.target_rules.remind_every
    return Rules(
        city,
        work,
        targets,
        lengths,
        frozenset(city.target_rules.pause_reasons),
        areas[0].kind if areas else "",
        measured(remind, work, dates).length if remind else None,
    )
