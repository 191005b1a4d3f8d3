"""What sla hears, and the timers it has set."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.rebuilding import Rebuild
from chassis.timers import Timer, due
from contracts.intake import RequestClosed, RequestCreated, RequestReopened, RequestUpdated
from contracts.routing import RequestAssigned
from contracts.sla import ForecastPublished, RequestEscalated, RequestPromised
from sla import handlers
from sla.domain.escalation import TIMERS
from sla.domain.rules import Rules
from sla.handlers import restoring


def subscriptions(rules: Rules) -> tuple[Subscription, ...]:
    """List which handler takes which event."""
    return (
        on(RequestCreated, partial(handlers.promise_new_requests, rules=rules)),
        on(RequestAssigned, partial(handlers.follow_assignments, rules=rules)),
        on(RequestUpdated, partial(handlers.follow_updates, rules=rules)),
        on(RequestClosed, partial(handlers.stop_clocks, rules=rules)),
        on(RequestReopened, partial(handlers.resume_reopened_requests, rules=rules)),
    )


def rebuild(rules: Rules) -> Rebuild:
    """Say how the state is made again from the log: what was heard, then what was published about it."""
    return Rebuild(
        tables=restoring.TABLES,
        restores=(
            *subscriptions(rules),
            on(RequestPromised, partial(restoring.restore_promises, rules=rules)),
            on(RequestEscalated, partial(restoring.restore_escalations, rules=rules)),
            on(ForecastPublished, restoring.restore_forecasts),
        ),
        finish=partial(restoring.count_again, rules=rules),
    )


def timers(rules: Rules) -> tuple[Timer, ...]:
    """List which handler takes which due work."""
    clocks = tuple(due(kind, partial(handlers.escalate, rules=rules)) for kind in TIMERS)
    return (*clocks, due(handlers.DAILY, partial(handlers.count_daily, rules=rules)))
