"""Creation, closing and reopening: who gets a request, who loses it, and who gets it back."""

from collections.abc import Sequence
from dataclasses import replace

from contracts.intake import DuplicateLinked, DuplicateUnlinked, RequestClosed, RequestReopened
from contracts.vocabulary import AssignmentCause, Clock, NoticeKind, Setting
from routing.domain.cases import (
    WITHDRAWN,
    AskTriage,
    Assign,
    Case,
    Comment,
    Effect,
    End,
    Follow,
    Held,
    LeaveTriage,
    Tell,
)
from routing.domain.directory import Directory
from routing.domain.rules import Choice, Question, choose, is_elsewhere

_KINDS = {Setting.PRIVATE_PROPERTY: "private", Setting.RIGHT_OF_WAY: "right_of_way"}
SAME_THING = "Another request is about the same thing; the work is done there."
NOT_DONE = "The resident says that it is not done."
NOT_OPEN = "This service is a pilot elsewhere, or switched off; a person finds the desk."
OURS_AFTER_ALL = "It was sent elsewhere, and the resident says that it is the city's after all."
NO_RULE = "No rule of the city is sure about this request."


def question_of(case: Case) -> Question:
    """Say what the rules may look at in a request: its service, as a person may have corrected it, answers and areas.

    Whose ground it is counts as an area: it decides more than the kind of service does.

    >>> from contracts.frontends import Place
    >>> from routing.domain.cases import example
    >>> question_of(example()).service_code, question_of(example(retyped="sinkhole")).service_code
    ('pothole', 'sinkhole')
    >>> question_of(example(place=Place(setting=Setting.PRIVATE_PROPERTY))).areas
    {'location_kind': 'private'}
    """
    place, about = case.place, case.about
    areas = place.area if place else {}
    kind = _KINDS.get(place.setting) if place and place.setting else None
    whole = place is not None and place.latitude is not None and place.longitude is not None
    return Question(
        case.retyped or about.service_code,
        case.attributes,
        areas | ({"location_kind": kind} if kind else {}),
        (place.latitude or 0.0, place.longitude or 0.0) if place and whole else None,
        place.asset_id if place else None,
        about.channel,
        about.opened_at,
        about.clock is Clock.EVENT,
    )


def begin(case: Case, directory: Directory) -> Sequence[Effect]:
    """Find the first desks of a new request; a request that was closed before it was heard of needs none.

    >>> from routing.domain.cases import example
    >>> begin(example(), Directory({}, {}))
    (AskTriage(reason='No rule of the city is sure about this request.', replaces=None, referred_from=None),)
    >>> begin(example(closes=1), Directory({}, {}))
    ()

    One that follows another needs none either: whoever has that one does the work.

    >>> begin(example(follows="7"), Directory({}, {}))
    ()
    """
    return () if case.is_closed or case.follows else by_rules(case, directory)


def stand_back(case: Case, linked: DuplicateLinked, _directory: Directory) -> Sequence[Effect]:
    """Take a request from everyone who has it: another stands for it, and the work is done once.

    >>> from uuid import UUID
    >>> from routing.domain.cases import example
    >>> case = example(held=[Held(UUID(int=1), "roads", "crew")])
    >>> follow, told, over = stand_back(case, DuplicateLinked(parent_request_id=UUID(int=9)), Directory({}, {}))
    >>> told.agency, told.kind.value, over.why
    ('roads', 'cancelled', 'duplicate')
    """
    told = (Tell(held.agency, held.assignment_id, NoticeKind.CANCELLED, text=SAME_THING) for held in case.active)
    ends = (End(held.assignment_id, "duplicate") for held in case.active)
    leave = (LeaveTriage("duplicate"),) if case.triage else ()
    return (Follow(str(linked.parent_request_id)), *told, *ends, *leave)


def stand_alone(case: Case, _unlinked: DuplicateUnlinked, directory: Directory) -> Sequence[Effect]:
    """Find the desks of a request that stands for itself again; a closed one, or one not heard of yet, needs none.

    >>> from uuid import UUID
    >>> from routing.domain.cases import example
    >>> apart = DuplicateUnlinked(parent_request_id=UUID(int=9))
    >>> [type(effect).__name__ for effect in stand_alone(example(follows="9"), apart, Directory({}, {}))]
    ['Follow', 'AskTriage']
    """
    needs = case.created_sequence and not (case.is_closed or case.active or case.triage)
    return (Follow(""), *(by_rules(case, directory) if needs else ()))


def by_rules(case: Case, directory: Directory) -> Sequence[Effect]:
    """Ask the rules; where they are not sure, ask a person.

    >>> from contracts.city import Rule
    >>> from routing.domain.cases import example
    >>> roads = Rule(id="r", version=1, services=("pothole",), agency="roads", queue="crew", reason={"en": "A road."})
    >>> (given,) = by_rules(example(), Directory({"pothole": (roads,)}, {"roads": ("crew",)}))
    >>> given.choice.agency, given.choice.reason
    ('roads', {'en': 'A road.'})
    """
    question = question_of(case)
    choices = choose(question, directory)
    return tuple(Assign(choice) for choice in choices) or (
        AskTriage(NOT_OPEN if is_elsewhere(question, directory) else NO_RULE),
    )


def close(case: Case, closed: RequestClosed) -> Sequence[Effect]:
    """End what agencies still hold, and tell those who did not close it themselves.

    A withdrawn request is cancelled, any other is closed; a closing older than the last reopening ends only what
    was given out before it.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> from contracts.vocabulary import Disposition
    >>> from routing.domain.cases import example
    >>> case = example(held=[Held(UUID(int=1), "roads", "crew")])
    >>> by_roads = RequestClosed(request_id=case.request_id, sequence=1, about=case.about, closure_id=UUID(int=9),
    ...     disposition=Disposition.FIXED, explanation={"en": "Filled."}, closed_by="agency:roads", agencies=("roads",),
    ...     closed_at=datetime(2026, 1, 9, tzinfo=UTC))
    >>> close(case, by_roads)
    (End(assignment_id=UUID('00000000-0000-0000-0000-000000000001'), why='closed'),)
    >>> told, _ = close(case, by_roads.model_copy(update={"closed_by": "supervisor"}))
    >>> told.agency, told.kind.value, told.text
    ('roads', 'closed', 'Filled.')
    """
    ending = [held for held in case.active if held.cycle <= closed.reopen_count]
    kind = NoticeKind.CANCELLED if closed.disposition in WITHDRAWN else NoticeKind.CLOSED
    text = next(iter(closed.explanation.values()), None)
    told = [held for held in ending if not _closed_it(held.agency, closed)]
    tells = (Tell(held.agency, held.assignment_id, kind, text=text) for held in told)
    ends = (End(held.assignment_id, kind.value) for held in ending)
    leave = (LeaveTriage(kind.value),) if case.triage and case.reopens <= closed.reopen_count else ()
    return (*tells, *ends, *leave)


def _closed_it(agency: str, closed: RequestClosed) -> bool:
    return closed.closed_by.startswith("agency:") and (
        closed.closed_by == f"agency:{agency}" or agency in closed.agencies
    )


def reopen(case: Case, reopened: RequestReopened, directory: Directory, *, diverted: bool = False) -> Sequence[Effect]:
    """Give a request back, with priority, to the agencies that closed it; if none did, to those that had it last.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> from routing.domain.cases import example
    >>> case = example(held=[Held(UUID(int=1), "parks", "lawns", ended="closed")], closes=1)
    >>> again = RequestReopened(request_id=case.request_id, sequence=1, about=case.about, closure_id=UUID(int=9),
    ...     reopen_count=1, reopened_at=datetime(2026, 1, 9, tzinfo=UTC), agencies=("parks",))
    >>> (back,) = reopen(case, again, Directory({}, {"parks": ("trees",)}))
    >>> back.choice.agency, back.choice.queue, back.replaces.int
    ('parks', 'lawns', 1)

    Where nobody had it, the rules are asked again. A reopening that was closed since gives nothing out.

    >>> reopen(example(closes=2), again, Directory({}, {}))
    ()

    Nor does that of a request that follows another. What the triage desk had sent elsewhere is the desk's again.

    >>> reopen(example(follows="7"), again, Directory({}, {}))
    ()
    >>> reopen(example(closes=1), again, Directory({}, {}), diverted=True)[0].reason == OURS_AFTER_ALL
    True
    """
    if case.closes > reopened.reopen_count or case.follows:
        return ()
    if diverted:
        return (AskTriage(OURS_AFTER_ALL),)
    late = tuple(End(held.assignment_id, "closed") for held in case.active if held.cycle < reopened.reopen_count)
    last = _last_holders(case, reopened)
    known = [agency for agency in last if directory.has(agency)]
    reason = directory.sentence("reopened", NOT_DONE)
    said = Comment(reopened.comment_ref, reopened.disputed_by == "survey") if reopened.comment_ref else None
    back = tuple(replace(_give_back(agency, last[agency], reason, directory), comment=said) for agency in known)
    return (*late, *(back or by_rules(case, directory)))


def _last_holders(case: Case, reopened: RequestReopened) -> dict[str, Held | None]:
    """Name the agencies to give it back to, each with its own last assignment if it had one."""
    before = [held for held in case.held if held.cycle < reopened.reopen_count]
    latest = {held.agency: held for held in before}
    newest = max((held.cycle for held in before), default=0)
    agencies = reopened.agencies or tuple(
        held.agency for held in before if held.cycle == newest and held.ended != "referred"
    )
    return {agency: latest.get(agency) for agency in agencies}


def _give_back(agency: str, last: Held | None, reason: dict[str, str], directory: Directory) -> Assign:
    queue = last.queue if last else directory.default_queue(agency)
    replaces = last.assignment_id if last else None
    return Assign(Choice(agency, queue, reason, AssignmentCause.REOPENED), replaces, text=next(iter(reason.values())))
