"""The first response: what somebody of the city did or said about a request, and its resident hears of."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts.intake import Change, MessageSent, ReferralAsked, SubstatusChanged
from contracts.vocabulary import AssignmentCause, Disposition, Substatus

NOBODY: Final = frozenset({"system", "contact", "public"})
"""Who does not answer for the city: its own machinery, and those who wait to hear from it."""
HEARD_OF: Final = frozenset({Substatus.SCHEDULED, Substatus.IN_PROGRESS})
"""Steps that a resident is told of; that an agency took a request up is its own business."""


def is_response(change: Change, by: str) -> bool:
    """Tell whether a change is a response; a step that the city's folder takes by itself is none.

    >>> crew = SubstatusChanged(substatus=Substatus.IN_PROGRESS)
    >>> is_response(crew, "agency:lights"), is_response(crew.model_copy(update={"step": "book-a-day"}), "agency:lights")
    (True, False)
    >>> is_response(SubstatusChanged(substatus=Substatus.ACCEPTED), "agency:lights"), is_response(crew, "system")
    (False, False)
    >>> is_response(MessageSent(sender="agency", message_ref="1"), "agency:lights")
    True
    >>> is_response(MessageSent(sender="resident", message_ref="1"), "agent")
    False
    >>> is_response(MessageSent(sender="staff", message_ref="1", to="agency"), "agent")
    False
    """
    speaks = _SPEAKS.get(change.kind)
    return speaks is not None and by not in NOBODY and speaks(change)


def is_response_by_desk(cause: AssignmentCause) -> bool:
    """Tell whether an assignment is a response: a person read the request and says whose it is; a rule reads nothing.

    >>> is_response_by_desk(AssignmentCause.TRIAGE), is_response_by_desk(AssignmentCause.RULE)
    (True, False)
    """
    return cause is AssignmentCause.TRIAGE


def is_response_at_last(disposition: Disposition) -> bool:
    """Tell whether a closing is a response: it comes with an explanation, unless the requester withdrew.

    >>> is_response_at_last(Disposition.FIXED), is_response_at_last(Disposition.CANCELLED_BY_REQUESTER)
    (True, False)
    """
    return disposition is not Disposition.CANCELLED_BY_REQUESTER


def _moves(change: SubstatusChanged) -> bool:
    return change.step is None and change.substatus in HEARD_OF


def _says(change: MessageSent) -> bool:
    return change.sender != "resident" and change.to != "agency"


def _hands_on(_change: ReferralAsked) -> bool:
    return True


_SPEAKS: Final[Mapping[str, Callable[[Any], bool]]] = {"substatus": _moves, "message": _says, "referral": _hands_on}
