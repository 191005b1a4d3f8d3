"""Which events make messages, and the loop that delivers them."""

import asyncio

from chassis.consuming import Subscription, on
from chassis.http import Doors
from chassis.service import Worker
from contracts.intake import ContactProfile, RequestClosed, RequestCreated, RequestReopened, RequestUpdated
from contracts.routing import RequestAssigned
from contracts.sla import RequestEscalated, RequestPromised
from contracts.survey import SurveyAnswered, SurveyInvited
from notify.domain.letters import Writer
from notify.gateways import PostOffice
from notify.handlers import delivering, telling
from notify.settings import Settings


def subscriptions() -> tuple[Subscription, ...]:
    """List event -> handler; profiles come first, so that a batch's messages find them."""
    return (
        on(ContactProfile, telling.keep_profiles, erased=telling.forget_contacts),
        on(RequestCreated, telling.tell_received),
        on(RequestAssigned, telling.tell_assigned),
        on(RequestPromised, telling.tell_promised),
        on(RequestUpdated, telling.tell),
        on(RequestEscalated, telling.tell),
        on(RequestClosed, telling.tell),
        on(RequestReopened, telling.tell),
        on(SurveyInvited, telling.tell),
        on(SurveyAnswered, telling.drop_answered),
    )


def workers(settings: Settings, writer: Writer) -> tuple[Worker, ...]:
    """List what runs beside the events: the deliverer."""

    async def deliver(doors: Doors, stop: asyncio.Event) -> None:
        async with PostOffice.open(settings) as post:
            deliverer = delivering.Deliverer(doors, writer, post, settings.delivery_batch)
            await deliverer.run(stop, settings.delivery_poll_seconds)

    return (Worker("deliveries", deliver),)
