"""What sla hears, and the timers it has set."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.timers import Timer, due
from contracts.intake import RequestClosed, RequestCreated, RequestReopened, RequestUpdated
from contracts.routing import RequestAssigned
from sla import handlers
from sla.domain.escalation import TIMERS
from sla.domain.rules import Rules


def subscriptions(rules: Rules) -> tuple[Subscription, ...]:
    """List which handler takes which event."""
    return (
        on(RequestCreated, partial(handlers.promise_new_requests, rules=rules)),
        on(RequestAssigned, partial(handlers.follow_assignments, rules=rules)),
        on(RequestUpdated, partial(handlers.follow_updates, rules=rules)),
        on(RequestClosed, partial(handlers.stop_clocks, rules=rules)),
        on(RequestReopened, partial(handlers.resume_reopened_requests, rules=rules)),
    )


def timers(rules: Rules) -> tuple[Timer, ...]:
    """List which handler takes which due work."""
    return tuple(due(kind, partial(handlers.escalate, rules=rules)) for kind in TIMERS)
