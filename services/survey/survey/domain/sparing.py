"""Whom to leave alone: closings outside the sample, and people who were asked often enough of late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from contracts.city import Fatigue

_WHOLE: Final = 2**32


def is_sampled(invitation_id: UUID, share: float) -> bool:
    """Tell whether an invitation is among those that are sent; the same one always is.

    >>> is_sampled(UUID(int=7), 1.0), is_sampled(UUID(int=7), 0.0)
    (True, False)
    >>> from chassis.ids import derived_uuid
    >>> round(sum(is_sampled(derived_uuid("survey", n), 0.25) for n in range(4000)) / 4000, 1)
    0.2
    """
    return share >= 1.0 or (int(invitation_id) % _WHOLE) / _WHOLE < share


def is_tired(asked_at: Sequence[datetime], ask_at: datetime, fatigue: Fatigue | None, reopen_count: int) -> bool:
    """Tell whether one more question would be one too many; who disputed is always asked about the next closing.

    >>> from datetime import UTC
    >>> day = datetime(2026, 3, 2, tzinfo=UTC)
    >>> often = Fatigue(at_most=2, in_days=30)
    >>> asked = [day - timedelta(days=2), day - timedelta(days=20)]
    >>> is_tired(asked, day, often, 0), is_tired(asked, day, often, 1), is_tired(asked[:1], day, often, 0)
    (True, False, False)
    >>> is_tired(asked, day + timedelta(days=11), often, 0), is_tired(asked, day, None, 0)
    (False, False)
    """
    if fatigue is None or reopen_count:
        return False
    since = ask_at - timedelta(days=fatigue.in_days)
    return sum(since < at <= ask_at for at in asked_at) >= fatigue.at_most
