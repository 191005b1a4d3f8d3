"""Intake's HTTP doors."""

from fastapi import APIRouter

from chassis.http import Doors
from intake.endpoints import agencies, public, residents, supervisors
from intake.handlers import Desk


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open every door of intake."""
    router = APIRouter()
    for part in (public, residents, agencies, supervisors):
        router.include_router(part.routes(doors, desk))
    return router
