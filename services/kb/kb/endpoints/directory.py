"""The city's service directory, as JSON and as schema.org's GovernmentService."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from chassis.errors import not_found
from chassis.http import Caller, Doors
from chassis.tagged import IfNoneMatch, cached, tag
from kb.domain.directory import linked_data
from kb.endpoints.shaping import known, sees_internal
from kb.handlers import showing
from kb.handlers.directory import Directory
from kb.handlers.reading_room import ReadingRoom
from kb.schemas import DeskLine

Shape = Annotated[Literal["json", "jsonld"], Query(alias="format")]


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors of the directory."""
    router, directory = APIRouter(tags=["directory"]), Directory()

    @router.get("/directory")
    async def list_services(language: str = "en", shape: Shape = "json", if_none_match: IfNoneMatch = None) -> Response:
        """List every service: steps, agency, hours, target, forecast, fees and articles."""
        entries = await directory.entries(doors, room, known(language, room.city))
        return _answer(list(entries.values()), room, shape, if_none_match)

    @router.get("/directory/{code}")
    async def show_service(
        code: str, language: str = "en", shape: Shape = "json", if_none_match: IfNoneMatch = None
    ) -> Response:
        """Show one service."""
        entries = await directory.entries(doors, room, known(language, room.city))
        if code not in entries:
            raise not_found(f"service {code}")
        return _answer(entries[code], room, shape, if_none_match)

    @router.get("/transfers")
    async def list_desks(caller: Caller, language: str = "en") -> list[DeskLine]:
        """List the desks a caller may be handed to, with hours, and whether somebody answers now."""
        tongue, now = known(language, room.city), doors.database.clock()
        desks = showing.desks(tuple(room.city.transfers), room, now, tongue)
        return [DeskLine(**desk) for desk in desks if sees_internal(caller) or desk["phone"]]

    return router


def _answer(
    entries: list[Mapping[str, Any]] | Mapping[str, Any], room: ReadingRoom, shape: str, if_none_match: str | None
) -> Response:
    if shape == "json":
        return cached(entries, tag(entries), if_none_match)
    several = isinstance(entries, list)
    found = [linked_data(entry, room.city) for entry in (entries if isinstance(entries, list) else [entries])]
    body = {"@context": "https://schema.org"} | ({"@graph": found} if several else found[0])
    return cached(body, tag(body), if_none_match, "application/ld+json")
