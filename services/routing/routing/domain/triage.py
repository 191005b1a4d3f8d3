"""The triage desk: what it is offered, and what it may decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.errors import FieldError, Problem, conflict, invalid
from contracts.vocabulary import AssignmentCause
from routing.domain.cases import Assign, Case
from routing.domain.directory import Directory
from routing.domain.diverting import NOT_WAITING
from routing.domain.lifecycle import question_of
from routing.domain.rules import Choice, choose

DECIDED = "The triage desk decided."


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person decided: the agency (and queue), or the right service type, by whose rules it then goes."""

    request_id: UUID
    reason: str
    agency: str | None = None
    queue: str | None = None
    service_code: str | None = None


def settle(case: Case | None, verdict: Verdict, directory: Directory) -> Sequence[Assign]:
    """Turn a person's verdict into assignments.

    Raises a 409 problem when the request does not wait for triage, a 422 problem naming the field that is wrong.

    >>> from datetime import UTC, datetime
    >>> from routing.domain.cases import Triage, example
    >>> desks = Directory({}, {"parks": ("trees", "lawns")})
    >>> waiting = example(triage=Triage("No rule.", datetime(2026, 1, 5, tzinfo=UTC)))
    >>> (park,) = settle(waiting, Verdict(waiting.request_id, "A park tree.", "parks"), desks)
    >>> park.choice.agency, park.choice.queue
    ('parks', 'trees')
    >>> settle(waiting, Verdict(waiting.request_id, "A lion.", "circus"), desks)
    Traceback (most recent call last):
    chassis.errors.Problem: Some fields need correcting: agency: 'circus' takes no requests; these do: parks.
    """
    if case is None or case.triage is None:
        raise conflict(NOT_WAITING)
    problems = _problems(verdict, directory)
    if problems:
        raise invalid(problems)
    waiting = case.triage
    choices = _choices(case, verdict, directory)
    return [Assign(choice, waiting.replaces, waiting.referred_from) for choice in choices]


def _choices(case: Case, verdict: Verdict, directory: Directory) -> Sequence[Choice]:
    """Find the desks a verdict means. A clerk's own words never travel: they are kept with the audit."""
    if verdict.agency:
        queue = verdict.queue or directory.default_queue(verdict.agency)
        return [Choice(verdict.agency, queue, directory.sentence("triage", DECIDED), AssignmentCause.TRIAGE)]
    retyped = replace(question_of(case), service_code=verdict.service_code or "")
    found = choose(retyped, directory)
    if not found:
        raise _no_rule(verdict)
    return [replace(choice, cause=AssignmentCause.TRIAGE) for choice in found]


def _no_rule(verdict: Verdict) -> Problem:
    problem = f"no rule routes {verdict.service_code!r} surely; name an agency."
    return invalid([{"field": "service_code", "problem": problem}])


def _problems(verdict: Verdict, directory: Directory) -> list[FieldError]:
    """List what is wrong with a verdict, by field."""
    agency, queue, service = verdict.agency, verdict.queue, verdict.service_code
    agencies = ", ".join(sorted(directory.queues))
    wrong: tuple[tuple[bool, str, str], ...] = (
        (not (agency or service), "agency", "name an agency, or the service it really asks for."),
        (bool(agency) and not directory.has(agency), "agency", f"{agency!r} takes no requests; these do: {agencies}."),
        (bool(service) and service not in directory.kinds, "service_code", f"{service!r} is not in the catalog."),
        (bool(queue) and not agency, "queue", "a queue needs its agency."),
        (directory.has(agency) and bool(queue) and queue not in directory.queues[agency or ""], "queue",
         f"{queue!r} is not a queue of {agency}."),
    )  # fmt: skip
    return [FieldError(field=field, problem=problem) for is_wrong, field, problem in wrong if is_wrong]
