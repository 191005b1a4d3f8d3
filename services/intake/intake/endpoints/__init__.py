"""Intake's HTTP doors."""

from fastapi import APIRouter, Depends

from chassis.http import Doors
from intake.endpoints import (
    account,
    agencies,
    appointments,
    center,
    city_map,
    closings,
    conversations,
    drafts,
    duplicates,
    held,
    histories,
    letters,
    lifecycle,
    live,
    open311,
    people,
    photos,
    places,
    public,
    residents,
    social,
    supervisors,
    telephony,
    workdesk,
)
from intake.endpoints.letters import listeners
from intake.endpoints.limits import guard_of, limited
from intake.handlers import Desk

__all__ = ["listeners", "routes"]

_LIMITED = (public, account, people, residents, photos, drafts, appointments, duplicates)
"""Doors whose callers are limited; machines' doors check a key or a signature, with limits of their own."""


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open every door of intake."""
    router, limits = APIRouter(), [Depends(limited(guard_of(desk)))]
    for part in (
        live,
        city_map,
        public,
        account,
        people,
        histories,
        held,
        residents,
        agencies,
        supervisors,
        closings,
        lifecycle,
        workdesk,
        photos,
        open311,
        places,
        drafts,
        appointments,
        center,
        duplicates,
        letters,
        social,
        conversations,
        telephony,
    ):
        router.include_router(part.routes(doors, desk), dependencies=limits if part in _LIMITED else None)
    return router
