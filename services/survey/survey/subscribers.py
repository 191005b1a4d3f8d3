"""What survey hears, and the timer it has set."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.rebuilding import Rebuild
from chassis.timers import Timer, due
from contracts.city import City
from contracts.intake import RequestClosed, RequestReopened
from contracts.survey import SurveyAnswered, SurveyInvited
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


def rebuild(city: City) -> Rebuild:
    """Say how the state is made again from the log: what was heard, then what was sent and answered."""
    return Rebuild(
        tables=handlers.TABLES,
        restores=(
            *subscriptions(city),
            on(SurveyInvited, partial(handlers.restore_invitations, city=city)),
            on(SurveyAnswered, handlers.restore_answers),
        ),
    )
