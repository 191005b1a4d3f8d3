"""What adapters hears, the timer it has set, and the loops beside the log."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from adapters import handlers
from adapters.handlers import Bells, Desk
from adapters.settings import Settings
from chassis.consuming import Subscription, on
from chassis.http import Doors
from chassis.rebuilding import Rebuild
from chassis.records import Due, Received
from chassis.service import Worker
from chassis.timers import Timer, due
from chassis.transaction import Transaction
from contracts.routing import AgencyNotice


def subscriptions(desk: Desk, bells: Bells) -> tuple[Subscription, ...]:
    """List which handler takes which event."""

    async def take(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        await handlers.take_notices(tx, received, desk)
        tx.after_commit(bells.errands.set)

    return (on(AgencyNotice, take),)


def timers(desk: Desk, bells: Bells) -> tuple[Timer, ...]:
    """List which handler takes which due work."""

    async def compare(tx: Transaction, ready: Sequence[Due]) -> None:
        await handlers.want_reconciliations(tx, ready, desk)
        tx.after_commit(bells.comparisons.set)

    return (due(handlers.RECONCILE, compare),)


def rebuild(desk: Desk) -> Rebuild:
    """Say how the state is made again from the log."""
    take = on(AgencyNotice, partial(handlers.take_notices, desk=desk))
    return Rebuild(tables=handlers.TABLES, restores=(take,), finish=handlers.retire_again)


def workers(desk: Desk, settings: Settings, bells: Bells) -> tuple[Worker, ...]:
    """List what runs beside the log: errands, watching, comparing."""

    async def deliver(doors: Doors, stop: asyncio.Event) -> None:
        deliverer = handlers.Deliverer(doors, desk, settings.adapter_calls)
        await deliverer.run(stop, bells.errands, settings.adapter_poll_seconds)

    async def watch(doors: Doors, stop: asyncio.Event) -> None:
        await handlers.Watcher(doors, desk).run(stop)

    async def compare(doors: Doors, stop: asyncio.Event) -> None:
        reconciler = handlers.Reconciler(doors, desk)
        await reconciler.run(stop, bells.comparisons, settings.adapter_poll_seconds * 10)

    return (Worker("errands", deliver), Worker("watching", watch), Worker("comparing", compare))
