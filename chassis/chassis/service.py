"""What a service is made of; its `app.py` says so in one place. Only the chassis commits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from sqlalchemy import MetaData

from chassis.consuming import Subscription
from chassis.http import Doors
from chassis.rebuilding.plan import Rebuild
from chassis.retaining import Retention
from chassis.settings import ServiceSettings
from chassis.timers import Timer
from chassis.transaction import Transaction

Routes = Callable[[Doors], APIRouter]
OnStart = Callable[[Transaction], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Worker:
    """A loop of a service's own beside the log: deliveries, polls. It returns when `stop` is set."""

    name: str
    run: Callable[[Doors, asyncio.Event], Awaitable[None]]


@dataclass(frozen=True)
class Service:
    """What a service is made of; built by its `app.py`."""

    name: str
    settings: ServiceSettings
    metadata: MetaData
    agencies: Sequence[str]
    subscriptions: tuple[Subscription, ...]
    routes: Routes
    timers: tuple[Timer, ...] = ()
    workers: tuple[Worker, ...] = ()
    on_start: OnStart | None = None
    says: str = ""
    rebuild: Rebuild | None = None
    adapted: Sequence[str] = ()
    """The agencies that this service stands in for."""
    retains: tuple[Retention, ...] = ()
    """What of the service's own tables is of no use after a time."""
    session: Mapping[str, str] = field(default_factory=dict)
    """PostgreSQL settings of the service's sessions, beside the server's."""
    package: str | None = None
    """The package whose migrations these are, when it is not named like the service."""
