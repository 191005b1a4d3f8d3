"""Why a request's life took a step, and how it ended: said once, for everything the step leads to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.records import EVENT_CLOCK, Cause, Received
from intake.domain.life.closing import Outcome


@dataclass(frozen=True, slots=True)
class Why:
    """What caused a change, when it happened, and by whose clock (`event` for imported history)."""

    cause: Cause
    at: datetime
    clock: str | None = None
    door: str | None = None
    confirmed_by: str | None = None

    def through(self, door: str, confirmed_by: str | None = None) -> "Why":
        """Say by which door it came, and which second person confirmed it."""
        return replace(self, door=door, confirmed_by=confirmed_by)

    @property
    def is_past(self) -> bool:
        """Whether it is imported history."""
        return self.clock == EVENT_CLOCK or (isinstance(self.cause, Received) and self.cause.event_clock)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a request was closed, for those that follow it."""

    ending: Outcome
    by: str
    agencies: Sequence[str]
    why: Why
