"""One request's clock: what was promised, how long it stood still, and how far its escalation went."""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from contracts.event import RequestFacts
from contracts.vocabulary import Clock
from sla.domain.forecast import Lesson, minutes_to_close
from sla.domain.targets import Measured, moments, moved


class PromiseClock(NamedTuple):
    """What is known of one request's time. Whatever arrives first starts it; the rest finds its place.

    `due_at` is frozen when the clock starts; `at_risk_at` and `deadline_at` move with pauses. `revision` counts the
    promises published (0: none yet). `stage` orders closings and reopenings, which travel on different topics: even is
    open, odd is closed. `counted` is how long its last closing took, in minutes. `at_risk_told` and `breach_told` count
    the levels, and reminders, of the chain that the assignment `chain_seq` began at `chain_at`; `breached`: its breach
    was told, in whatever chain. `pause_reason` is what it waits or last waited for. `linked`: it follows another
    request, whose clock runs. `assigned_at` is when an agency first had it, `responded_at` when somebody first did or
    said something that its resident hears, `respond_by` until when that was to be; `waited` are the seconds its clock
    stood still.
    """

    request_id: UUID
    service_code: str
    opened_at: datetime
    event_clock: bool
    due_at: datetime | None
    at_risk_at: datetime | None
    deadline_at: datetime | None
    expected_at: datetime | None = None
    revision: int = 0
    agency: str = ""
    assigned_seq: int = 0
    updated_seq: int = 0
    paused_at: datetime | None = None
    stage: int = 0
    closed_at: datetime | None = None
    counted: int | None = None
    at_risk_told: int = 0
    breach_told: int = 0
    escalations: int = 0
    linked: bool = False
    area: str = ""
    assigned_at: datetime | None = None
    waited: int = 0
    responded_at: datetime | None = None
    respond_by: datetime | None = None
    chain_seq: int = 0
    chain_at: datetime | None = None
    breached: bool = False
    pause_reason: str = ""

    @property
    def is_running(self) -> bool:
        """Whether time counts now: neither closed nor paused."""
        return self.closed_at is None and self.paused_at is None

    @property
    def is_on_time(self) -> bool | None:
        """Whether it was closed by its deadline; None while it is open or where there is no target."""
        if self.closed_at is None or self.deadline_at is None:
            return None
        return min(self.closed_at, self.paused_at or self.closed_at) <= self.deadline_at


def start(
    request_id: UUID,
    about: RequestFacts,
    target: Measured | None,
    at_risk_share: float,
    first_response: Measured | None = None,
) -> PromiseClock:
    """Start a request's clock from its own facts, so that the same promise comes out whichever event arrives first."""
    promised = moments(target, about.opened_at, at_risk_share) if target else None
    due_at = promised.due_at if promised else None
    return PromiseClock(
        request_id,
        about.service_code,
        about.opened_at,
        about.clock == Clock.EVENT,
        due_at,
        promised.at_risk_at if promised else None,
        due_at,
        respond_by=first_response.measure.after(about.opened_at, first_response.length) if first_response else None,
    )


def paused(clock: PromiseClock, at: datetime, reason: str = "") -> PromiseClock:
    """Let the clock stand still; a second pause changes nothing."""
    return clock if clock.paused_at else clock._replace(paused_at=at, pause_reason=reason)


def resumed(clock: PromiseClock, at: datetime, target: Measured | None) -> PromiseClock:
    """Let the clock run again; the deadline moves by what the pause took, what was promised does not."""
    since = clock.paused_at
    if since is None:
        return clock
    clock = clock._replace(paused_at=None, waited=clock.waited + int(max(at - since, timedelta(0)).total_seconds()))
    if target is None or clock.at_risk_at is None or clock.deadline_at is None:
        return clock
    return clock._replace(
        at_risk_at=moved(clock.at_risk_at, since, at, target.measure),
        deadline_at=moved(clock.deadline_at, since, at, target.measure),
    )


def expected_after(clock: PromiseClock, at: datetime) -> datetime | None:
    """Return when the work is expected once a clock that stands still runs again: later by what it waited.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> waits = PromiseClock(UUID(int=1), "lamp", noon, False, None, None, None, expected_at=noon, paused_at=noon)
    >>> expected_after(waits, noon + timedelta(hours=3)).hour
    15
    """
    waited = max(at - clock.paused_at, timedelta(0)) if clock.paused_at else timedelta(0)
    return clock.expected_at and clock.expected_at + waited


def linked(clock: PromiseClock, at: datetime) -> PromiseClock:
    """Let a clock stand still because another request stands for this one.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> running = PromiseClock(UUID(int=1), "lamp", noon, False, None, None, None)
    >>> linked(running, noon).is_running, linked(running, noon).linked
    (False, True)
    """
    return paused(clock, at)._replace(linked=True)


def closing_stage(reopen_count: int) -> int:
    """Return the stage of the closing that follows so many reopenings.

    >>> [closing_stage(count) for count in range(3)], [reopening_stage(count) for count in (1, 2)]
    ([1, 3, 5], [2, 4])
    """
    return 2 * reopen_count + 1


def reopening_stage(reopen_count: int) -> int:
    """Return the stage of a reopening, by its count."""
    return 2 * reopen_count


def closed(clock: PromiseClock, at: datetime, stage: int, *, counts: bool) -> PromiseClock:
    """Stop the clock at the moment of closing; `counts` says whether it teaches how long the work takes.

    Pauses are left as they are: they are told by changes alone, which may come before or after the closing.
    """
    counted = minutes_to_close(clock.opened_at, at) if counts else None
    return clock._replace(stage=stage, closed_at=at, counted=counted)


def reopened(clock: PromiseClock, stage: int) -> PromiseClock:
    """Let the clock run on from its first start: what was closed wrongly was never done."""
    return clock._replace(stage=stage, closed_at=None, counted=None)


def promised(clock: PromiseClock, expected_at: datetime | None) -> PromiseClock:
    """Note one more promise, with the forecast it gave; the target is not touched."""
    return clock._replace(revision=clock.revision + 1, expected_at=expected_at)


def assigned(clock: PromiseClock, agency: str, sequence: int, at: datetime | None) -> PromiseClock:
    """Note which agency answers for the request now, and when an agency had it first.

    The chain of an agency that takes it over begins at its own first level, whoever was told before in another; that it
    is late stays what it is.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> late = PromiseClock(UUID(int=1), "lamp", noon, False, None, None, None, breach_told=2, breached=True)
    >>> after = assigned(late._replace(agency="lights", assigned_seq=1, chain_seq=1), "streets", 2, noon)
    >>> after.breach_told, after.breached, after.chain_seq
    (0, True, 2)
    >>> assigned(after._replace(breach_told=1), "streets", 3, noon).breach_told
    1
    """
    if sequence > clock.chain_seq and (agency != clock.agency or not clock.chain_seq):
        clock = entered(clock, sequence)
    began = at if sequence == clock.chain_seq else clock.chain_at
    return clock._replace(agency=agency, assigned_seq=sequence, assigned_at=clock.assigned_at or at, chain_at=began)


def entered(clock: PromiseClock, sequence: int) -> PromiseClock:
    """Begin the chain of the agency that has the request by this assignment: nobody in it was told yet.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> after = entered(PromiseClock(UUID(int=1), "lamp", noon, False, None, None, None, at_risk_told=1), 4)
    >>> after.at_risk_told, after.chain_seq
    (0, 4)
    """
    return clock._replace(chain_seq=sequence, at_risk_told=0, breach_told=0)


def corrected(clock: PromiseClock, started: PromiseClock) -> PromiseClock:
    """Measure a request by the target of the service it turned out to be, from its first start; its waits stay its own.

    `started` is how its clock would have started, had that service been asked for.

    >>> noon, hour = datetime(2026, 11, 20, 12), timedelta(hours=1)
    >>> waited = PromiseClock(UUID(int=1), "other", noon, False, noon + 5 * hour, noon + 5 * hour, noon + 7 * hour)
    >>> lamp = PromiseClock(UUID(int=1), "lamp", noon, False, noon + 3 * hour, noon + 2 * hour, noon + 3 * hour)
    >>> after = corrected(waited, lamp)
    >>> after.service_code, after.due_at.hour, after.at_risk_at.hour, after.deadline_at.hour
    ('lamp', 15, 16, 17)
    """
    waited = clock.deadline_at - clock.due_at if clock.deadline_at and clock.due_at else timedelta(0)
    return clock._replace(
        service_code=started.service_code,
        due_at=started.due_at,
        respond_by=started.respond_by,
        at_risk_at=started.at_risk_at and started.at_risk_at + waited,
        deadline_at=started.deadline_at and started.deadline_at + waited,
    )


def responded(clock: PromiseClock, at: datetime) -> PromiseClock:
    """Note when somebody first responded: the earliest of all moments, in whatever order they are heard of.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> silent = PromiseClock(UUID(int=1), "lamp", noon, False, None, None, None)
    >>> one, two = noon + timedelta(hours=1), noon + timedelta(hours=2)
    >>> responded(responded(silent, two), one) == responded(responded(silent, one), two) == responded(silent, one)
    True
    """
    return clock._replace(responded_at=min(at, clock.responded_at or at))


def lesson_of(clock: PromiseClock) -> Lesson | None:
    """Return what a closed request teaches, or None; one that follows another teaches nothing: the work was that one's.

    >>> opened = datetime(2026, 11, 20, 12)
    >>> lesson_of(PromiseClock(UUID(int=1), "lamp", opened, False, None, None, None, counted=1440, area="4"))
    Lesson(service='lamp', cohort=datetime.date(2026, 11, 1), area='4', minutes=1440)
    """
    if clock.counted is None or clock.linked:
        return None
    return Lesson(clock.service_code, clock.opened_at.date().replace(day=1), clock.area, clock.counted)
