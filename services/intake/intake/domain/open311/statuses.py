"""Open or closed outside, with the finer states that update clients exchange, as literal tables."""

from collections.abc import Mapping
from typing import Final

from contracts.vocabulary import Disposition, ReportKind, Status, Substatus

S, D, R = Substatus, Disposition, ReportKind

FINER: Final[Mapping[str, str]] = {
    S.RECEIVED: "open",
    S.TRIAGED: "for_triage",
    S.ASSIGNED: "open",
    S.ACCEPTED: "investigating",
    S.SCHEDULED: "action_scheduled",
    S.IN_PROGRESS: "in_progress",
    S.AWAITING_REQUESTER: "investigating",
    S.ON_HOLD: "planned",
    S.REFERRED: "internal_referral",
    S.COMPLETED: "in_progress",
}
"""Substatus -> the finer state of an open request. A finished work order is not yet a closed request."""

ENDED: Final[Mapping[str, str]] = {
    D.FIXED: "fixed",
    D.NO_ISSUE_FOUND: "no_further_action",
    D.DUPLICATE: "duplicate",
    D.NOT_OUR_JURISDICTION: "not_councils_responsibility",
    D.UNABLE_TO_ACT: "no_further_action",
    D.REFERRED_EXTERNAL: "not_councils_responsibility",
    D.CANCELLED_BY_REQUESTER: "cancelled",
}
"""Disposition -> the finer state of a closed request."""

STEPS: Final[Mapping[str, tuple[ReportKind, Disposition | None]]] = {
    "open": (R.MESSAGE, None),
    "unchanged": (R.MESSAGE, None),
    "investigating": (R.ACCEPTED, None),
    "planned": (R.ACCEPTED, None),
    "action_scheduled": (R.SCHEDULED, None),
    "in_progress": (R.IN_PROGRESS, None),
    "for_triage": (R.REFERRED, None),
    "internal_referral": (R.REFERRED, None),
    "fixed": (R.COMPLETED, D.FIXED),
    "closed": (R.COMPLETED, D.FIXED),
    "duplicate": (R.CANNOT_COMPLETE, D.DUPLICATE),
    "not_councils_responsibility": (R.CANNOT_COMPLETE, D.NOT_OUR_JURISDICTION),
    "no_further_action": (R.CANNOT_COMPLETE, D.UNABLE_TO_ACT),
}
"""What an agency posts -> the step of its own outbox that means the same. The rest is not an agency's to say."""


def finer_status(status: str, code: str | None) -> str:
    """Name the finer state behind open or closed; `code` is the substatus of the one, the disposition of the other.

    >>> finer_status("closed", "fixed"), finer_status("open", "scheduled"), finer_status("open", None)
    ('fixed', 'action_scheduled', 'open')
    """
    table = ENDED if status == Status.CLOSED else FINER
    return table.get(code or "", status)
