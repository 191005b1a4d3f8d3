"""What intake hears, and which handler acts on it."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.timers import Timer, due
from contracts.agencies import AgencyReport
from contracts.frontends import RequestSubmitted
from contracts.kb import ArticlePublished
from contracts.notify import NotificationSettled
from contracts.routing import RequestAssigned
from contracts.sla import ForecastPublished, RequestPromised
from contracts.survey import SurveyAnswered
from intake import handlers
from intake.handlers import Desk


def subscriptions(desk: Desk) -> tuple[Subscription, ...]:
    """List event type and handler."""
    return (
        on(RequestSubmitted, partial(handlers.take_submissions, desk=desk)),
        on(RequestAssigned, partial(handlers.follow_assignments, desk=desk)),
        on(AgencyReport, partial(handlers.take_agency_reports, desk=desk)),
        on(SurveyAnswered, partial(handlers.follow_survey_answers, desk=desk)),
        on(RequestPromised, handlers.follow_promises),
        on(NotificationSettled, handlers.follow_notifications),
        on(ForecastPublished, handlers.follow_forecasts),
        on(ArticlePublished, handlers.follow_articles),
    )


def timers() -> tuple[Timer, ...]:
    """List due work and handler."""
    return (due(handlers.WAITING, handlers.refuse_waiting),)
