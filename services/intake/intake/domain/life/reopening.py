"""A dispute reopens the same request: the first ones at once, later ones when a supervisor says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.vocabulary import Disposition


@dataclass(frozen=True, slots=True)
class Closure:
    """The closing in force."""

    closure_id: UUID
    disposition: Disposition
    closed_at: datetime
    visible_from: datetime | None = None

    @property
    def seen_from(self) -> datetime:
        """From when its result is there to see: the days to dispute it begin then."""
        return self.visible_from or self.closed_at


@dataclass(frozen=True, slots=True)
class DisputeAnswer:
    """What follows from a dispute; `refused` carries a code and a sentence."""

    decision: Literal["reopen", "supervisor", "refused"]
    code: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DisputeRules:
    """The city's rules: days after closing, and how many disputes reopen at once."""

    days: int
    immediate: int = 2


def decide_dispute(
    closure: Closure | None, disputed: UUID | None, earlier: int, rules: DisputeRules, now: datetime
) -> DisputeAnswer:
    """Decide a dispute. `disputed` is the closing it names (None means the current one), `earlier` counts those before.

    >>> from datetime import UTC
    >>> day = datetime(2026, 11, 20, tzinfo=UTC)
    >>> closing = Closure(UUID(int=1), Disposition.FIXED, day)
    >>> def asked(earlier, days=0):
    ...     return decide_dispute(closing, UUID(int=1), earlier, DisputeRules(14), day + timedelta(days=days))
    >>> [asked(0).decision, asked(1).decision, asked(2).decision]
    ['reopen', 'reopen', 'supervisor']
    >>> asked(0, days=15).code
    'window_passed'
    >>> planted = Closure(UUID(int=1), Disposition.FIXED, day, visible_from=day + timedelta(days=30))
    >>> decide_dispute(planted, None, 0, DisputeRules(14), day + timedelta(days=44)).decision
    'reopen'
    >>> decide_dispute(closing, UUID(int=2), 0, DisputeRules(14), day).code
    'not_current_closure'
    >>> decide_dispute(None, None, 0, DisputeRules(14), day).code
    'not_closed'
    """
    if closure is None:
        return _refused("not_closed", "The request is open; send a message instead of a dispute.")
    if disputed is not None and disputed != closure.closure_id:
        return _refused("not_current_closure", "The closing named is not the current one; read the request again.")
    if closure.disposition is Disposition.CANCELLED_BY_REQUESTER:
        return _refused("cancelled_by_requester", "The request was cancelled by its requester; report it anew.")
    if now > closure.seen_from + timedelta(days=rules.days):
        return _refused("window_passed", f"Closings can be disputed for {rules.days} days; report the problem anew.")
    return DisputeAnswer("reopen" if earlier < rules.immediate else "supervisor")


def _refused(code: str, detail: str) -> DisputeAnswer:
    return DisputeAnswer("refused", code, detail)
