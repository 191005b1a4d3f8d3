"""Drafts: begin a report here, finish it there."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake import handlers
from intake.domain.policy import POLICY
from intake.endpoints.requests.residents import Link, known
from intake.handlers import Another, Desk, Drafted
from intake.schemas import AnotherBody, Created, DraftBody, DraftShown, DraftStanding, SubmitBody

Token = Annotated[str | None, Query(max_length=64, description="The draft's token; staff need none.")]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for drafts."""
    router = APIRouter(tags=["drafts"])
    begin = doors.command("POST /drafts", partial(handlers.begin_drafts, desk=desk))
    go_on = doors.command("PATCH /drafts", partial(handlers.continue_drafts, desk=desk))
    submit = doors.command("POST /drafts/submit", partial(handlers.submit_drafts, desk=desk))
    again = doors.command("POST /requests/another", partial(handlers.begin_another, desk=desk))

    @router.post("/drafts", status_code=201, responses={201: {"model": DraftStanding}})
    async def begin_draft(body: DraftBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Begin a report: its reference stays, whatever the channel, and becomes the tracking number."""
        allow(POLICY, caller, "draft.begin")
        return await begin(Drafted(body.told()), caller, key)

    @router.patch("/drafts/{reference}", responses={200: {"model": DraftStanding}})
    async def continue_draft(
        reference: str, body: DraftBody, caller: Caller, token: Token = None, key: IdempotencyKey = None
    ) -> Response:
        """Go on with a report, in this channel or another."""
        return await go_on(Drafted(body.told(), reference, token), caller, key)

    @router.get("/drafts/{reference}", responses={200: {"model": DraftShown}})
    async def show_draft(reference: str, caller: Caller, token: Token = None) -> Response:
        """Read what was told so far and what is missing; staff's reading is audited."""
        return json_response(await handlers.show_draft(doors, desk, Drafted({}, reference, token), caller))

    @router.post("/drafts/{reference}/submit", status_code=201, responses={201: {"model": Created}})
    async def submit_draft(
        reference: str, caller: Caller, token: Token = None, body: SubmitBody | None = None, key: IdempotencyKey = None
    ) -> Response:
        """Hand the report in: taken and answered as any other, under the draft's reference."""
        told = body.model_dump(mode="json", exclude_none=True) if body else {}
        return await submit(Drafted(told, reference, token), caller, key)

    @router.post("/requests/{number}/another", status_code=201, responses={201: {"model": DraftStanding}})
    async def report_another(
        number: str, caller: Caller, link: Link, body: AnotherBody | None = None, key: IdempotencyKey = None
    ) -> Response:
        """Begin a further report at the same place, by the same contact, or both."""
        request_id, principal = await known(doors, desk, number, caller, link)
        said = body or AnotherBody()
        told = said.model_dump(mode="json", exclude_none=True, include={"service_code", "channel"})
        return await again(Another(request_id, said.same_place, said.same_contact, told), principal, key)

    return router
