"""How a made-up agency behaves: decided by the request's own id, so that every run repeats the last."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b
from typing import Final
from uuid import UUID

from contracts.routing import AgencyNotice
from contracts.vocabulary import NoticeKind


class Behaviour(StrEnum):
    """What an agency will make of a request."""

    COMPLETES = "completes"
    SCHEDULES = "schedules"
    CANNOT = "cannot"
    REFERS = "refers"
    ASKS = "asks"
    CLOSES_WRONGLY = "closes_wrongly"


class Step(StrEnum):
    """One thing an agency does. `closes_wrongly` reports completion without a disposition or evidence."""

    ACCEPT = "accept"
    SCHEDULE = "schedule"
    START = "start"
    COMPLETE = "complete"
    GIVE_UP = "give_up"
    REFER = "refer"
    ASK = "ask"
    CLOSE_WRONGLY = "close_wrongly"


SHARES: Final[tuple[tuple[Behaviour, float], ...]] = (
    (Behaviour.COMPLETES, 0.62),
    (Behaviour.SCHEDULES, 0.20),
    (Behaviour.CANNOT, 0.06),
    (Behaviour.REFERS, 0.04),
    (Behaviour.ASKS, 0.04),
    (Behaviour.CLOSES_WRONGLY, 0.04),
)
"""How often each behaviour is met; the shares add up to 1."""

STEPS: Final[Mapping[Behaviour, tuple[Step, ...]]] = {
    Behaviour.COMPLETES: (Step.ACCEPT, Step.START, Step.COMPLETE),
    Behaviour.SCHEDULES: (Step.ACCEPT, Step.SCHEDULE, Step.START, Step.COMPLETE),
    Behaviour.CANNOT: (Step.ACCEPT, Step.START, Step.GIVE_UP),
    Behaviour.REFERS: (Step.ACCEPT, Step.REFER),
    Behaviour.ASKS: (Step.ACCEPT, Step.ASK, Step.START, Step.COMPLETE),
    Behaviour.CLOSES_WRONGLY: (Step.ACCEPT, Step.START, Step.CLOSE_WRONGLY),
}
"""What an agency does, in order."""

PATIENCE: Final = 20
"""How many ordinary delays an agency waits for an answer before it goes and looks for itself."""


def chance(*parts: object) -> float:
    """Give a number from 0 up to 1 that looks like chance and depends on nothing else.

    >>> chance("a", 1) == chance("a", 1), 0 <= chance("b") < 1
    (True, True)
    """
    digest = blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2**53


def behaviour_of(request_id: UUID, agency: str) -> Behaviour:
    """Choose how an agency treats a request.

    >>> met = [behaviour_of(UUID(int=n), "parks") for n in range(5000)]
    >>> all(abs(met.count(one) / 5000 - share) < 0.02 for one, share in SHARES)
    True
    """
    drawn = chance(request_id, agency)
    for behaviour, share in SHARES:
        drawn -= share
        if drawn < 0:
            return behaviour
    return Behaviour.COMPLETES


def steps_for(notice: AgencyNotice, agency: str) -> Sequence[Step]:
    """Decide what a notice sets in motion; nothing for most.

    A new request is treated as its id decides. What comes back from a resident is always done properly, and so is
    what was closed wrongly and refused:

    >>> from datetime import UTC, datetime
    >>> from contracts.event import RequestFacts
    >>> about = RequestFacts(tracking_number="T", service_code="pothole", opened_at=datetime(2026, 1, 5, tzinfo=UTC))
    >>> again = AgencyNotice(request_id=UUID(int=1), notice_id="n", sequence=4, kind=NoticeKind.REOPENED,
    ...                      assignment_id=UUID(int=2), about=about)
    >>> [step.value for step in steps_for(again, "parks")]
    ['accept', 'start', 'complete']
    >>> refused = again.model_copy(update={"kind": NoticeKind.UPDATE_REFUSED, "update_id": "n-close_wrongly"})
    >>> [step.value for step in steps_for(refused, "parks")]
    ['complete']
    >>> steps_for(again.model_copy(update={"kind": NoticeKind.AMENDED}), "parks")
    ()
    """
    if notice.kind is NoticeKind.ASSIGNED:
        return STEPS[behaviour_of(notice.request_id, agency)]
    if notice.kind is NoticeKind.REOPENED:
        return STEPS[Behaviour.COMPLETES]
    if notice.kind is NoticeKind.UPDATE_REFUSED and (notice.update_id or "").endswith(Step.CLOSE_WRONGLY):
        return (Step.COMPLETE,)
    return ()


def update_id_of(notice: AgencyNotice, step: Step) -> str:
    """Name a step by the notice that led to it: the same after a restart, so that a repeat is recognised."""
    return f"{notice.notice_id}-{step}"


def pause_before(step: Step, after: Step | None, delay: float) -> float:
    """Tell how long an agency takes before a step, in seconds; an answer is waited for longer.

    >>> pause_before(Step.START, Step.ACCEPT, 0.5), pause_before(Step.START, Step.ASK, 0.5)
    (0.5, 10.0)
    """
    return delay * (PATIENCE if after is Step.ASK and step is Step.START else 1)
