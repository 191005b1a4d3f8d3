"""Steps that a request of a kind always takes: the city's data says when, and the city takes them itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from contracts.city import City
from contracts.city.steps import AutomaticStep
from contracts.intake import Change, MessageSent, SubstatusChanged
from contracts.vocabulary import ReportKind
from intake.domain.life.case import Case, Part, clock_changes, with_part, with_part_as_is
from intake.domain.life.lifecycle import step as leads_to

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ORDER: Final[Mapping[str, int]] = {"assign": 0, "remind": 1, "schedule": 2, "acknowledge": 3}
"""What is due at the same moment is done in this order: what moves nothing first."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that was taken: the case afterwards, and what to tell."""

    case: Case
    changes: tuple[Change, ...]


def is_still_due(part: Part | None, step: AutomaticStep, since: datetime) -> bool:
    """Tell whether a part stands where the step found it: whatever moved meanwhile made the step needless.

    >>> from uuid import UUID
    >>> from contracts.vocabulary import Substatus
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> step = AutomaticStep.model_validate({"id": "take", "does": "acknowledge"})
    >>> part = Part(UUID(int=1), "lights", since=noon)
    >>> is_still_due(part, step, noon), is_still_due(replace(part, substatus=Substatus.ACCEPTED), step, noon)
    (True, False)
    """
    return part is not None and not part.ended and part.substatus is step.at and part.since == since


def take(case: Case, part: Part, step: AutomaticStep, city: City, ref: str, now: datetime) -> Taken:
    """Take a step in the city's name; one that the table does not permit changes nothing.

    >>> from uuid import UUID
    >>> from contracts.vocabulary import Substatus
    >>> part = Part(UUID(int=1), "lights")
    >>> step = AutomaticStep.model_validate({"id": "take", "does": "acknowledge", "words": {"en": "We have it."}})
    >>> taken = take(Case(Substatus.ASSIGNED, parts=(part,)), part, step, None, "m", datetime(2026, 3, 2, tzinfo=UTC))
    >>> taken.case.substatus.value, [change.kind for change in taken.changes], taken.changes[1].text
    ('accepted', ['substatus', 'message'], 'We have it.')
    """
    words = _words(case, part, step, city, ref)
    if step.does == "assign":
        return Taken(with_part_as_is(case, replace(part, crew=step.crew)), words)
    if step.does == "remind":
        return Taken(case, words)
    booked = next_slot(step, city, now) if step.does == "schedule" else part.scheduled_for
    kind = ReportKind.SCHEDULED if step.does == "schedule" else ReportKind.ACCEPTED
    stands = leads_to("system", part.substatus, kind)
    if stands is None:
        return Taken(case, ())
    after = with_part(case, replace(part, substatus=stands, scheduled_for=booked))
    moved = SubstatusChanged(
        substatus=stands,
        agency=part.agency,
        assignment_id=part.assignment_id,
        scheduled_for=booked if step.does == "schedule" else None,
        step=step.id,
    )
    return Taken(after, (moved, *clock_changes(case, after), *words))


def _words(case: Case, part: Part, step: AutomaticStep, city: City, ref: str) -> tuple[Change, ...]:
    if step.words is None:
        return ()
    to = step.to or "requester"
    language = case.language if to == "requester" else city.profile.languages[0]
    return (MessageSent(sender="staff", message_ref=ref, agency=part.agency, text=step.words.say(language), to=to),)


def next_slot(step: AutomaticStep, city: City, now: datetime) -> datetime:
    """Find the next of the step's days that is no holiday and far enough ahead, by the city's own clock.

    >>> from types import SimpleNamespace as Named
    >>> city = Named(profile=Named(time_zone="UTC"), calendar=Named(holiday_dates=frozenset({date(2026, 3, 6)})))
    >>> told = {"id": "day", "does": "schedule", "on_days": ["Tue", "Fri"], "starts": "07:00", "notice_hours": 24}
    >>> str(next_slot(AutomaticStep.model_validate(told), city, datetime(2026, 3, 2, 9, tzinfo=UTC)))
    '2026-03-10 07:00:00+00:00'
    """
    zone, earliest = ZoneInfo(city.profile.time_zone), now + timedelta(hours=step.notice_hours)
    day = earliest.astimezone(zone).date()
    assert step.starts  # noqa: S101 - a step that books has an hour
    while True:
        starts = datetime.combine(day, step.starts, zone).astimezone(UTC)
        if _DAYS[day.weekday()] in step.on_days and day not in city.calendar.holiday_dates and starts >= earliest:
            return starts
        day = _after(day)


def _after(day: date) -> date:
    return day + timedelta(days=1)
