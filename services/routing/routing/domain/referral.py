"""An agency hands a request on, or asks for another beside it: the request stays open and somebody always has it."""

from collections.abc import Sequence

from contracts.event import Texts
from contracts.intake import AdditionalAsked, ReferralAsked
from contracts.vocabulary import AssignmentCause
from routing.domain.cases import AskTriage, Assign, Case, Effect, End
from routing.domain.directory import Directory
from routing.domain.rules import Choice


def refer(case: Case, asked: ReferralAsked, directory: Directory) -> Sequence[Effect]:
    """Hand a request on to the agency named, or to the triage desk when none is or when it has been there already.

    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> desks = Directory({}, {"parks": ("trees",), "streets": ("trees",)})
    >>> case = example(held=[Held(UUID(int=1), "parks", "trees")])
    >>> ask = ReferralAsked(from_agency="parks", assignment_id=UUID(int=1), to_agency="streets", reason="A street.")
    >>> ended, new = refer(case, ask, desks)
    >>> ended.why, new.choice.agency, new.choice.cause.value, new.referred_from
    ('referred', 'streets', 'referral', 'parks')

    Nobody is sent in circles: what comes back a second time is for a person to decide.

    >>> case.held.append(Held(UUID(int=2), "streets", "trees", ended="referred"))
    >>> refer(case, ask, desks)[1].reason
    'streets has had it before: A street.'

    A referral of an assignment that is over changes nothing:

    >>> refer(example(), ask, desks)
    ()
    """
    held = case.assignment(asked.assignment_id)
    if held is None:
        return ()
    over = End(held.assignment_id, "referred")
    to = asked.to_agency
    if to is None or not directory.has(to):
        return over, AskTriage(asked.reason, held.assignment_id, held.agency)
    if any(one.agency == to and one.cycle == held.cycle for one in case.held):
        return over, AskTriage(f"{to} has had it before: {asked.reason}", held.assignment_id, held.agency)
    choice = _choice(to, AssignmentCause.REFERRAL, _said(asked, directory), directory)
    return over, Assign(choice, held.assignment_id, held.agency, text=asked.reason)


def add(case: Case, asked: AdditionalAsked, directory: Directory) -> Sequence[Effect]:
    """Give a request to a second agency beside those that have it; once is enough.

    >>> from routing.domain.cases import example
    >>> desks = Directory({}, {"streets": ("pavement",)})
    >>> add(example(), AdditionalAsked(agency="streets", reason="The road is broken too."), desks)[0].choice.queue
    'pavement'
    """
    if case.is_closed or case.holds(asked.agency):
        return ()
    if not directory.has(asked.agency):
        return (AskTriage(asked.reason),)
    return (
        Assign(
            _choice(asked.agency, AssignmentCause.ADDITIONAL, directory.quoting(asked.reason), directory),
            text=asked.reason,
        ),
    )


def _said(asked: ReferralAsked, directory: Directory) -> Texts:
    """Tell the resident why in every language: by the city's listed reason, or the agency's own words as such."""
    return asked.explanation or directory.quoting(asked.reason)


def _choice(agency: str, cause: AssignmentCause, reason: Texts, directory: Directory) -> Choice:
    return Choice(agency, directory.default_queue(agency), reason, cause)
