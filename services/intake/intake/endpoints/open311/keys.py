"""API keys, for operators."""

from fastapi import APIRouter, Response

from chassis.commands import Reply
from chassis.errors import FieldError, invalid
from chassis.http import Caller, Doors, json_response
from chassis.principals import allow
from intake.domain.policy import POLICY
from intake.handlers import Desk, open311
from intake.handlers.open311 import NewKey
from intake.schemas.open311 import KeyBody, KeyList, KeyMade


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for operators."""
    router = APIRouter(prefix="/open311/keys", tags=["open311"])
    make = doors.command("POST /open311/keys", open311.make_keys)
    revoke = doors.command("DELETE /open311/keys", open311.revoke_keys)

    @router.post("", status_code=201, responses={201: {"model": KeyMade}})
    async def make_key(body: KeyBody, caller: Caller) -> Response:
        """Make a key; it is shown this once."""
        allow(POLICY, caller, "open311.keys")
        if body.agency and body.agency not in {agency.slug for agency in desk.city.working_agencies}:
            raise invalid([FieldError(field="agency", problem="No agency of this name takes requests.")])
        key, hashed = open311.new_key()
        (answer,) = await make.many([NewKey(hashed, body.owner, body.agency, body.rate)], caller, [None])
        return json_response({**_body(answer), "api_key": key, "rate": body.rate, "agency": body.agency}, 201)

    @router.get("", responses={200: {"model": KeyList}})
    async def list_keys(caller: Caller) -> Response:
        """List keys by id and owner."""
        allow(POLICY, caller, "open311.keys")
        async with doors.reads() as reads:
            return json_response({"keys": await open311.list_keys(reads)})

    @router.delete("/{key_id}")
    async def revoke_key(key_id: str, caller: Caller) -> Response:
        """Revoke a key at once."""
        allow(POLICY, caller, "open311.keys")
        return await revoke(key_id.replace("\x00", ""), caller)

    return router


def _body(answer: object) -> dict[str, object]:
    if isinstance(answer, Reply):
        return dict(answer.body)
    raise answer if isinstance(answer, Exception) else TypeError(answer)
