"""Who is told when a request is at risk or late: the levels of an agency's chain, one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, NamedTuple

from contracts.city import EscalationLevel
from contracts.vocabulary import EscalationKind
from sla.domain.clock import PromiseClock

AT_RISK: Final = "sla.at_risk"
BREACH: Final = "sla.breach"

TIMERS: Final[Mapping[str, EscalationKind]] = {AT_RISK: EscalationKind.AT_RISK, BREACH: EscalationKind.BREACHED}
"""What each timer finds."""
LATE_BY: Final = timedelta(hours=1)
"""How much later than expected work must be before it is expected anew: people are told hours and days, not minutes."""


@dataclass(frozen=True, eq=False)
class Chain:
    """Whom an agency tells, and how often the last of them is reminded while the work stays late; None: never."""

    levels: Sequence[EscalationLevel]
    remind_every: timedelta | None = None

    @cached_property
    def levels_of(self) -> Mapping[EscalationKind, tuple[EscalationLevel, ...]]:
        """Whom each finding is told, soonest first; sorted once, for it is asked at every event of every request."""
        return {kind: chain_of(self.levels, kind) for kind in TIMERS.values()}


class Step(NamedTuple):
    """The next level to tell, and when; `reminder` counts how often the last one is told again."""

    kind: EscalationKind
    level: EscalationLevel
    at: datetime
    reminder: int = 0


def chain_of(levels: Sequence[EscalationLevel], kind: EscalationKind) -> tuple[EscalationLevel, ...]:
    """Return the levels told of this finding, soonest first; a breach is never silent.

    >>> from contracts.city import LocalizedText
    >>> title = LocalizedText({"en": "Lead"})
    >>> lead = EscalationLevel(level=1, role="lead", title=title, trigger="at_risk")
    >>> chief = EscalationLevel(level=3, role="chief", title=title, trigger="breached", after_hours=72)
    >>> manager = EscalationLevel(level=2, role="manager", title=title, trigger="breached")
    >>> [level.role for level in chain_of((chief, lead, manager), EscalationKind.BREACHED)]
    ['manager', 'chief']
    >>> [level.role for level in chain_of((lead,), EscalationKind.BREACHED)]
    ['lead']
    """
    found = sorted((x for x in levels if x.trigger == kind), key=lambda x: (x.after_hours, x.level))
    if not found and kind == EscalationKind.BREACHED:
        return chain_of(levels, EscalationKind.AT_RISK)
    return tuple(found)


def next_step(clock: PromiseClock, kind: EscalationKind, chain: Chain, now: datetime | None = None) -> Step | None:
    """Return the level to tell next and when; at risk is no news once it is late.

    Whoever takes a request over is told from then on at the soonest: the hours of its levels begin with it. Once all
    were told, the last is reminded; reminders that nobody sent in time are one by `now`, not many.
    """
    is_breach, levels = kind == EscalationKind.BREACHED, chain.levels_of[kind]
    done, since = (clock.breach_told, clock.deadline_at) if is_breach else (clock.at_risk_told, clock.at_risk_at)
    if since is None or not levels or (clock.breached and not is_breach):
        return None
    since = max(since, clock.chain_at or since)
    if not is_breach and clock.deadline_at and since > clock.deadline_at:  # whoever gets it late hears that it is
        return None
    if done < len(levels):
        return Step(kind, levels[done], since + timedelta(hours=levels[done].after_hours))
    if not is_breach or chain.remind_every is None:
        return None
    told_last = since + timedelta(hours=levels[-1].after_hours)
    number = done - len(levels) + 1
    if now is not None:
        number = max(number, (now - told_last) // chain.remind_every)
    return Step(kind, levels[-1], told_last + number * chain.remind_every, number)


def told(clock: PromiseClock, kind: EscalationKind, reminder: int, chain: Chain) -> PromiseClock:
    """Note that one more level was told, or the last one reminded."""
    is_breach = kind == EscalationKind.BREACHED
    clock = clock._replace(escalations=clock.escalations + 1, breached=clock.breached or is_breach)
    if not is_breach:
        return clock._replace(at_risk_told=clock.at_risk_told + 1)
    if reminder:
        return clock._replace(breach_told=len(chain.levels_of[kind]) + reminder)
    return clock._replace(breach_told=clock.breach_told + 1)


def missed_at_closing(clock: PromiseClock, closed_at: datetime, chain: Chain) -> Step | None:
    """Return the breach to tell when a request is closed late and no timer has said so, as for imported history.

    It carries the moment of the deadline, not of the closing.
    """
    if clock.deadline_at is None or closed_at <= clock.deadline_at or clock.breached:
        return None
    step = next_step(clock, EscalationKind.BREACHED, chain)
    return step and step._replace(at=clock.deadline_at)


def timers_of(clock: PromiseClock, chain: Chain) -> dict[str, datetime]:
    """Return when each timer must look at this clock again; imported history is never watched by wall time.

    The first of them also looks when the work was expected, so that a forecast that did not hold is not left standing;
    where nothing else is watched for, as without a target, one looks for that alone.

    >>> from uuid import UUID
    >>> noon = datetime(2026, 11, 20, 12)
    >>> no_target = PromiseClock(UUID(int=1), "lamp", noon, False, None, None, None, expected_at=noon)
    >>> timers_of(no_target, Chain(())) == {AT_RISK: noon + LATE_BY}
    True
    """
    if clock.event_clock or not clock.is_running:
        return {}
    steps = {kind: next_step(clock, found, chain) for kind, found in TIMERS.items()}
    timers = {kind: step.at for kind, step in steps.items() if step is not None}
    if clock.expected_at is not None:
        first, late_from = min(timers, key=lambda kind: timers[kind], default=AT_RISK), clock.expected_at + LATE_BY
        timers[first] = min(timers.get(first, late_from), late_from)
    return timers
