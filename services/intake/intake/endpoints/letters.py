"""The city's mailbox: an SMTP door that takes letters to the city alone, and what staff decide on doubtful ones."""

import asyncio
import logging
from functools import partial
from typing import Annotated, Any, Final

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import APIRouter, Query, Response

from chassis.errors import Problem
from chassis.http import Caller, Doors, json_response
from chassis.listening import listen_until
from chassis.principals import allow
from chassis.service import Worker
from contracts.city.profile import Mailbox
from intake.domain.policy import POLICY
from intake.handlers import Desk
from intake.handlers.letters import Post, decide_letter, list_held_letters, receive_letter, target_of
from intake.schemas import LetterDecision
from intake.settings import Settings

AT_ONCE: Final = 4
"""Letters read at once; each may hold its bytes several times over."""
MOST_RECIPIENTS: Final = 10
IDLE_SECONDS: Final = 60.0
TAKEN: Final = "250 2.0.0 Taken"
NO_RELAY: Final = "550 5.7.1 This server takes mail for the city's own address alone"
TRY_AGAIN: Final = "451 4.3.0 Not available just now; please try again"
_log = structlog.get_logger()
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the library would write who wrote, and what


class _Server(SMTP):
    line_length_limit = 65_536  # some mail programs write a paragraph as one line, beyond the standard's 1,000


class LetterDoor:
    """The answers of the SMTP dialogue; the last one comes after the commit."""

    def __init__(self, doors: Doors, desk: Desk, mailbox: Mailbox) -> None:
        self._doors, self._desk, self._mailbox = doors, desk, mailbox
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def handle_RCPT(  # noqa: N802 - the library names and calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Accept the city's address and its signed ones; everything else would be relaying."""
        del server, session, rcpt_options
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        own = address.lower() == self._mailbox.address
        if not own and await target_of(self._doors, self._desk, address) is None:
            return NO_RELAY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        """Take the letter; only what is committed is answered with 250."""
        del server, session
        raw = envelope.original_content or b""
        post = Post(raw, (envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos))
        try:
            async with self._turns:
                await receive_letter(self._doors, self._desk, post)
        except Problem as why:
            return _refusal(why)
        return TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """Have the sender try again, whatever went wrong here: nothing was stored."""
        _log.error("letter failed", error=type(error).__name__)
        return TRY_AGAIN


def _refusal(why: Problem) -> str:
    """Say a problem as SMTP says it, on one line of plain ASCII."""
    if why.status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        return TRY_AGAIN
    said = " ".join(why.detail.split()).encode("ascii", "ignore").decode()[:400]
    return f"{'550 5.7.1' if why.status in {403, 404, 409} else '554 5.6.0'} {said}"


def listeners(desk: Desk, settings: Settings) -> tuple[Worker, ...]:
    """List the doors that are not HTTP: the mailbox, for a city that has one and a port for it."""
    mailbox = desk.city.profile.mail
    if mailbox is None or settings.mail_port is None:
        return ()
    return (Worker("mailbox", partial(_listen, desk=desk, settings=settings, mailbox=mailbox)),)


async def _listen(doors: Doors, stop: asyncio.Event, *, desk: Desk, settings: Settings, mailbox: Mailbox) -> None:
    door, loop = LetterDoor(doors, desk, mailbox), asyncio.get_running_loop()
    shape: dict[str, Any] = {"hostname": mailbox.domain, "ident": "Relay311", "timeout": IDLE_SECONDS}
    make = partial(_Server, door, data_size_limit=settings.mail_max_bytes, enable_SMTPUTF8=True, loop=loop, **shape)
    assert settings.mail_port is not None  # noqa: S101 - else this door is not there
    await listen_until(stop, make, settings.host, settings.mail_port)


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for staff."""
    router = APIRouter(prefix="/letters", tags=["letters"])

    @router.get("/held")
    async def list_held(caller: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
        """List mails that may be spam; nothing is lost before a person has seen it."""
        allow(POLICY, caller, "letter.read_held")
        return json_response({"letters": await list_held_letters(doors, caller, limit)})

    @router.post("/held/{letter_key}/decide")
    async def decide(letter_key: str, body: LetterDecision, caller: Caller) -> Response:
        """Make a request of it, or drop it."""
        allow(POLICY, caller, "letter.decide")
        return json_response(await decide_letter(doors, desk, letter_key, caller, take=body.take))

    return router
