"""The rule table: the first rule that matches a request names its desk; none means that a person must look."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.city import Rule, When
from contracts.event import Texts
from contracts.frontends import Answer
from contracts.vocabulary import AssignmentCause
from routing.domain.directory import Directory

SURE_ENOUGH = 0.5
"""Below this confidence a rule only suggests, and the triage desk decides."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a rule may look at."""

    service_code: str
    attributes: Mapping[str, Answer]
    areas: Mapping[str, str]


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

    What no rule knows goes to a person:

    >>> choose(Question("other", {}, {}), desks)
    ()
    """
    if question.service_code in directory.triage_services:
        return ()
    kind = question.areas.get("location_kind") or directory.kinds.get(question.service_code, "any")
    found = [r for r in directory.rules.get(question.service_code, ()) if matches(r.when, question, kind)]
    if not found or found[0].confidence < SURE_ENOUGH:
        return ()
    return _choices(found)


def _choices(found: list[Rule]) -> tuple[Choice, ...]:
    rule = found[0]
    second = next((other.agency for other in found[1:] if other.agency != rule.agency), None)
    desks = [(rule.agency, rule.queue), *((desk.agency, desk.queue) for desk in rule.also)]
    return tuple(
        Choice(agency, queue, rule.reason.root, AssignmentCause.RULE, rule.id, rule.version, rule.confidence, second)
        for agency, queue in desks
    )


def matches(when: When, question: Question, location_kind: str) -> bool:
    """Tell whether a request meets a rule's condition: every answer, area and kind of ground it names.

    >>> graffiti = When(attributes={"surface": ("wall", "sign")}, areas={"district": ("4",)})
    >>> matches(graffiti, Question("graffiti", {"surface": "wall"}, {"district": "4"}), "any")
    True
    >>> matches(graffiti, Question("graffiti", {"surface": "wall"}, {}), "any")
    False
    >>> matches(graffiti, Question("graffiti", {"surface": ("tree", "sign")}, {"district": "4"}), "any")
    True
    >>> matches(When(location_kind=("private",)), Question("graffiti", {}, {}), "right_of_way")
    False
    """
    if when.location_kind and location_kind not in when.location_kind:
        return False
    return all(_given(question.attributes.get(name), ok) for name, ok in when.attributes.items()) and all(
        question.areas.get(name) in ok for name, ok in when.areas.items()
    )


def _given(answer: Answer | None, accepted: tuple[str, ...]) -> bool:
    answers = (answer,) if isinstance(answer, str) else answer or ()
    return any(one in accepted for one in answers)
