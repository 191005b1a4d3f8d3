"""A whole city, checked, with everything to be found by its name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from contracts.city.adapters import Adapter, Integration
from contracts.city.agencies import Agency, Transfer
from contracts.city.agreements import Agreement
from contracts.city.appointments import Bookable
from contracts.city.base import LocalizedText, LocalizedWords
from contracts.city.conversation import Conversation
from contracts.city.gaps import Known, gaps
from contracts.city.imports import LegacyImport
from contracts.city.messages import DispositionRule, ListedReason, Phrases, StatusWords, Template
from contracts.city.onboarding import Onboarding, OnboardingFile, Process
from contracts.city.people import PeopleFile
from contracts.city.profile import Profile
from contracts.city.promises import Baseline, Calendar, NoBaseline, Target, TargetRules
from contracts.city.routes import Rule, RuleSet
from contracts.city.services import Group, Service
from contracts.city.steps import StepsFile
from contracts.city.survey import Survey
from contracts.city.telling import Office, Telling
from contracts.city.triage import TriageFile
from contracts.vocabulary import Disposition, Moment, Substatus


@dataclass(frozen=True)
class City:
    """One city's folder; `version` changes whenever any of its files does. Mappings keep the files' order."""

    folder: Path
    version: str
    profile: Profile
    agencies: Mapping[str, Agency]
    transfers: Mapping[str, Transfer]
    groups: Mapping[str, Group]
    services: Mapping[str, Service]
    rule_set: RuleSet
    target_rules: TargetRules
    targets: tuple[Target, ...]
    agreements: tuple[Agreement, ...]
    baselines: Mapping[str, Baseline]
    no_baseline: NoBaseline
    calendar: Calendar
    notices: Mapping[Moment, Template]
    statuses: Mapping[Substatus, StatusWords]
    phrases: Phrases
    telling: Telling
    offices: tuple[Office, ...]
    dispositions: Mapping[Disposition, DispositionRule]
    reasons: Mapping[str, ListedReason]
    hollow: frozenset[str]
    steps: StepsFile
    survey: Survey
    people: PeopleFile
    conversation: Conversation
    triage: TriageFile
    imports: Mapping[str, LegacyImport]
    bookable: Mapping[str, Bookable]
    spoken: Mapping[str, LocalizedWords]
    onboarding_file: OnboardingFile
    adapters: Mapping[str, Adapter] = field(default_factory=dict)
    integrations: tuple[Integration, ...] = ()
    synonyms: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    """Groups of words for the same thing, by language."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The city's own rules in their order of trial; routing may have others in force that were published since."""
        return self.rule_set.rules

    @cached_property
    def rules_by_service(self) -> dict[str, tuple[Rule, ...]]:
        """The rules of each service in their order of trial; a service without rules goes to triage."""
        return {code: tuple(rule for rule in self.rules if code in rule.services) for code in self.services}

    @cached_property
    def onboarding(self) -> Mapping[str, Onboarding]:
        """How far each service has come."""
        return {entry.service: entry for entry in self.onboarding_file.services}

    @cached_property
    def processes(self) -> Mapping[str, Process]:
        """The processes by name."""
        return {process.slug: process for process in self.onboarding_file.processes}

    def because(self, reason: str | None) -> LocalizedText | None:
        """Say why work waits or a promise moved; None for what the city has no words for. Nobody is shown the code."""
        words, code = self.telling.because, reason or ""
        return words.get(code) or words.get(code.replace("_", "-"))

    def gaps(self, code: str) -> list[str]:
        """List what a service lacks before it may go live."""
        with_target = {target.service for target in self.targets if target.agency is None}
        known = Known(
            self.agencies, self.processes, with_target, self.rule_set.by_service, self.profile.triage_services
        )
        return gaps(self.services[code], self.onboarding.get(code), known)

    @cached_property
    def offered(self) -> Mapping[str, Service]:
        """The services that somebody may be offered: open ones, without those that only say a person must read it."""
        triage = set(self.profile.triage_services)
        return {code: service for code, service in self.services.items() if service.enabled and code not in triage}

    @cached_property
    def offered_words(self) -> Mapping[str, str]:
        """What each offered service is called, in every language, and its keywords: to choose from by words."""
        texts = {code: (service.name.root.values(), service.keywords.all()) for code, service in self.offered.items()}
        return {code: ", ".join(dict.fromkeys((*names, *keywords))) for code, (names, keywords) in texts.items()}

    @cached_property
    def working_agencies(self) -> tuple[Agency, ...]:
        """The agencies that requests may be routed to, each with an inbox and an outbox."""
        return tuple(agency for agency in self.agencies.values() if agency.takes_requests)

    @cached_property
    def _targets(self) -> dict[tuple[str, str | None], tuple[Target, ...]]:
        ordered = sorted(self.targets, key=lambda target: target.effective_from)
        keys = {(target.service, target.agency) for target in ordered}
        return {key: tuple(t for t in ordered if (t.service, t.agency) == key) for key in keys}

    def target_versions(self, service: str, agency: str | None = None) -> tuple[Target, ...]:
        """Return every version of the agency's own target for a service, else of the service's, oldest first."""
        return self._targets.get((service, agency)) or self._targets.get((service, None)) or ()

    def target(self, service: str, agency: str | None = None) -> Target | None:
        """Return the newest version of the agency's own target for a service, else of the service's, else None."""
        versions = self.target_versions(service, agency)
        return versions[-1] if versions else None

    @cached_property
    def _agreements(self) -> dict[str, tuple[Agreement, ...]]:
        return {slug: tuple(a for a in self.agreements if a.agency == slug) for slug in self.agencies}

    def agreement(self, agency: str, service: str, on: date) -> Agreement | None:
        """Return the newest agreement with an agency that is about a service on a day, or None."""
        found = [a for a in self._agreements.get(agency, ()) if a.is_about(service, on)]
        return max(found, key=lambda a: (a.effective_from, a.version), default=None)

    def service_name(self, code: str) -> LocalizedText:
        """Return what a service is called; an unknown code is called by itself."""
        service = self.services.get(code)
        return service.name if service else LocalizedText({self.profile.languages[0]: code})

    def agency_name(self, slug: str) -> LocalizedText:
        """Return what an agency is called; an unknown slug is called by itself."""
        agency = self.agencies.get(slug)
        return agency.name if agency else LocalizedText({self.profile.languages[0]: slug})
