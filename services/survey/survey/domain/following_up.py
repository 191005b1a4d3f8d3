"""What an answer or a complaint calls for: who looks after it until when, and who is told when nobody did."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from contracts.city import Agency, City, FollowUps
from contracts.survey import FollowUpKind, FollowUpState

_WORK: Final = ("work_rating", "handling_rating")
ROLE: Final = "customer-liaison"
"""Who looks after it where an agency names nobody for complaints."""


class Called(NamedTuple):
    """Something to look after: why, by which agency, and for which reason in short."""

    kind: FollowUpKind
    agency: str
    reason: str


def called_for(answer: Mapping[str, Any], rules: FollowUps, agency: str, operator: str) -> list[Called]:
    """Tell what an answer calls for, one for each who must look after it.

    A dispute needs none: the request is open again. "Not done" that came too late for one is a review of the closing.
    How a person was treated is the contact center's matter; the work and its handling are the agency's.

    >>> rules = FollowUps(rating_at_most=2)
    >>> [one.reason for one in called_for({"work_rating": 1, "agent_rating": 2, "done": True}, rules, "lights", "311")]
    ['work_rating 1', 'agent_rating 2']
    >>> called_for({"work_rating": 1, "done": False, "disputed": True}, rules, "lights", "311")
    []
    >>> called_for({"done": False, "disputed": False}, rules, "lights", "311")[0].kind.value
    'closure_review'
    >>> called_for({"work_rating": 3, "done": True}, rules, "lights", "311")
    []
    """
    found = []
    if not answer.get("disputed"):
        low = [f"{name} {answer[name]}" for name in _WORK if _is_low(answer.get(name), rules)]
        if answer.get("done") is False:
            found.append(Called(FollowUpKind.CLOSURE_REVIEW, agency or operator, ", ".join(["not done", *low])))
        elif low:
            found.append(Called(FollowUpKind.LOW_RATING, agency or operator, ", ".join(low)))
    if _is_low(answer.get("agent_rating"), rules):
        found.append(Called(FollowUpKind.LOW_RATING, operator, f"agent_rating {answer['agent_rating']}"))
    return found


def _is_low(rating: int | None, rules: FollowUps) -> bool:
    return rating is not None and rating <= rules.rating_at_most


def hours_for(kind: FollowUpKind, rules: FollowUps) -> float:
    """Return how long there is to settle it: complaints have their own time.

    >>> rules = FollowUps(hours=120, complaint_hours=48)
    >>> hours_for(FollowUpKind.COMPLAINT, rules), hours_for(FollowUpKind.LOW_RATING, rules)
    (48.0, 120.0)
    """
    return rules.complaint_hours if kind is FollowUpKind.COMPLAINT else rules.hours


def chain_of(city: City, agency: str) -> list[tuple[str, float]]:
    """Return an agency's chain for complaints: roles, each with the hours after which it goes on to the next.

    Without one of its own the chain of its parent holds, and in the end a role that every agency has.

    >>> from types import SimpleNamespace as Some
    >>> step = Some(trigger="complaint", level=1, after_hours=0.0, role="liaison")
    >>> works, lights = Some(parent=None, escalation=(step,)), Some(parent="works", escalation=())
    >>> city = Some(agencies={"works": works, "lights": lights})
    >>> chain_of(city, "lights"), chain_of(city, "nobody")
    ([('liaison', 0.0)], [('customer-liaison', 0.0)])
    """
    found: Agency | None = city.agencies.get(agency)
    while found is not None:
        steps = sorted(
            (s for s in found.escalation if s.trigger == "complaint"), key=lambda s: (s.level, s.after_hours)
        )
        if steps:
            return [(step.role, step.after_hours) for step in steps]
        found = city.agencies.get(found.parent) if found.parent else None
    return [(ROLE, 0.0)]


def role_at(chain: list[tuple[str, float]], level: int) -> str:
    """Return who has it at a level; the last role keeps what is late beyond it.

    >>> [role_at([("liaison", 0), ("manager", 24)], level) for level in (0, 1, 5)]
    ['liaison', 'manager', 'manager']
    """
    return chain[min(level, len(chain) - 1)][0]


def next_look(chain: list[tuple[str, float]], due_at: datetime, level: int, now: datetime) -> datetime | None:
    """Return when to look again at what is late: at the next role's hour, and daily at the last; None before it is due.

    >>> from datetime import UTC
    >>> due = datetime(2026, 3, 2, tzinfo=UTC)
    >>> chain = [("liaison", 0), ("manager", 24), ("director", 72)]
    >>> [next_look(chain, due, level, due).day for level in (1, 2, 3)]
    [5, 3, 3]
    """
    hours = chain[level + 1][1] if level + 1 < len(chain) else 0.0
    planned = due_at + timedelta(hours=hours)
    return planned if planned > now else now + timedelta(days=1)


def may_become(state: FollowUpState, wanted: FollowUpState) -> bool:
    """Tell whether a follow-up may go from one state to another; what is settled stays so.

    >>> may_become(FollowUpState.OPEN, FollowUpState.TAKEN), may_become(FollowUpState.SETTLED, FollowUpState.OPEN)
    (True, False)
    """
    return state is not FollowUpState.SETTLED and wanted is not FollowUpState.OPEN
