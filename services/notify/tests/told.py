"""What the tests of notify tell it, and the mail server that takes what it sends."""

import asyncio
import email
import email.policy
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller

from chassis.links import sign
from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import ContactProfile, RequestClosed, RequestCreated
from contracts.notify import NotificationSettled
from contracts.routing import RequestAssigned
from contracts.sla import Basis, RequestPromised
from contracts.vocabulary import AssignmentCause, Disposition, ForecastMethod, Operator

AT = datetime(2026, 3, 2, 17, tzinfo=UTC)


class Inbox:
    """Takes mails, and says what it is told to say first."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refusals: list[str] = []
        self.senders: list[str] = []
        self.dead: set[str] = set()
        self.port = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Refuse who is not here."""
        if address in self.dead:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail, or refuse it as told."""
        if self.refusals:
            return self.refusals.pop(0)
        self.senders.append(envelope.mail_from)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 taken"


Box = TypeVar("Box", bound=Inbox)


def served(box: Box) -> Iterator[Box]:
    """Let a box take mails at a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


def facts(number: str = "AB12-CD34-EF56", **given: Any) -> dict[str, Any]:
    about = {"tracking_number": number, "service_code": "graffiti-removal", "contact_refs": ("c1",), "opened_at": AT}
    return {"request_id": uuid4(), "sequence": 1, "about": RequestFacts(**(about | given))}


def created(base: dict[str, Any]) -> RequestCreated:
    return RequestCreated(**base, place=Place(), operator=Operator.CITY_311)


def assigned(base: dict[str, Any]) -> RequestAssigned:
    return RequestAssigned(
        **base, assignment_id=uuid4(), agency="sanitation", queue="all", cause=AssignmentCause.RULE, confidence=1,
        reason={"en": "It does this work.", "es": "Hace este trabajo."}, assigned_at=AT,
    )  # fmt: skip


def closed(base: dict[str, Any]) -> RequestClosed:
    return RequestClosed(
        **base, closure_id=uuid4(), disposition=Disposition.FIXED, closed_at=AT,
        explanation={"en": "Painted over.", "es": "Se pintó."}, closed_by="agency:sanitation",
    )  # fmt: skip


def promised(base: dict[str, Any], revision: int = 1, words: str = "Within 3 days.") -> RequestPromised:
    basis = Basis(method=ForecastMethod.BASELINE)
    return RequestPromised(**base, revision=revision, due_at=AT, basis=basis, words={"en": words})


def profile(**given: Any) -> ContactProfile:
    return ContactProfile(**({"contact_ref": "c1", "email": "ana@example.org"} | given))


async def noon(bench: Bench) -> None:
    """Let it be noon in the city, where nobody's quiet hours are."""
    local = bench.clock.now.astimezone(ZoneInfo("America/Los_Angeles"))
    await bench.advance(timedelta(hours=(12 - local.hour) % 24))


async def settled(bench: Bench, count: int) -> list[NotificationSettled]:
    """Wait until so many messages are settled."""
    for _ in range(800):
        await bench.quiet()
        found = bench.events("notification.settled", NotificationSettled)
        if len(found) >= count:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"Only {len(found)} of {count} messages were settled")


async def put_off(bench: Bench) -> None:
    """Wait until a message is to be tried again."""
    for _ in range(1000):
        if await bench.rows(
            "notify", "SELECT FROM open_intent WHERE postponed AND next_attempt_at > $1", bench.clock.now
        ):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("No message was put off")


def link_for(what: object, contact_ref: str = "c1") -> str:
    """Sign a link that ends mails, as notify does: to a request's id, or `all`."""
    token = sign("only-for-tests", "leave", f"email:{what}:{contact_ref}")
    return f"/unsubscribe?channel=email&request={what}&contact={contact_ref}&token={token}"
