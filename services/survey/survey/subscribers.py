"""What survey hears, and the timer it has set."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.timers import Timer, due
from contracts.city import City
from contracts.intake import RequestClosed, RequestReopened
from survey import handlers


def subscriptions(city: City) -> tuple[Subscription, ...]:
    """List which handler takes which event."""
    return (
        on(RequestReopened, handlers.withdraw_invitations),
        on(RequestClosed, partial(handlers.ask_about_closings, city=city)),
    )


def timers() -> tuple[Timer, ...]:
    """List which handler takes which due work."""
    return (due(handlers.INVITE, handlers.send_invitations),)
