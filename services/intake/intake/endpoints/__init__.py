"""Intake's HTTP doors."""

from fastapi import APIRouter, Depends

from chassis.http import Doors
from intake.endpoints import center, drafts, duplicates, forms, letters, open311, places, social
from intake.endpoints.agencies import closings, details, workdesk
from intake.endpoints.conversations import chat, telephony
from intake.endpoints.letters import listeners
from intake.endpoints.life import lifecycle, supervisors
from intake.endpoints.limits import guard_of, limited
from intake.endpoints.people import account_pages, accounts, histories
from intake.endpoints.photos import keeping
from intake.endpoints.public import city_map, live, start
from intake.endpoints.requests import appointments, everybody, held, residents
from intake.handlers import Desk

__all__ = ["listeners", "routes"]

_LIMITED = (everybody, account_pages, accounts, residents, keeping, drafts, appointments, duplicates, forms)
"""Doors whose callers are limited; machines' doors check a key or a signature, with limits of their own."""


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open every door of intake."""
    router, limits = APIRouter(), [Depends(limited(guard_of(desk)))]
    for part in (
        start,
        live,
        city_map,
        everybody,
        account_pages,
        accounts,
        histories,
        held,
        residents,
        details,
        supervisors,
        closings,
        lifecycle,
        workdesk,
        keeping,
        open311,
        places,
        drafts,
        forms,
        appointments,
        center,
        duplicates,
        letters,
        social,
        chat,
        telephony,
    ):
        router.include_router(part.routes(doors, desk), dependencies=limits if part in _LIMITED else None)
    return router
