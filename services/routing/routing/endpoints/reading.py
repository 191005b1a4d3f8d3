"""The reader's doors: what words may mean, for forms, chat and agents; and which version reads."""

from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Path, Request, Response

from chassis.gate import Gate
from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from contracts.city import City
from routing import handlers, store
from routing.domain.policy import POLICY
from routing.handlers import Office
from routing.handlers.recommending import Recommender
from routing.schemas.reading import SuggestedServices, Versions, VersionView, Words


class Pace(NamedTuple):
    """Calls that may come at once, and how many more an hour."""

    at_once: int
    an_hour: int


ASKING: Final = Pace(60, 3600)
"""A form that suggests as one types asks about once a second."""


def routes(doors: Doors, city: City, office: Office, gate: Gate) -> APIRouter:
    """Open the reader's doors."""
    router = APIRouter(tags=["reader"])
    _open_suggestions(router, doors, Recommender(city, office), gate)
    _open_versions(router, doors)
    return router


def _open_suggestions(router: APIRouter, doors: Doors, recommender: Recommender, gate: Gate) -> None:
    @router.post("/types/suggest", responses={200: {"model": SuggestedServices}})
    async def suggest_types(body: Words, request: Request, caller: Caller) -> Response:
        """Rank the services that words may mean, with who would do them; nothing is kept of the words."""
        allow(POLICY, caller, "types.suggest")
        gate.check(request, caller)
        now = doors.database.clock()
        chosen = await recommender.chosen(body.text)
        async with doors.reads() as reads:
            return json_response(await recommender.suggest(reads, body.text, body.question(now), now, chosen))


def _open_versions(router: APIRouter, doors: Doors) -> None:
    switch = doors.command("POST /reader/versions/use", handlers.put_to_use)

    @router.get("/reader/versions")
    async def list_versions(caller: Caller) -> Versions:
        """List the trained readers with their marks."""
        allow(POLICY, caller, "reader.read")
        async with doors.reads() as reads:
            rows, in_use = await store.reading.reader_versions(reads), await store.reading.reader_in_use(reads)
        return Versions(in_use=in_use, versions=[VersionView(**row) for row in rows])

    @router.post("/reader/versions/{version}/use")
    async def use_version(
        version: Annotated[int, Path(ge=0, le=2**31 - 1)], caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Let a version read from now on; 0 is the one that ships. Audited."""
        allow(POLICY, caller, "reader.use")
        return await switch(version, caller, key)
