"""The contact center: agents' contacts, the queue over every channel, live waits, and feedback."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from contracts.event import Utc
from contracts.vocabulary import Channel
from intake import handlers
from intake.domain.policy import POLICY
from intake.handlers import Begun, ContactHappening, Desk, Feedback
from intake.handlers.center.relief import show_relief
from intake.schemas import BeginContact, ContactEvent, ContactStanding, FeedbackBody


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors of the contact center."""
    router = APIRouter(tags=["contact center"])
    _contacts(router, doors, desk)
    _views(router, doors, desk)
    _feedback(router, doors)
    return router


def _contacts(router: APIRouter, doors: Doors, desk: Desk) -> None:
    begin = doors.command("POST /contacts", handlers.begin_contacts)
    note = doors.command("POST /contacts/events", partial(handlers.note_events, desk=desk))

    @router.post("/contacts", status_code=201, responses={201: {"model": ContactStanding}})
    async def begin_contact(body: BeginContact, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Begin a contact: it waits in line, or, going out, is under way."""
        allow(POLICY, caller, "contact.work")
        return await begin(Begun(**body.model_dump()), caller, key)

    @router.post("/contacts/{contact_id}/events", responses={200: {"model": ContactStanding}})
    async def note_event(contact_id: UUID, body: ContactEvent, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Take down what happens: answered, call back, notes, transfer, end."""
        allow(POLICY, caller, "contact.work")
        told = body.model_dump(exclude={"event"})
        return await note(ContactHappening(contact_id, body.event, **told), caller, key)


def _views(router: APIRouter, doors: Doors, desk: Desk) -> None:
    target = desk.city.conversation.agents.wait_target_seconds

    @router.get("/contacts/queue")
    async def show_queue(
        caller: Caller, channel: Channel | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Response:
        """List who waits for a person, over every channel, the longest waiting first."""
        allow(POLICY, caller, "contact.watch")
        async with doors.reads() as reads:
            return json_response(await handlers.show_queue(reads, channel, limit, doors.database.clock()))

    @router.get("/contacts/waits")
    async def show_waits(caller: Caller, since: Utc | None = None, until: Utc | None = None) -> Response:
        """Tell how long people wait in seconds, call-backs included: the last day, or a time of one's own."""
        allow(POLICY, caller, "contact.watch")
        async with doors.reads() as reads:
            return json_response(await handlers.show_waits(reads, since, until, doors.database.clock(), target))

    @router.get("/contacts/relief")
    async def measure_relief(
        caller: Caller,
        since: Utc | None = None,
        until: Utc | None = None,
        staffed_hours: Annotated[float | None, Query(gt=0, le=1e7, description="hours that agents were there")] = None,
    ) -> Response:
        """Tell what was settled without an agent, and how much more available agents are because of it."""
        allow(POLICY, caller, "contact.measure")
        async with doors.reads() as reads:
            return json_response(await show_relief(reads, since, until, doors.database.clock(), staffed_hours))

    @router.get("/contacts/{contact_id}")
    async def show_contact(contact_id: UUID, caller: Caller) -> Response:
        """Read a contact with notes, draft and requests; every read is audited."""
        allow(POLICY, caller, "contact.work")
        return json_response(await handlers.show_contact(doors, contact_id, caller))


def _feedback(router: APIRouter, doors: Doors) -> None:
    log = doors.command("POST /requests/feedback", handlers.log_feedback)

    @router.post("/requests/{number}/feedback", status_code=201)
    async def log_feedback(number: str, body: FeedbackBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Write down what a caller said of a request."""
        allow(POLICY, caller, "feedback.work")
        async with doors.reads() as reads:
            request_id = await handlers.find_request(reads, number)
        return await log(Feedback(request_id, body.text, body.rating, body.contact_id), caller, key)

    @router.get("/requests/{number}/feedback")
    async def read_feedback(number: str, caller: Caller) -> Response:
        """Read what callers said of a request; every read is audited."""
        allow(POLICY, caller, "feedback.work")
        async with doors.reads() as reads:
            request_id = await handlers.find_request(reads, number)
        return json_response(await handlers.read_feedback(doors, request_id, caller))
