"""A person's history from every channel, for staff: each look at it is audited."""

from functools import partial

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake.domain.policy import POLICY
from intake.handlers import Desk, people
from intake.handlers.people import Erasure, Ruled
from intake.schemas.people import AddressBody, FoundPeople, PersonHistory, Receipt, RulingBody, RulingMade


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for staff."""
    router = APIRouter(prefix="/people", tags=["people"])
    rule = doors.command("POST /people/contacts", people.rule_contacts)
    erase = doors.command("POST /people/erase", partial(people.erase_people, desk=desk))

    # Looks are no commands: what a command answers is kept, and this must not be.
    @router.post("/search", responses={200: {"model": FoundPeople}})
    async def find_people(body: AddressBody, caller: Caller) -> Response:
        """Find who has this address; it travels in the body, where no log sees it."""
        allow(POLICY, caller, "person.read")
        async with doors.transaction() as tx:
            found = await people.find_people(tx, body.email, body.phone, caller)
        return json_response(found)

    @router.get("/{ref}", responses={200: {"model": PersonHistory}})
    async def show_person(ref: str, caller: Caller) -> Response:
        """See contacts, requests, messages, conversations, calls and surveys of a person, or of one contact."""
        allow(POLICY, caller, "person.read")
        async with doors.transaction() as tx:
            shown = await people.show_person(tx, ref.replace("\x00", ""), desk, caller)
        return json_response(shown)

    @router.put("/{ref}/contacts/{contact_ref}", responses={200: {"model": RulingMade}})
    async def link_contact(ref: str, contact_ref: str, body: RulingBody, caller: Caller) -> Response:
        """Say that a contact is this person's; it can be parted again."""
        allow(POLICY, caller, "person.link")
        return await rule(Ruled(contact_ref.replace("\x00", ""), ref.replace("\x00", ""), body.reason), caller)

    @router.post("/contacts/{contact_ref}/part", responses={200: {"model": RulingMade}})
    async def part_contact(contact_ref: str, body: RulingBody, caller: Caller) -> Response:
        """Say that a contact stands apart, whatever its address; it can be linked again."""
        allow(POLICY, caller, "person.link")
        return await rule(Ruled(contact_ref.replace("\x00", ""), None, body.reason), caller)

    @router.post("/{ref}/erase", responses={200: {"model": Receipt}})
    async def erase_person(ref: str, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Erase a person, or one contact that is nobody's, because they asked for it."""
        allow(POLICY, caller, "person.erase")
        return await erase(Erasure(ref.replace("\x00", "")), caller, key)

    return router
