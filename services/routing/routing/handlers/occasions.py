"""What handlers are given, and why and when something happens."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chassis.records import EVENT_CLOCK, Cause, Command
from contracts.city import Rule, RuleSet
from contracts.vocabulary import Clock
from routing.domain.cases import Case
from routing.domain.directory import Directory
from routing.domain.rulebook import Rulebook
from routing.handlers.noticing import Addresses
from routing.handlers.reading import Reader


@dataclass(frozen=True, slots=True)
class Office:
    """What every handler of routing is given: the city's desks, and where agencies read what may not travel."""

    rulebook: Rulebook
    addresses: Addresses
    reader: Reader

    @property
    def directory(self) -> Directory:
        """The desks of the city, and the rules in force."""
        return self.rulebook.directory

    def rules_in_force(self, now: datetime, service: str | None) -> list[Rule]:
        """List the rules of a moment in their order of trial, or those of one service."""
        found = self.rulebook.at(now)
        codes = [code for code in found.rules if service in {None, code}]
        every = {(rule.id, rule.version): rule for code in codes for rule in found.rules[code]}
        order = {(rule.id, rule.version): place for place, rule in enumerate(found.ordered)}
        return sorted(every.values(), key=lambda rule: order[rule.id, rule.version])

    def both(self, rules: RuleSet, on: date, now: datetime) -> tuple[Directory, Directory]:
        """Give the rules in force and other ones, both as they are on one day."""
        current = replace(self.rulebook.at(now), today=on)
        return current, current.under(rules)


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
