"""kb's HTTP doors."""

from fastapi import APIRouter

from chassis.http import Doors
from kb.endpoints import answers, directory, editing, learning, moving, reading, searching
from kb.handlers.reading_room import ReadingRoom

__all__ = ["routes"]


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open every door of kb."""
    router = APIRouter()
    for part in (searching, answers, reading, editing, learning, moving, directory):
        router.include_router(part.routes(doors, room))
    router.include_router(editing.owning_routes(doors, room))
    router.include_router(editing.minding_routes(doors, room))
    return router
