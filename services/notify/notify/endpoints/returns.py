"""Where bounces and complaints come in: by SMTP, by signed HTTP, and what a telephone provider says afterwards."""

import asyncio
import logging
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import APIRouter, Query, Request, Response
from standardwebhooks import Webhook, WebhookVerificationError

from chassis.errors import Problem, forbidden, invalid
from chassis.http import Door, Doors, json_response
from chassis.listening import listen_until
from chassis.principals import Principal
from chassis.service import Worker
from chassis.signed_forms import called_address, is_signed
from notify.domain.returns import MOST_BYTES, Return, read_return
from notify.domain.telephony import kind_of
from notify.handlers.returning import take_returns
from notify.settings import Settings

SENDER: Final = Principal("system", "returned mail")
PROVIDER: Final = Principal("system", "telephone provider")
_AT_ONCE: Final = 4
_IDLE_SECONDS: Final = 60.0
_TAKEN: Final = "250 2.0.0 Taken"
_TRY_AGAIN: Final = "451 4.3.0 Not available just now; please try again"
_MOST_FORM_BYTES: Final = 64 * 1024
_MAIL: Final = {
    "requestBody": {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
_FORM: Final = {
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "properties": {"MessageStatus": {"type": "string"}, "ErrorCode": {"type": "string"}},
                }
            }
        }
    }
}
_log = structlog.get_logger()
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the library would write who wrote, and what


def routes(doors: Doors, settings: Settings) -> APIRouter:
    """Make the routes of what comes back."""
    router, take = APIRouter(), _door(doors)
    secret = settings.returns_secret
    signed = Webhook(secret.get_secret_value()) if secret else None

    @router.post("/mail/returns", response_model=None, openapi_extra=_MAIL)
    async def take_mail(request: Request) -> Response:
        """Take a bounce (RFC 3464) or a complaint (RFC 5965) as it came, signed as Standard Webhooks asks."""
        raw = await _body(request, MOST_BYTES)
        _check(signed, raw, request)
        found = await asyncio.to_thread(read_return, raw)
        return await take(found, SENDER) if found else json_response({"known": False})

    @router.post("/telephony/status", response_model=None, openapi_extra=_FORM)
    async def take_status(
        request: Request, intent: Annotated[UUID, Query()], about: Annotated[UUID, Query(alias="request")]
    ) -> Response:
        """Take what became of a text or a call, in the shape of Twilio's, signed in X-Twilio-Signature."""
        form = _form(await _body(request, _MOST_FORM_BYTES), request, settings)
        code = form.get("ErrorCode", "")
        kind = kind_of(form.get("MessageStatus", form.get("SmsStatus", "")), code)
        if kind is None:
            return json_response({"known": False})
        return await take(Return(kind, about, intent, None, f"code {code[:9]}"), PROVIDER)

    return router


def _door(doors: Doors) -> Door:
    return doors.command("POST /mail/returns", take_returns)


def _check(signed: Webhook | None, raw: bytes, request: Request) -> None:
    if signed is None:
        raise forbidden("this door", "anybody: RELAY311_RETURNS_SECRET is not set")
    try:
        signed.verify(raw, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError, IndexError) as error:
        raise forbidden("this signature", "who hands in what came back") from error


def _form(body: bytes, request: Request, settings: Settings) -> dict[str, str]:
    """Read a form of the provider's. Raises a 403 problem for any other sender's, a 422 one for no form."""
    pairs = _pairs(body)
    token = settings.telephone_token.get_secret_value() if settings.telephone_token else ""
    given = request.headers.get("x-twilio-signature", "")
    called = called_address(settings.notify_base_url, request.url.path, request.url.query)
    if not is_signed(token, called, pairs, given):
        raise forbidden("this signature", "the telephone's provider")
    return dict(pairs)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200, errors="strict")
    except ValueError as error:
        raise invalid([{"field": "body", "problem": "expected a form of at most 200 fields in UTF-8"}]) from error


async def _body(request: Request, most: int) -> bytes:
    got = bytearray()
    async for chunk in request.stream():
        got += chunk
        if len(got) > most:
            raise Problem(413, "Too large", f"This door takes at most {most} bytes.")
    return bytes(got)


class _Server(SMTP):
    line_length_limit = 65_536  # some mail programs write a paragraph as one line, beyond the standard's 1,000


class ReturnDoor:
    """The answers of the SMTP dialogue. Whatever is no report on a mail of ours is taken too: nothing bounces twice."""

    def __init__(self, doors: Doors) -> None:
        self._take, self._turns = _door(doors), asyncio.Semaphore(_AT_ONCE)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's
        """Take a mail; what it tells is noted before it is answered with 250."""
        del server, session
        async with self._turns:
            found = await asyncio.to_thread(read_return, envelope.original_content or b"")
            return await self._answer(found) if found else _TAKEN

    async def _answer(self, found: Return) -> str:
        try:
            await self._take(found, SENDER)
        except Problem:
            return _TRY_AGAIN
        return _TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """Have the sender try again, whatever went wrong here."""
        _log.error("returned mail failed", error=type(error).__name__)
        return _TRY_AGAIN


def listeners(settings: Settings) -> tuple[Worker, ...]:
    """List the doors that are not HTTP."""
    return (Worker("returned mail", partial(_listen, settings=settings)),) if settings.returns_port is not None else ()


async def _listen(doors: Doors, stop: asyncio.Event, *, settings: Settings) -> None:
    loop, shape = asyncio.get_running_loop(), {"ident": "Relay311", "timeout": _IDLE_SECONDS}
    given: dict[str, Any] = {"data_size_limit": MOST_BYTES, "enable_SMTPUTF8": True, "loop": loop, **shape}
    assert settings.returns_port is not None  # noqa: S101 - else this door is not there
    await listen_until(stop, partial(_Server, ReturnDoor(doors), **given), settings.host, settings.returns_port)
