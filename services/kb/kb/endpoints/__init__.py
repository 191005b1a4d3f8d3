"""kb's HTTP doors."""

from fastapi import APIRouter

from chassis.http import Doors
from kb.endpoints import reading, searching
from kb.handlers.reading_room import ReadingRoom

__all__ = ["routes"]


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open every door of kb."""
    router = APIRouter()
    for part in (searching, reading):
        router.include_router(part.routes(doors, room))
    return router
