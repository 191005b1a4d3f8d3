"""What intake hears, and which handler acts on it."""

import asyncio
from functools import partial

from chassis.consuming import Subscription, on
from chassis.http import Doors
from chassis.rebuilding import Rebuild
from chassis.service import Worker
from chassis.timers import Timer, due
from contracts.agencies import AgencyReport
from contracts.frontends import RequestSubmitted
from contracts.intake import (
    ContactProfile,
    RequestAccepted,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
    UpdateRefused,
)
from contracts.kb import ArticlePublished
from contracts.notify import CampaignChanged, NotificationSettled
from contracts.routing import RequestAssigned, RequestDiverted
from contracts.sla import ForecastPublished, RequestPromised
from contracts.survey import FeedbackRecorded, SurveyAnswered, SurveyInvited
from intake import handlers
from intake.gateways.social import Networks
from intake.handlers import Darkroom, Desk
from intake.handlers.agencies import praising
from intake.handlers.conversations import surveys
from intake.handlers.letters import LetterAnswers
from intake.handlers.life import restoring
from intake.handlers.public import live
from intake.handlers.public.announcing import follow_campaigns
from intake.handlers.public.mapping import index_areas
from intake.handlers.social.posts import FORGET as FORGET_THREADS
from intake.handlers.social.posts import SocialAnswers, forget_threads
from intake.settings import Settings


def subscriptions(desk: Desk) -> tuple[Subscription, ...]:
    """List event type and handler."""
    return (
        on(RequestSubmitted, partial(handlers.take_submissions, desk=desk)),
        on(RequestAssigned, partial(handlers.follow_assignments, desk=desk)),
        on(RequestDiverted, handlers.follow_diversions),
        on(AgencyReport, partial(handlers.take_agency_reports, desk=desk)),
        on(SurveyInvited, partial(surveys.note_invited, desk=desk)),
        on(SurveyAnswered, partial(surveys.follow_answers, desk=desk)),
        on(FeedbackRecorded, praising.keep_praise),
        on(RequestPromised, handlers.follow_promises),
        on(NotificationSettled, handlers.follow_notifications),
        on(ForecastPublished, handlers.follow_forecasts),
        on(ArticlePublished, handlers.follow_articles),
        on(CampaignChanged, follow_campaigns),
    )


def timers(desk: Desk) -> tuple[Timer, ...]:
    """List due work and handler."""
    return (
        due(handlers.WAITING, partial(handlers.refuse_waiting, desk=desk)),
        due(handlers.STEPPING, partial(handlers.take_steps, desk=desk)),
        due(handlers.FORGETTING, handlers.forget_drafts),
        due(handlers.FORGET, handlers.forget_talks),
        due(FORGET_THREADS, forget_threads),
        due(surveys.PAUSE, surveys.end_surveys),
    )


def rebuild() -> Rebuild:
    """Say how the state is made again from the log: intake's own events first, then what was heard of them."""
    return Rebuild(
        tables=restoring.TABLES,
        restores=(
            on(RequestCreated, restoring.restore_requests),
            on(ContactProfile, restoring.restore_contacts),
            on(RequestAccepted, restoring.restore_submissions),
            on(RequestAssigned, restoring.restore_assignments),
            on(RequestUpdated, restoring.restore_updates),
            on(RequestClosed, restoring.restore_closings),
            on(RequestReopened, restoring.restore_reopenings),
            on(UpdateRefused, restoring.restore_refusals),
            on(SurveyAnswered, restoring.note_answers),
            on(FeedbackRecorded, praising.keep_praise),
            on(RequestPromised, handlers.follow_promises),
            on(NotificationSettled, handlers.follow_notifications),
            on(ForecastPublished, handlers.follow_forecasts),
            on(ArticlePublished, handlers.follow_articles),
            on(CampaignChanged, follow_campaigns),
        ),
        finish=restoring.watch_waiting_reports,
    )


def workers(desk: Desk, settings: Settings) -> tuple[Worker, ...]:
    """List what runs beside the events."""

    async def develop(doors: Doors, stop: asyncio.Event) -> None:
        await Darkroom(doors, desk).run(stop, settings.photo_poll_seconds)

    async def answer(doors: Doors, stop: asyncio.Event) -> None:
        await SocialAnswers(doors, Networks(settings)).run(stop, settings.social_poll_seconds)

    async def answer_by_mail(doors: Doors, stop: asyncio.Event) -> None:
        await LetterAnswers(doors, desk).run(stop)

    async def close_knowledge(_doors: Doors, stop: asyncio.Event) -> None:
        await stop.wait()
        await desk.knowledge.close()

    social = (Worker("social answers", answer),) if settings.social_x_secret or settings.social_meta_secret else ()
    mail = (Worker("letters", answer_by_mail),) if desk.city.profile.mail and settings.mail_port is not None else ()
    areas = Worker("areas", partial(index_areas, desk=desk))
    beside = (Worker("live", partial(live.watch, desk=desk)), Worker("knowledge", close_knowledge), areas)
    return (*social, *mail, *beside, Worker("limits", desk.limiter.run), Worker("photos", develop))
