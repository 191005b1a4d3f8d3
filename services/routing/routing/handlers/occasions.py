"""What handlers are given, and why and when something happens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.records import EVENT_CLOCK, Cause, Command
from contracts.vocabulary import Clock
from routing.domain.cases import Case
from routing.domain.directory import Directory


@dataclass(frozen=True, slots=True)
class Office:
    """What every handler of routing is given: the city's desks, and where agencies read what may not travel."""

    directory: Directory
    intake_base_url: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why and when something happens; `clock` marks imported history that a person decides on today.

    `said_at` is when it was said, which the log tells again; `at` is when it was heard.
    """

    because: Cause
    at: datetime
    said_at: datetime
    clock: str | None = None


def occasion_of(case: Case, command: Command[Any]) -> Occasion:
    """Tell when a person's decision happens: now, or on an imported request's own clock."""
    if case.about.clock is Clock.EVENT:
        at = case.triage.since if case.triage else case.about.opened_at
        return Occasion(command, at, at, EVENT_CLOCK)
    return Occasion(command, command.now, command.now)
