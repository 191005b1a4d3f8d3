"""What is known of a clock from what was published about it, in whatever order the log is read."""

from datetime import datetime

from contracts.vocabulary import EscalationKind
from sla.domain.clock import PromiseClock, entered
from sla.domain.escalation import Chain, told


def repromised(
    clock: PromiseClock, revision: int, due_at: datetime | None, expected_at: datetime | None
) -> PromiseClock:
    """Restore a promise as it was given; a target that would be another today takes its deadline along.

    >>> from datetime import UTC
    >>> from uuid import UUID
    >>> monday, friday = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 6, tzinfo=UTC)
    >>> clock = PromiseClock(UUID(int=1), "pothole", monday, False, monday, None, monday)
    >>> repromised(clock, 1, friday, None).deadline_at == friday
    True
    """
    clock = clock._replace(revision=revision, expected_at=expected_at)
    if due_at == clock.due_at:
        return clock
    moved_by = due_at - clock.due_at if due_at and clock.due_at else None
    return clock._replace(
        due_at=due_at,
        deadline_at=clock.deadline_at + moved_by if clock.deadline_at and moved_by else due_at,
        at_risk_at=clock.at_risk_at + moved_by if clock.at_risk_at and moved_by else None,
    )


def retold(clock: PromiseClock, kind: EscalationKind, reminder: int, chain: Chain, began: int | None) -> PromiseClock:
    """Restore that a level was told, in the chain that the assignment `began` began (None: not noted then).

    A chain that another has since taken the place of is only known to have been told.

    >>> from uuid import UUID
    >>> from contracts.city import EscalationLevel, LocalizedText
    >>> lead = EscalationLevel(level=1, role="lead", title=LocalizedText({"en": "Lead"}), trigger="breached")
    >>> noon = datetime(2026, 11, 20, 12)
    >>> clock = PromiseClock(UUID(int=1), "lamp", noon, False, None, None, None, chain_seq=2)
    >>> def seen(began):
    ...     after = retold(clock, EscalationKind.BREACHED, 0, Chain((lead,)), began)
    ...     return after.chain_seq, after.breach_told, after.breached, after.escalations
    >>> seen(2), seen(3), seen(1)
    ((2, 1, True, 1), (3, 1, True, 1), (2, 0, True, 1))
    """
    if began is None or began == clock.chain_seq:
        return told(clock, kind, reminder, chain)
    if began > clock.chain_seq:  # its assignment is heard of later
        return told(entered(clock, began), kind, reminder, chain)
    after = told(clock, kind, reminder, chain)
    return after._replace(at_risk_told=clock.at_risk_told, breach_told=clock.breach_told)
