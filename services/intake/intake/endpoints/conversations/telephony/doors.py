"""Texts and calls come in here, each signed by the provider and heard once, however often it is sent."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.http import Doors
from chassis.principals import SYSTEM
from intake import handlers
from intake.endpoints.conversations.telephony import twiml
from intake.endpoints.conversations.telephony.forms import call_of, read_signed, text_of
from intake.handlers import Desk
from intake.handlers.desk import Facts

_SILENT: Final[Facts] = {"says": [], "act": "hangup", "dial": None, "language": "en", "turns": 0}
"""Said to a message of a conversation that is forgotten."""
_FORM: Final = {"type": "object", "additionalProperties": {"type": "string"}}
FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": _FORM}},
        "description": "The provider's webhook, in the shape of Twilio's, signed in X-Twilio-Signature.",
    }
}
XML: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"text/xml": {}}, "description": "TwiML"}}


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the telephone's doors."""
    router = APIRouter(prefix="/telephony", tags=["telephony"])
    converse = partial(handlers.converse, desk=desk)
    texts, calls = (doors.command(f"POST /telephony/{door}", converse) for door in ("sms", "voice"))
    transcripts = doors.command("POST /telephony/voice/transcripts", handlers.note_transcripts)

    @router.post("/sms", response_class=Response, responses=XML, openapi_extra=FORM)
    async def take_text(request: Request) -> Response:
        """Take a text message, and answer it."""
        said = text_of(await read_signed(request, desk), desk)
        await handlers.look_up(doors, desk, said)
        (answer,) = await texts.many([said], SYSTEM, [None])
        return twiml.messages(await _answered(doors, answer))

    @router.post("/voice", response_class=Response, responses=XML, openapi_extra=FORM)
    async def take_call(request: Request, step: Annotated[int, Query(ge=0, le=10_000)] = 0) -> Response:
        """Take a step of a call, and say what comes next."""
        said = call_of(await read_signed(request, desk), step, desk)
        await handlers.look_up(doors, desk, said)
        (answer,) = await calls.many([said], SYSTEM, [None])
        return twiml.call(await _answered(doors, answer))

    @router.post("/voice/transcripts", response_class=Response, responses=XML, openapi_extra=FORM)
    async def take_transcript(request: Request) -> Response:
        """Take the words of a recording, which come later."""
        form = await read_signed(request, desk)
        heard = form.get("RecordingUrl", "")[:500], form.get("TranscriptionText", "")[:4000]
        await transcripts.many([heard], SYSTEM, [None])
        return twiml.messages({"says": []})

    return router


async def _answered(doors: Doors, answer: Reply | Problem) -> Facts:
    async with doors.reads() as reads:
        return await handlers.answer_of(reads, answer) or _SILENT
