"""What survey hears, and the timers it has set."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.rebuilding import Rebuild
from chassis.timers import Timer, due
from contracts.city import City
from contracts.intake import ContactErased, RequestClosed, RequestReopened, SurveyReplied
from contracts.survey import FeedbackRecorded, FollowUpChanged, SurveyAnswered, SurveyInvited
from survey.handlers import answering, feedback, following_up, inviting, restoring, sharing, words


def subscriptions(city: City) -> tuple[Subscription, ...]:
    """List which handler takes which event."""
    return (
        on(ContactErased, words.forget_people),
        on(RequestReopened, inviting.withdraw_invitations),
        on(SurveyReplied, partial(answering.hear_replies, city=city)),
        on(RequestClosed, partial(inviting.ask_about_closings, city=city)),
    )


def timers(city: City) -> tuple[Timer, ...]:
    """List which handler takes which due work."""
    return (
        due(inviting.INVITE, partial(inviting.send_invitations, city=city)),
        due(inviting.REMIND, partial(inviting.remind, city=city)),
        due(sharing.SHARE, partial(sharing.share_results, city=city)),
        due(following_up.LATE, partial(following_up.hand_up, city=city)),
    )


def rebuild(city: City) -> Rebuild:
    """Say how the state is made again from the log: what was heard, then what was sent and answered."""
    return Rebuild(
        tables=restoring.TABLES,
        restores=(
            *(one for one in subscriptions(city) if one.event is not SurveyReplied),
            on(SurveyInvited, partial(restoring.restore_invitations, city=city)),
            on(SurveyAnswered, restoring.restore_answers),
            on(FollowUpChanged, partial(following_up.restore_follow_ups, city=city)),
            on(FeedbackRecorded, feedback.restore_feedback),
        ),
        finish=partial(inviting.spare_what_was_not_sent, city=city),
    )
