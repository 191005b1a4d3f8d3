"""What an answer or a complaint calls for: who looks after it until when, and who is told when nobody did."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final, NamedTuple

from contracts.city import Agency, City, FeedbackTerms, FollowUps
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


def hours_for(kind: FollowUpKind, rules: FollowUps, terms: FeedbackTerms | None) -> float:
    """Return how long there is to settle it, as agreed on with the agency, else as in the whole city.

    Complaints have their own time.

    >>> rules = FollowUps(hours=120, complaint_hours=48)
    >>> month = {"amount": 30, "unit": "days"}
    >>> terms = FeedbackTerms(shared_every=month, shared_with="liaison", covers=("ratings",), complaint_hours=8)
    >>> [hours_for(FollowUpKind.COMPLAINT, rules, agreed) for agreed in (None, terms)]
    [48.0, 8.0]
    >>> hours_for(FollowUpKind.LOW_RATING, rules, terms)
    120.0
    """
    if kind is FollowUpKind.COMPLAINT:
        return (terms and terms.complaint_hours) or rules.complaint_hours
    return (terms and terms.hours) or rules.hours


class Rung(NamedTuple):
    """One role of a chain, what it is called, and the hours after the due date at which what is late reaches it."""

    role: str
    after_hours: float = 0.0
    title: Mapping[str, str] = {}


def chain_of(city: City, agency: str, first: str | None = None) -> list[Rung]:
    """Return an agency's chain for complaints, else the one for what is late; `first` answers before all others.

    Without one of its own the chain of its parent holds, and in the end a role that every agency has.

    >>> from types import SimpleNamespace as Some
    >>> from contracts.city import LocalizedText as Text
    >>> step = Some(trigger="complaint", level=1, after_hours=0.0, role="liaison", title=Text({"en": "Liaison"}))
    >>> late = Some(trigger="breached", level=2, after_hours=0.0, role="manager", title=Text({"en": "Manager"}))
    >>> works, lights = Some(parent=None, escalation=(step, late)), Some(parent="works", escalation=())
    >>> city = Some(agencies={"works": works, "lights": lights, "parks": Some(parent=None, escalation=(late,))})
    >>> [chain_of(city, agency)[0].role for agency in ("lights", "parks", "nobody")]
    ['liaison', 'manager', 'customer-liaison']
    >>> [rung.role for rung in chain_of(city, "works", "manager")]
    ['manager', 'liaison']
    """
    chain = _chain(city.agencies, agency) or [Rung(ROLE)]
    if first is None:
        return chain
    titles = {one.role: one.title.root for known in city.agencies.values() for one in known.escalation}
    return [Rung(first, title=titles.get(first, {})), *(rung for rung in chain if rung.role != first)]


def _chain(agencies: Mapping[str, Agency], agency: str) -> list[Rung]:
    found = agencies.get(agency)
    while found is not None:
        for trigger in ("complaint", "breached"):
            steps = sorted(
                (s for s in found.escalation if s.trigger == trigger), key=attrgetter("level", "after_hours")
            )
            if steps:
                return [Rung(step.role, step.after_hours, step.title.root) for step in steps]
        found = agencies.get(found.parent) if found.parent else None
    return []


def who_has_it(chain: Sequence[Rung], level: int) -> Rung:
    """Return who has it at a level; the last role keeps what is late beyond it.

    >>> [who_has_it([Rung("liaison"), Rung("manager", 24)], level).role for level in (0, 1, 5)]
    ['liaison', 'manager', 'manager']
    """
    return chain[min(level, len(chain) - 1)]


def reminders_of_last(chain: Sequence[Rung], level: int) -> int:
    """Tell how often the last role of a chain was told again of what nobody settles.

    >>> [reminders_of_last([Rung("liaison"), Rung("manager", 24)], level) for level in (0, 1, 2, 3)]
    [0, 0, 1, 2]
    """
    return max(0, level - len(chain) + 1)


def first_look(opened_at: datetime, due_at: datetime, now: datetime, remind_hours: float) -> datetime:
    """Return when to look first at whether it is settled: some hours before it is due, else when it is.

    >>> from datetime import UTC
    >>> opened, due = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
    >>> [first_look(opened, due, opened, hours).day for hours in (24, 0, 72)]
    [3, 4, 4]
    >>> first_look(opened, due, datetime(2026, 3, 3, tzinfo=UTC), 24).day
    4
    """
    remind_at = due_at - timedelta(hours=remind_hours)
    return remind_at if max(opened_at, now) < remind_at else due_at


def next_look(chain: Sequence[Rung], due_at: datetime, level: int, now: datetime) -> datetime:
    """Return when to look again at what is late: at the next role's hour, and daily at the last.

    >>> from datetime import UTC
    >>> due = datetime(2026, 3, 2, tzinfo=UTC)
    >>> chain = [Rung("liaison"), Rung("manager", 24), Rung("director", 72)]
    >>> [next_look(chain, due, level, due).day for level in (1, 2, 3)]
    [5, 3, 3]
    """
    hours = chain[level + 1].after_hours if level + 1 < len(chain) else 0.0
    planned = due_at + timedelta(hours=hours)
    return planned if planned > now else now + timedelta(days=1)


def may_become(state: FollowUpState, wanted: FollowUpState) -> bool:
    """Tell whether a follow-up may go from one state to another; what is settled stays so.

    >>> may_become(FollowUpState.OPEN, FollowUpState.TAKEN), may_become(FollowUpState.SETTLED, FollowUpState.OPEN)
    (True, False)
    """
    return state is not FollowUpState.SETTLED and wanted is not FollowUpState.OPEN
