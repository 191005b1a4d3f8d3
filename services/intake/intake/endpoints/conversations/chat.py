"""Conversations by chat, app and web: one message in, one answer out."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Response

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, not_found
from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.links import sign, verify
from chassis.principals import Principal, allow
from intake import handlers
from intake.domain.policy import POLICY
from intake.endpoints.people.accounts import Session
from intake.handlers import Desk, Spoken, people
from intake.schemas import BeginTalk, Said, SayMore

PURPOSE = "conversation"
Token = Annotated[str, Header(alias="Conversation-Token", max_length=64, description="Of the conversation's start.")]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for conversations."""
    router = APIRouter(tags=["conversations"])
    converse, look_up = partial(handlers.converse, desk=desk), partial(handlers.look_up, doors, desk)
    begin, say = doors.command("POST /conversations", converse), doors.command("POST /conversations/messages", converse)

    @router.post("/conversations", status_code=201, responses={201: {"model": Said}})
    async def begin_conversation(
        body: BeginTalk, caller: Caller, key: IdempotencyKey = None, session: Session = None
    ) -> Response:
        """Begin to talk: answered with a reference, the token that goes with it, and a greeting."""
        allow(POLICY, caller, "conversation.talk")
        begins = not (body.text or body.place or body.photos)
        who = await people.reporter_of(doors, session)
        said = Spoken(
            body.channel, body.text, None, body.language, body.place, body.photos, begins=begins, reporter=who
        )
        await look_up(said)
        (answer,) = await begin.many([said], caller, [key])
        return await _answered(doors, answer, desk, 201)

    @router.post("/conversations/{reference}/messages", responses={200: {"model": Said}})
    async def say_more(
        reference: str,
        body: SayMore,
        caller: Caller,
        token: Token,
        key: IdempotencyKey = None,
        session: Session = None,
    ) -> Response:
        """Say something, share a place or send pictures."""
        allow(POLICY, caller, "conversation.talk")
        if not verify(desk.link_key, PURPOSE, reference, token):
            raise forbidden("this token", "this conversation")
        who = await people.reporter_of(doors, session)
        said = Spoken(body.channel, body.text, reference, place=body.place, photos=body.photos, reporter=who)
        await look_up(said)
        (answer,) = await say.many([said], Principal("contact", reference), [key])
        return await _answered(doors, answer, desk, 200)

    @router.get("/conversations/{reference}")
    async def read_conversation(reference: str, caller: Caller) -> Response:
        """Read everything said so far, recordings included: for the person who goes on. Audited."""
        async with doors.transaction() as tx:
            return json_response(await handlers.read_talk(tx, reference, caller))

    return router


async def _answered(doors: Doors, reply: Reply | Problem, desk: Desk, status: int) -> Response:
    """Show what was answered, with the token of the conversation that goes on."""
    async with doors.reads() as reads:
        answer = await handlers.answer_of(reads, reply)
    if answer is None:
        raise not_found("conversation of this reference")
    shown = {name: answer[name] for name in ("reference", "says", "language", "step", "request_id")} | {
        "answer": answer.get("answer")
    }
    return json_response({**shown, "token": sign(desk.link_key, PURPOSE, answer["reference"])}, status)
