"""The life of a request as one literal table: who may take which step from where, and where it leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contracts.vocabulary import ReportKind, Status, Substatus

S, R = Substatus, ReportKind


@dataclass(frozen=True, slots=True)
class Step:
    """Who may take a step, on one agency's part or on the whole request, from where, and where that then stands."""

    by: tuple[str, ...]
    on: Literal["part", "whole"]
    at: tuple[Substatus, ...]
    then: Substatus | None


_WORKING: Final = (S.ACCEPTED, S.SCHEDULED, S.IN_PROGRESS, S.AWAITING_REQUESTER, S.ON_HOLD)
_HELD: Final = (S.ASSIGNED, *_WORKING)
_STARTABLE: Final = (S.ASSIGNED, S.ACCEPTED, S.SCHEDULED, S.AWAITING_REQUESTER, S.ON_HOLD)
_HOLDABLE: Final = (S.ASSIGNED, S.ACCEPTED, S.SCHEDULED, S.IN_PROGRESS, S.AWAITING_REQUESTER)
_OPEN: Final = (S.RECEIVED, S.TRIAGED, S.REFERRED, S.COMPLETED, *_HELD)

_CREW: Final = ("agency",)
_CREW_OR_CITY: Final = ("agency", "system")  # the city's own automatic steps act as `system`
_STAFF: Final = ("agent", "supervisor")
_REQUESTER: Final = ("contact", *_STAFF)
_VERIFIER: Final = ("supervisor", "agent", "contact")  # which of them, `steps.yaml` says for each service

# fmt: off
STEPS: Final[Mapping[str, Step]] = {
    # a step                   who may cause it             on       while it stands at ...         which then stands at
    R.ACCEPTED:          Step(_CREW_OR_CITY,               "part",  (S.ASSIGNED,),                  S.ACCEPTED),
    R.SCHEDULED:         Step(_CREW_OR_CITY,               "part",  _HELD,                          S.SCHEDULED),
    R.IN_PROGRESS:       Step(_CREW,                       "part",  _STARTABLE,                     S.IN_PROGRESS),
    R.ON_HOLD:           Step(_CREW,                       "part",  _HOLDABLE,                      S.ON_HOLD),
    R.NEEDS_INFORMATION: Step(_CREW,                       "part",  _HELD,                          S.AWAITING_REQUESTER),  # noqa: E501
    R.REFERRED:          Step(_CREW,                       "part",  _HELD,                          S.REFERRED),
    R.COMPLETED:         Step(_CREW,                       "part",  _HELD,                          S.COMPLETED),
    R.CANNOT_COMPLETE:   Step(_CREW,                       "part",  _HELD,                          S.COMPLETED),
    R.MESSAGE:           Step(_CREW,                       "part",  (*_HELD, S.REFERRED),           None),
    R.NOTE:              Step(_CREW,                       "part",  (*_HELD, S.REFERRED),           None),
    "verify":            Step(_VERIFIER,                   "part",  (S.COMPLETED,),                 S.COMPLETED),
    "send_back":         Step(_VERIFIER,                   "part",  (S.COMPLETED,),                 S.IN_PROGRESS),
    "assign":            Step(("system", *_STAFF),         "whole", _OPEN,                          S.ASSIGNED),
    "remind":            Step(("system",),                 "part",  _HELD,                          None),
    "answer":            Step(_REQUESTER,                  "whole", (S.AWAITING_REQUESTER,),        S.ACCEPTED),
    "write":             Step(_REQUESTER,                  "whole", _OPEN,                          None),
    "cancel":            Step((*_REQUESTER, "system"),     "whole", _OPEN,                          S.CLOSED),
    "dispute":           Step(_REQUESTER,                  "whole", (S.CLOSED,),                    S.RECEIVED),
}
"""Every step there is. None leaves the substatus as it is; a whole closes when each of its parts has ended."""
# fmt: on

ENDED: Final = frozenset({S.COMPLETED, S.CLOSED})
"""An agency's part is over. `referred` is not here: whoever gets the request next must end it."""


def step(by: str, at: Substatus, name: str) -> Substatus | None:
    """Say where a part, or the whole, stands once somebody of this role took a step; None when the table forbids it.

    >>> step("agency", Substatus.ASSIGNED, ReportKind.ACCEPTED).value
    'accepted'
    >>> step("agency", Substatus.IN_PROGRESS, ReportKind.MESSAGE).value
    'in_progress'
    >>> step("agency", Substatus.COMPLETED, ReportKind.IN_PROGRESS) is None
    True
    >>> step("contact", Substatus.AWAITING_REQUESTER, "answer").value
    'accepted'
    >>> step("agency", Substatus.AWAITING_REQUESTER, "answer") is None
    True
    """
    row = STEPS[name]
    return (row.then or at) if by in row.by and at in row.at else None


def allowed_steps(at: Substatus) -> tuple[str, ...]:
    """List what an agency may report from here.

    >>> allowed_steps(Substatus.REFERRED)
    ('note', 'message')
    >>> allowed_steps(Substatus.CLOSED)
    ()
    """
    return tuple(kind.value for kind in ReportKind if at in STEPS[kind].at)


def steps_of(role: str, at: Substatus) -> tuple[str, ...]:
    """List what somebody of this role may cause where a request stands; an agency on its own part alone.

    >>> steps_of("contact", Substatus.CLOSED), steps_of("contact", Substatus.SCHEDULED)
    (('dispute',), ('write', 'cancel'))
    >>> steps_of("public", Substatus.RECEIVED)
    ()
    """
    on = "part" if role == "agency" else "whole"
    return tuple(str(name) for name, one in STEPS.items() if role in one.by and one.on == on and at in one.at)


def table() -> list[dict[str, object]]:
    """Show the whole table, for people and for those who build on it.

    >>> table()[0] == {"step": "accepted", "by": ["agency", "system"], "on": "part", "at": ["assigned"],
    ...                "then": "accepted", "status": "open"}
    True
    """
    return [
        {
            "step": str(name),
            "by": list(row.by),
            "on": row.on,
            "at": [at.value for at in row.at],
            "then": row.then.value if row.then else None,
            "status": (Status.CLOSED if row.then is S.CLOSED else Status.OPEN).value,
        }
        for name, row in STEPS.items()
    ]
