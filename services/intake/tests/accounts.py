"""People with accounts: a mail server that keeps their codes, and how they sign in."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from chassis.testing import Bench
from relay311_local.ports import free_port

POTHOLE = {"service_code": "graffiti-removal", "description": "Paint.", "place": {"address": "100 W 1st St"}}
PAT = {"name": "Pat Doe", "email": "pat@example.org"}


class Letterbox:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content or b""
        self.mails.append((envelope.rcpt_tos[0], content.decode() if isinstance(content, bytes) else content))
        return "250 OK"

    def code(self, address: str) -> str:
        mail = next(text for to, text in reversed(self.mails) if to == address.lower())
        return str(re.findall(r"\b\d{6}\b", mail)[0])


@pytest.fixture
async def letterbox() -> AsyncIterator[tuple[Letterbox, int]]:
    box = Letterbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


class Town:
    """A bench and its mail."""

    def __init__(self, bench: Bench, box: Letterbox) -> None:
        self.bench, self.box, self.http = bench, box, bench.http

    async def report(self, **more: Any) -> dict[str, Any]:
        answer = await self.http.post("/requests", json=POTHOLE | more)
        assert answer.status_code == 201, answer.text
        await self.bench.quiet()
        return dict(answer.json())

    async def sign_in(self, email: str, session: dict[str, str] | None = None) -> dict[str, str]:
        asked = await self.http.post("/accounts/code", json={"email": email})
        assert asked.status_code == 202, asked.text
        given = {"email": email, "code": self.box.code(email)}
        opened = await self.http.post("/accounts/session", json=given, headers=session or {})
        assert opened.status_code == 201, opened.text
        await self.bench.quiet()
        return {"X-Session": opened.json()["session"]}

    async def numbers(self, session: dict[str, str]) -> list[str]:
        answer = await self.http.get("/me/requests", headers=session)
        assert answer.status_code == 200, answer.text
        return [request["tracking_number"] for request in answer.json()["requests"]]

    async def contact_ref(self, made: dict[str, Any]) -> str:
        return str(made["contact_ref"])
