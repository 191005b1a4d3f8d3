"""The life of a request as one literal table: who may take which step from where, and where it leads."""

from typing import Final

from contracts.vocabulary import ReportKind, Substatus

S, R = Substatus, ReportKind

_WORKING: Final = (S.ACCEPTED, S.SCHEDULED, S.IN_PROGRESS, S.AWAITING_REQUESTER, S.ON_HOLD)
_HELD: Final = (S.ASSIGNED, *_WORKING)

# fmt: off
AGENCY_STEPS: Final[dict[ReportKind, tuple[tuple[Substatus, ...], Substatus | None]]] = {
    # an agency may report   ... while its part of the work stands at ...            ... which then stands at
    R.ACCEPTED:          ((S.ASSIGNED,),                                                S.ACCEPTED),
    R.SCHEDULED:         (_HELD,                                                        S.SCHEDULED),
    R.IN_PROGRESS:       ((S.ASSIGNED, S.ACCEPTED, S.SCHEDULED, S.AWAITING_REQUESTER, S.ON_HOLD), S.IN_PROGRESS),
    R.NEEDS_INFORMATION: (_HELD,                                                        S.AWAITING_REQUESTER),
    R.REFERRED:          (_HELD,                                                        S.REFERRED),
    R.COMPLETED:         (_HELD,                                                        S.COMPLETED),
    R.CANNOT_COMPLETE:   (_HELD,                                                        S.COMPLETED),
    R.MESSAGE:           ((*_HELD, S.REFERRED),                                         None),
}
"""An agency's steps, each on its own assignment. None leaves the substatus as it is."""

RESIDENT_STEPS: Final[dict[str, tuple[tuple[Substatus, ...], Substatus | None]]] = {
    "answer":  ((S.AWAITING_REQUESTER,),                                                S.ACCEPTED),
    "message": ((S.RECEIVED, S.TRIAGED, S.REFERRED, S.COMPLETED, *_HELD),               None),
    "cancel":  ((S.RECEIVED, S.TRIAGED, S.REFERRED, S.COMPLETED, *_HELD),               S.CLOSED),
    "dispute": ((S.CLOSED,),                                                            S.RECEIVED),
}
"""What the requester, or an agent for them, may do with the whole request."""
# fmt: on

ENDED: Final = frozenset({S.COMPLETED, S.CLOSED})
"""An agency's part is over. `referred` is not here: whoever gets the request next must end it."""


def step(at: Substatus, kind: ReportKind) -> Substatus | None:
    """Say where an agency's part stands after a step; None when the table does not permit it.

    >>> step(Substatus.ASSIGNED, ReportKind.ACCEPTED).value
    'accepted'
    >>> step(Substatus.IN_PROGRESS, ReportKind.MESSAGE).value
    'in_progress'
    >>> step(Substatus.COMPLETED, ReportKind.IN_PROGRESS) is None
    True
    """
    sources, leads_to = AGENCY_STEPS[kind]
    return (leads_to or at) if at in sources else None


def allowed_steps(at: Substatus) -> tuple[str, ...]:
    """List what an agency may report from here.

    >>> allowed_steps(Substatus.REFERRED)
    ('message',)
    >>> allowed_steps(Substatus.CLOSED)
    ()
    """
    return tuple(kind.value for kind, (sources, _) in AGENCY_STEPS.items() if at in sources)


def resident_step(at: Substatus, action: str) -> Substatus | None:
    """Say where a request stands after a resident's action; None when the table does not permit it.

    >>> resident_step(Substatus.AWAITING_REQUESTER, "answer").value
    'accepted'
    >>> resident_step(Substatus.CLOSED, "cancel") is None
    True
    """
    sources, leads_to = RESIDENT_STEPS[action]
    return (leads_to or at) if at in sources else None
