"""Which events make messages, and the loop that delivers them."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from chassis.consuming import Handler, Subscription, on
from chassis.http import Doors
from chassis.rebuilding import Rebuild
from chassis.records import Received
from chassis.service import Worker
from chassis.timers import Timer, due
from chassis.transaction import Transaction
from contracts.city import City
from contracts.intake import (
    ContactErased,
    ContactProfile,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
)
from contracts.notify import CampaignChanged, NotificationSettled
from contracts.routing import RequestAssigned
from contracts.sla import RequestEscalated, RequestPromised
from contracts.survey import FollowUpChanged, SurveyAnswered, SurveyInvited
from notify.domain.hours import Clock
from notify.domain.intents import Telling
from notify.domain.letters import Addresses, Writer
from notify.domain.offices import Offices
from notify.gateways import PostOffice
from notify.handlers import campaigning, delivering, restoring, telling
from notify.handlers.telling import Teller
from notify.settings import Settings

Bell = asyncio.Event
"""Rung when messages were intended, so that the deliverer need not look all the time."""


def writer(settings: Settings, city: City) -> Writer:
    """Make who writes messages, with the addresses that they name."""
    key = settings.link_key.get_secret_value()
    notify = settings.notify_base_url.rstrip("/")
    return Writer(city, Addresses(settings.web_base_url, settings.survey_base_url, key, notify))


def teller(settings: Settings, city: City) -> Teller:
    """Make who intends messages, by the city's rules and the channels there is a provider for."""
    clock = Clock(city.telling, ZoneInfo(city.profile.time_zone))
    return Teller(Telling(clock, settings.in_service), Offices(city))


def subscriptions(bell: Bell, teller: Teller) -> tuple[Subscription, ...]:
    """List event -> handler; profiles come first, so that a batch's messages find them. All ring for the deliverer."""
    ringing = partial(_ringing, bell)
    return (
        on(ContactProfile, ringing(teller.keep_profiles), erased=telling.forget_contacts),
        on(RequestCreated, ringing(teller.tell_received)),
        on(RequestAssigned, ringing(teller.tell_assigned)),
        on(RequestPromised, ringing(teller.tell_promised)),
        on(RequestUpdated, ringing(teller.tell_updated)),
        on(RequestEscalated, ringing(teller.tell)),
        on(RequestClosed, ringing(teller.tell)),
        on(RequestReopened, ringing(teller.tell)),
        on(SurveyInvited, ringing(teller.tell)),
        on(SurveyAnswered, telling.drop_answered),
        on(FollowUpChanged, ringing(teller.follow_ups.tell)),
        on(ContactErased, ringing(telling.forget_people)),
    )


def timers(teller: Teller) -> tuple[Timer, ...]:
    """List due work and handler."""
    return (due(campaigning.TELL, teller.campaigns.tell_next),)


def rebuild(teller: Teller) -> Rebuild:
    """Say how the state is made again from the log: messages are intended again, and those told are told."""
    return Rebuild(
        tables=restoring.TABLES,
        restores=(
            *subscriptions(Bell(), teller),
            on(NotificationSettled, restoring.restore_endings),
            on(CampaignChanged, campaigning.keep_published),
        ),
        finish=restoring.forget_what_was_told,
    )


def _ringing(bell: Bell, handler: Handler) -> Handler:
    async def handled(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        await handler(tx, received)
        tx.after_commit(bell.set)

    return handled


def workers(settings: Settings, writer: Writer, bell: Bell) -> tuple[Worker, ...]:
    """List what runs beside the events: the deliverer."""

    async def deliver(doors: Doors, stop: asyncio.Event) -> None:
        async with PostOffice.open(settings, writer.voices) as post:
            deliverer = delivering.Deliverer(doors, writer, post, settings.delivery_batch)
            await deliverer.run(stop, bell, settings.delivery_poll_seconds)

    return (Worker("deliveries", deliver),)
