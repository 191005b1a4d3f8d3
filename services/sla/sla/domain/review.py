"""Reviewing targets: where the work is done sooner than it is promised, a shorter target is proposed to a person."""

from math import ceil
from typing import Final, NamedTuple

from contracts.city import Span
from sla.domain.forecast import History

SHORTER: Final = 0.9
"""A proposal is worth a person's time when 80 of 100 are done in this part of the target."""


class Proposal(NamedTuple):
    """What a review found for one service."""

    service: str
    now: Span
    proposed: Span
    days_80: float
    sample_size: int


def proposal(service: str, target: Span, days: float, history: History | None) -> Proposal | None:
    """Return the shorter target that 80 of 100 requests keep already, in the unit of the present one; never a longer.

    `days` are the elapsed days that the target comes to.

    >>> kept = History(400, 0.5, 1.0, 3.2, 6.0)
    >>> proposal("pothole", Span(amount=8, unit="days"), 8.0, kept).proposed.amount
    4.0
    >>> proposal("pothole", Span(amount=5, unit="business_days"), 7.0, kept).proposed.amount
    3.0
    >>> proposal("pothole", Span(amount=3, unit="days"), 3.0, kept) is None
    True
    >>> proposal("pothole", Span(amount=8, unit="days"), 8.0, None) is None
    True
    """
    if history is None or history.days_80 > SHORTER * days:
        return None
    amount = max(ceil(target.amount * history.days_80 / days - 1e-9), 1)
    if amount >= target.amount:
        return None
    return Proposal(service, target, Span(amount=amount, unit=target.unit), history.days_80, history.sample_size)


def is_news(found: Proposal, dismissed: Proposal | None) -> bool:
    """Tell whether a proposal is worth a person's time again: what was dismissed is, once its numbers have changed.

    >>> week, day = Span(amount=7, unit="days"), Span(amount=1, unit="days")
    >>> before = Proposal("pothole", week, day, 0.9, 400)
    >>> is_news(before._replace(days_80=0.8, sample_size=500), before), is_news(before, None)
    (False, True)
    >>> is_news(before._replace(proposed=Span(amount=2, unit="days")), before)
    True
    """
    return dismissed is None or (found.now, found.proposed) != (dismissed.now, dismissed.proposed)


def is_longer(proposed: float, present: float) -> bool:
    """Tell whether a target of so many elapsed days promises less than the present one, which needs a named approval.

    >>> is_longer(9.0, 8.0), is_longer(8.0, 8.0)
    (True, False)
    """
    return proposed > present
