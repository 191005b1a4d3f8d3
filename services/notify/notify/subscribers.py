"""Which events make messages, and the loop that delivers them."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from chassis.consuming import Handler, Subscription, on
from chassis.http import Doors
from chassis.rebuilding import Rebuild
from chassis.records import Received
from chassis.service import Worker
from chassis.transaction import Transaction
from contracts.intake import (
    ContactErased,
    ContactProfile,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
)
from contracts.notify import NotificationSettled
from contracts.routing import RequestAssigned
from contracts.sla import RequestEscalated, RequestPromised
from contracts.survey import SurveyAnswered, SurveyInvited
from notify.domain.letters import Writer
from notify.gateways import PostOffice
from notify.handlers import delivering, restoring, telling
from notify.settings import Settings

Bell = asyncio.Event
"""Rung when messages were intended, so that the deliverer need not look all the time."""


def subscriptions(bell: Bell) -> tuple[Subscription, ...]:
    """List event -> handler; profiles come first, so that a batch's messages find them. All ring for the deliverer."""
    ringing = partial(_ringing, bell)
    return (
        on(ContactProfile, ringing(telling.keep_profiles), erased=telling.forget_contacts),
        on(RequestCreated, ringing(telling.tell_received)),
        on(RequestAssigned, ringing(telling.tell_assigned)),
        on(RequestPromised, ringing(telling.tell_promised)),
        on(RequestUpdated, ringing(telling.tell_updated)),
        on(RequestEscalated, ringing(telling.tell)),
        on(RequestClosed, ringing(telling.tell)),
        on(RequestReopened, ringing(telling.tell)),
        on(SurveyInvited, ringing(telling.tell)),
        on(SurveyAnswered, telling.drop_answered),
        on(ContactErased, ringing(telling.forget_people)),
    )


def rebuild() -> Rebuild:
    """Say how the state is made again from the log: messages are intended again, and those told are told."""
    return Rebuild(
        tables=restoring.TABLES,
        restores=(*subscriptions(Bell()), on(NotificationSettled, restoring.restore_endings)),
        finish=restoring.forget_what_was_told,
    )


def _ringing(bell: Bell, handler: Handler) -> Handler:
    async def handled(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        await handler(tx, received)
        bell.set()

    return handled


def workers(settings: Settings, writer: Writer, bell: Bell) -> tuple[Worker, ...]:
    """List what runs beside the events: the deliverer."""

    async def deliver(doors: Doors, stop: asyncio.Event) -> None:
        async with PostOffice.open(settings) as post:
            deliverer = delivering.Deliverer(doors, writer, post, settings.delivery_batch)
            await deliverer.run(stop, bell, settings.delivery_poll_seconds)

    return (Worker("deliveries", deliver),)
