"""Accounts without passwords, and what somebody who is signed in may do."""

import secrets
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.security import APIKeyHeader

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import Principal, allow
from intake.domain.people.accounts import address_hash, address_of, code_hash, token_hash
from intake.domain.policy import POLICY
from intake.handlers import Desk, people
from intake.handlers.people import Erasure, Proof
from intake.schemas.people import (
    ChoicesBody,
    Chosen,
    CodeBody,
    CodeSent,
    Me,
    OwnRequests,
    Receipt,
    SessionBody,
    SessionOpened,
    SignedOut,
)

Session = Annotated[str | None, Depends(APIKeyHeader(name="X-Session", auto_error=False))]
ANYBODY: Final = Principal("public", "")
_NO_SMS: Final = Problem(422, "Not possible yet", "Codes go by e-mail only; give an e-mail address.")


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for accounts."""
    router = APIRouter(tags=["people"])
    _sign_in(router, doors, desk)
    _me(router, doors, desk)
    return router


def _sign_in(router: APIRouter, doors: Doors, desk: Desk) -> None:
    ask = doors.command("POST /accounts/code", people.ask_codes)
    end = doors.command("DELETE /accounts/session", people.end_sessions)

    @router.post("/accounts/code", status_code=202, responses={202: {"model": CodeSent}})
    async def ask_code(body: CodeBody, caller: Caller) -> Response:
        """Send a one-time code: six digits, good for ten minutes and five tries."""
        allow(POLICY, caller, "account.sign_in")
        address = address_of(body.email, body.phone)
        if address.kind == "phone":
            raise _NO_SMS
        code, asked = people.code_wanted(desk.link_key, address)
        answer = made((await ask.many([asked], caller, [None]))[0])
        await people.send_code(desk, address, code, body.language)
        return json_response(answer, 202)

    @router.post("/accounts/session", status_code=201, responses={201: {"model": SessionOpened}})
    async def sign_in(body: SessionBody, caller: Caller, session: Session = None) -> Response:
        """Sign in by the code; signed in already, the address becomes one more of the same person's."""
        allow(POLICY, caller, "account.sign_in")
        return json_response(await new_session(doors, desk, body, session), 201)

    @router.delete("/accounts/session", responses={200: {"model": SignedOut}})
    async def sign_out(session: Session = None) -> Response:
        """End the session at once."""
        caller = await people.signed_in(doors, session)
        return await end(token_hash(session or ""), caller)


async def new_session(doors: Doors, desk: Desk, body: SessionBody, session: str | None = None) -> dict[str, Any]:
    """Open a session by a code; its token is told this once."""
    token, opens = secrets.token_urlsafe(32), doors.command("POST /accounts/session", people.open_sessions)
    already = (await people.signed_in(doors, session)).subject if session else None
    proof = _proof(desk, body, token_hash(token), already)
    return {**made((await opens.many([proof], ANYBODY, [None]))[0]), "session": token}


def _proof(desk: Desk, body: SessionBody, hashed_token: str, person_id: str | None) -> Proof:
    address = address_of(body.email, body.phone)
    hashed = address_hash(desk.link_key, address)
    return Proof(address, hashed, code_hash(desk.link_key, hashed, body.code), hashed_token, person_id)


def made(answer: Reply | Problem) -> dict[str, Any]:
    """Give what was answered; raises what refused it."""
    if isinstance(answer, Problem):
        raise answer
    return dict(answer.body)


def _me(router: APIRouter, doors: Doors, desk: Desk) -> None:
    change = doors.command("PATCH /me", people.change_choices)
    erase = doors.command("POST /me/erase", partial(people.erase_people, desk=desk))

    async def signed_in(session: Session = None) -> Principal:
        return await people.signed_in(doors, session)

    @router.get("/me", responses={200: {"model": Me}})
    async def show_me(me: Annotated[Principal, Depends(signed_in)]) -> Response:
        """See what is kept of oneself."""
        async with doors.reads() as reads:
            known = await people.show_me(reads, me.subject)
            language = known["language"] or desk.city.profile.languages[0]
            link = await people.feedback_link(reads, me.subject, desk, language)
        return json_response({**known, "feedback_link": link})

    @router.patch("/me", responses={200: {"model": Chosen}})
    async def change_me(body: ChoicesBody, me: Annotated[Principal, Depends(signed_in)]) -> Response:
        """Choose language, channel, quiet hours, and whether to be told at all."""
        return await change(body.model_dump(mode="json", exclude_unset=True), me)

    @router.get("/me/requests", responses={200: {"model": OwnRequests}})
    async def list_own_requests(me: Annotated[Principal, Depends(signed_in)]) -> Response:
        """List one's requests from every channel."""
        async with doors.reads() as reads:
            return json_response({"requests": await people.list_own_requests(reads, me.subject, desk)})

    @router.post("/me/erase", responses={200: {"model": Receipt}})
    async def erase_me(me: Annotated[Principal, Depends(signed_in)], key: IdempotencyKey = None) -> Response:
        """Be forgotten: the work stays, without who asked for it. It cannot be undone."""
        return await erase(Erasure(me.subject), me, key)
