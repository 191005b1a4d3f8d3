"""What survey hears, and the timer it has set."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.rebuilding import Rebuild
from chassis.timers import Timer, due
from contracts.city import City
from contracts.intake import ContactErased, RequestClosed, RequestReopened
from contracts.survey import SurveyAnswered, SurveyInvited
from survey.handlers import inviting, restoring, words


def subscriptions(city: City) -> tuple[Subscription, ...]:
    """List which handler takes which event."""
    return (
        on(RequestReopened, inviting.withdraw_invitations),
        on(RequestClosed, partial(inviting.ask_about_closings, city=city)),
        on(ContactErased, words.forget_people),
    )


def timers() -> tuple[Timer, ...]:
    """List which handler takes which due work."""
    return (due(inviting.INVITE, inviting.send_invitations),)


def rebuild(city: City) -> Rebuild:
    """Say how the state is made again from the log: what was heard, then what was sent and answered."""
    return Rebuild(
        tables=restoring.TABLES,
        restores=(
            *subscriptions(city),
            on(SurveyInvited, partial(restoring.restore_invitations, city=city)),
            on(SurveyAnswered, restoring.restore_answers),
        ),
    )
