"""The rule table: the first rule that matches a request names its desk; none means that a person must look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from contracts.city import Rule, When
from contracts.event import Texts
from contracts.frontends import Answer
from contracts.vocabulary import AssignmentCause
from routing.domain.directory import Directory

SURE_ENOUGH = 0.5
"""Below this confidence a rule only suggests, and the triage desk decides."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a rule may look at; what is not known meets no condition.

    `opened_at` is when the request was made. History is decided by the rules of its own day, everything else by those
    of today.
    """

    service_code: str
    attributes: Mapping[str, Answer]
    areas: Mapping[str, str]
    spot: tuple[float, float] | None = None
    asset_id: str | None = None
    channel: str | None = None
    opened_at: datetime | None = None
    is_history: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A desk, and why it was chosen. `confidence` is from 0 to 1; `runner_up` is the agency that came second."""

    agency: str
    queue: str
    reason: Texts
    cause: AssignmentCause = AssignmentCause.RULE
    rule_id: str | None = None
    rule_version: int | None = None
    confidence: float = 1.0
    runner_up: str | None = None


def choose(question: Question, directory: Directory) -> tuple[Choice, ...]:
    """Find the desks of a request: the first matching rule's, and those that work beside it. Empty means triage.

    A dead animal is Sanitation's; any other animal is Animal Services', and they come second for the dead one:

    >>> from dataclasses import replace
    >>> from contracts.city import Standing
    >>> say = {"en": "by type"}
    >>> dead = Rule(id="dead", version=1, services=("animal",), when=When(attributes={"state": ("dead",)}),
    ...             agency="sanitation", queue="dead-animals", reason=say)
    >>> other = Rule(id="animal", version=3, services=("animal",), agency="animals", queue="field", reason=say)
    >>> desks = Directory({"animal": (dead, other)}, {"sanitation": ("dead-animals",), "animals": ("field",)})
    >>> found = choose(Question("animal", {"state": "dead"}, {}), desks)
    >>> [(c.agency, c.rule_id, c.runner_up) for c in found]
    [('sanitation', 'dead', 'animals')]
    >>> [(c.agency, c.rule_version, c.runner_up) for c in choose(Question("animal", {"state": "loose"}, {}), desks)]
    [('animals', 3, None)]

    A service that is a pilot elsewhere, or off, goes to a person, and so does what no rule knows:

    >>> choose(Question("animal", {}, {"district": "9"}), replace(desks, standings={"animal": Standing(
    ...     mode="pilot", areas={"district": ("4",)})}))
    ()

    >>> choose(Question("other", {}, {}), desks)
    ()
    """
    if question.service_code in directory.triage_services:
        return ()
    found = _matching(question, directory)
    if not found or found[0].confidence < SURE_ENOUGH or not _is_open(question, found[0].agency, directory):
        return ()
    return _choices(found)


def is_elsewhere(question: Question, directory: Directory) -> bool:
    """Tell whether a request waits for a person because its service is a pilot somewhere else, or off.

    >>> from contracts.city import Standing
    >>> taxi = Rule(id="taxi", version=1, services=("taxi",), agency="roads", queue="crew", reason={"en": "A taxi."})
    >>> off = Directory({"taxi": (taxi,)}, {}, standings={"taxi": Standing(mode="off")})
    >>> is_elsewhere(Question("taxi", {}, {}), off), is_elsewhere(Question("tree", {}, {}), off)
    (True, False)
    """
    found = _matching(question, directory)
    return bool(found) and not _is_open(question, found[0].agency, directory)


def _is_open(question: Question, agency: str, directory: Directory) -> bool:
    standing = directory.standings.get(question.service_code)
    return standing is None or standing.takes(question.areas, agency)


def _matching(question: Question, directory: Directory) -> list[Rule]:
    day = _day(question, directory)
    rules = (rule for rule in directory.rules.get(question.service_code, ()) if rule.is_in_force(day))
    return [rule for rule in rules if rule.when.is_always or matches(rule.when, question, directory)]


def _day(question: Question, directory: Directory) -> date | None:
    historic = question.is_history and question.opened_at
    return directory.local(historic).date() if historic else directory.today


def _choices(found: list[Rule]) -> tuple[Choice, ...]:
    rule = found[0]
    second = next((other.agency for other in found[1:] if other.agency != rule.agency), None)
    desks = [(rule.agency, rule.queue), *((desk.agency, desk.queue) for desk in rule.also)]
    return tuple(
        Choice(agency, queue, rule.reason.root, AssignmentCause.RULE, rule.id, rule.version, rule.confidence, second)
        for agency, queue in desks
    )


def matches(when: When, question: Question, directory: Directory) -> bool:
    """Tell whether a request meets a rule's condition: everything that it names.

    >>> from datetime import UTC
    >>> from zoneinfo import ZoneInfo
    >>> desks = Directory({}, {}, kinds={"graffiti": "any"}, zone=ZoneInfo("America/Los_Angeles"))
    >>> graffiti = When(attributes={"surface": ("wall", "sign")}, areas={"district": ("4",)})
    >>> matches(graffiti, Question("graffiti", {"surface": "wall"}, {"district": "4"}), desks)
    True
    >>> matches(graffiti, Question("graffiti", {"surface": "wall"}, {}), desks)
    False
    >>> matches(graffiti, Question("graffiti", {"surface": ("tree", "sign")}, {"district": "4"}), desks)
    True

    Whose ground it is comes from the place, else from the kind of service:

    >>> private = When(location_kind=("private",))
    >>> matches(private, Question("graffiti", {}, {"location_kind": "private"}), desks)
    True
    >>> matches(private, Question("graffiti", {}, {}), desks)
    False

    Hours and days are the city's, when the request was opened; this was a Friday evening there:

    >>> late = Question("graffiti", {}, {}, opened_at=datetime(2026, 11, 28, 4, 30, tzinfo=UTC), channel="phone")
    >>> matches(When(hours=("Fri 20:00-06:00",), calendar=("working_day",), channels=("phone",)), late, desks)
    True
    >>> matches(When(hours=("Sat 00:00-24:00",)), late, desks), matches(When(channels=("web",)), late, desks)
    (False, False)
    """
    return all(holds(when, question, directory) for holds in _LOOKS)


def _attributes(when: When, question: Question, _: Directory) -> bool:
    return all(_given(question.attributes.get(name), ok) for name, ok in when.attributes.items())


def _given(answer: Answer | None, accepted: tuple[str, ...]) -> bool:
    answers = (answer,) if isinstance(answer, str) else answer or ()
    return any(one in accepted for one in answers)


def _areas(when: When, question: Question, _: Directory) -> bool:
    return all(question.areas.get(name) in ok for name, ok in when.areas.items())


def _location_kind(when: When, question: Question, directory: Directory) -> bool:
    if not when.location_kind:
        return True
    told = question.areas.get("location_kind")
    return (told or directory.kinds.get(question.service_code, "any")) in when.location_kind


def _outlines(when: When, question: Question, directory: Directory) -> bool:
    if not when.outlines:
        return True
    spot = question.spot
    return spot is not None and any(directory.outlines[slug].holds(*spot) for slug in when.outlines)


def _asset_owner(when: When, question: Question, directory: Directory) -> bool:
    """Ask the city's lists for the owner of the asset named by the place, or by the answer that is its number."""
    if not when.asset_owner:
        return True
    answer = question.attributes.get(directory.asset_questions.get(question.service_code, ""))
    number = question.asset_id or (answer if isinstance(answer, str) else None)
    return bool(number) and directory.owner_of(question.service_code, number or "") in when.asset_owner


def _channel(when: When, question: Question, _: Directory) -> bool:
    return not when.channels or question.channel in when.channels


def _times(when: When, question: Question, directory: Directory) -> bool:
    if not (when.hours or when.calendar):
        return True
    if question.opened_at is None:
        return False
    local = directory.local(question.opened_at)
    in_hours = not when.hours or any(hours.holds(local) for hours in when.hours)
    return in_hours and (not when.calendar or directory.kind_of_day(local.date()) in when.calendar)


_LOOKS: Final = (_attributes, _areas, _location_kind, _outlines, _asset_owner, _channel, _times)
"""Everything that a condition may name; each holds where the condition names nothing of its kind."""
