"""Somebody asks to be forgotten: afterwards no service, no topic and no page knows them, also not after a rebuild."""

import re
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller

import intake.app
import intake.settings
import kb.app
import kb.settings
import notify.app
import notify.settings
import routing.app
import routing.settings
import sla.app
import sla.settings
import survey.app
import survey.settings
from chassis.links import sign
from chassis.records import Outgoing, Record
from chassis.testing import Bench
from contracts.intake import ContactRecorded
from contracts.topics import TOPICS
from contracts.vocabulary import Channel, ContactKind

sys.path.insert(0, str(Path(__file__).parent))
from test_choreography import complete

SIX = [(service.app.build, service.settings.Settings) for service in (intake, routing, sla, notify, survey, kb)]
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
CANARIES = ("quillimondre", "vexatrope", "5550104477", "010-4477", "zanzifarb")
REPORT = {
    "service_code": "single-streetlight-issue",
    "description": "Zanzifarb is what my neighbours call this dark corner.",
    "place": {"address": "500 W Example Street", "latitude": 34.05, "longitude": -118.25},
    "reporter": {"name": "Quillimondre Vexatrope", "email": "quillimondre@vexatrope.example", "phone": "555-010-4477"},
}
EMAIL = "quillimondre@vexatrope.example"
SHORT_LIVED = frozenset(topic.name for topic in TOPICS if topic.retention_days is not None)
COMPACTED = frozenset(topic.name for topic in TOPICS if topic.compacted)


class Letterbox:
    """A mail server that keeps the newest mail."""

    newest = ""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.newest = envelope.content.decode()
        return "250 OK"


@pytest.fixture
async def letterbox() -> AsyncIterator[Letterbox]:
    box = Letterbox()
    controller = Controller(box, hostname="127.0.0.1", port=8798)
    controller.start()
    yield box
    controller.stop()


async def test_who_is_erased_is_found_nowhere_also_not_after_a_rebuild(bench_factory: Any, letterbox: Any) -> None:
    city = await bench_factory(SIX, now=NOW, delivery="null", smtp_port=8798)
    made = (await city.http.post("/requests", json=REPORT)).json()
    await city.quiet()
    link = str(made["manage_link"]).partition("?")[2]
    said = await city.http.post(f"/requests/{made['tracking_number']}/messages?{link}", json={"text": "Zanzifarb!"})
    assert said.status_code == 201
    comment = await answer(city, str(made["request_id"]))
    session = await sign_in(city, letterbox)
    agent = city.token("agent")
    history = (await city.http.get(f"/people/{made['contact_ref']}", headers=agent)).text.lower()
    assert {canary for canary in CANARIES if canary in history} >= {"quillimondre", "zanzifarb"}

    await ask_before_and_file_again(city, made["contact_ref"])
    receipt = await city.http.post("/me/erase", headers=session)
    assert (receipt.status_code, receipt.json()["requests"]) == (200, 2)
    await city.quiet()
    assert await known_to_kb(city, made["contact_ref"]) == []

    assert found_in([line for service in city.running for line in await dump(city, service)]) == []
    live = compacted(r for kept in city.cluster.records.values() for r in kept if is_kept(r.topic))
    assert found_in(f"{r.topic} {r.value.decode()}" for r in live if r.value) == []
    page = await city.http.get(f"/requests/{made['tracking_number']}")
    assert (page.status_code, found_in([page.text])) == (200, [])
    assert (await city.http.get("/me", headers=session)).status_code == 401
    assert (await city.clients["survey"].get(f"/comments/{comment}", headers=agent)).json()["comment"] is None
    assert await city.rebuild("survey") == []
    assert await city.rebuild("kb") == []
    assert await known_to_kb(city, made["contact_ref"]) == []
    await city.rebuild("notify")
    assert found_in([line for service in ("survey", "notify", "kb") for line in await dump(city, service)]) == []
    await rebuild(await bench_factory(SIX[1:], now=NOW, delivery="null"), live)


async def ask_before_and_file_again(city: Bench, contact_ref: str) -> None:
    """Read an article, then file what fits no service, so that kb knows the person and the stems of their words."""
    shown = ContactRecorded(
        contact_id=uuid4(),
        kind=ContactKind.QUESTION_ANSWERED,
        channel=Channel.CHAT,
        article_id="parks",
        contact_ref=contact_ref,
    )
    await city.feed(shown, source="intake")
    filed = await city.http.post("/requests", json=REPORT | {"service_code": "other"})
    assert filed.status_code == 201, filed.text
    await city.quiet()
    assert {line.partition(":")[0] for line in await known_to_kb(city, contact_ref)} == {"kb.shown", "kb.filed"}
    assert found_in(await dump(city, "kb"))


async def known_to_kb(city: Bench, contact_ref: str) -> list[str]:
    """List what kb holds of a person, but that they asked to be forgotten."""
    lines = [line for line in await dump(city, "kb") if contact_ref in line]
    return [line for line in lines if not line.startswith("kb.forgotten:")]


async def answer(city: Bench, request_id: str) -> str:
    """Close the request, and say in the survey what only this person says; returns the comment's reference."""
    (assigned,) = [e.data for e in city.published("request.assigned") if e.data["request_id"] == request_id]
    await complete(city, request_id, str(assigned["agency"]), number=1)
    await city.advance(timedelta(days=2))
    (invited,) = city.published("survey.invited")
    token = sign("only-for-tests", "survey", str(invited.data["invitation_id"]))
    words = {"done": True, "comment": "Zanzifarb is bright again. Quillimondre Vexatrope, 555-010-4477"}
    given = await city.clients["survey"].post(f"/surveys/{invited.data['invitation_id']}?token={token}", json=words)
    assert given.status_code == 201, given.text
    await city.quiet()
    (answered,) = city.published("survey.answered")
    assert found_in(await dump(city, "survey"))
    return str(answered.data["comment_ref"])


async def rebuild(fresh: Bench, live: list[Record]) -> None:
    """Give the log that compaction leaves to empty services."""
    await fresh.cluster.append([Outgoing(r.topic, r.partition, r.key or "", r.value) for r in live])
    await fresh.quiet()
    assert found_in([line for service in fresh.running for line in await dump(fresh, service)]) == []


async def sign_in(city: Bench, letterbox: Letterbox) -> dict[str, str]:
    assert (await city.http.post("/accounts/code", json={"email": EMAIL})).status_code == 202
    code = re.findall(r"\b\d{6}\b", letterbox.newest)[0]
    opened = await city.http.post("/accounts/session", json={"email": EMAIL, "code": code})
    return {"X-Session": opened.json()["session"]}


def is_kept(topic: str) -> bool:
    """Tell whether a topic keeps what it holds; all others, the agencies' too, lose it within thirty days."""
    return topic not in SHORT_LIVED and not topic.startswith("agency.")


def compacted(records: Iterable[Record]) -> list[Record]:
    """Keep what compaction keeps: each key's newest record, or everything where a topic is the city's log."""
    kept: dict[Any, Record] = {}
    for n, r in enumerate(records):
        kept[(r.topic, r.key) if r.topic in COMPACTED else n] = r
    return [r for r in kept.values() if not (r.topic in COMPACTED and r.value is None)]


def found_in(texts: Iterable[str]) -> list[str]:
    return [text[:300] for text in texts if any(canary in text.lower() for canary in CANARIES)]


async def dump(city: Bench, service: str) -> list[str]:
    """Write out every row of a service's database."""
    names = await city.rows(service, "SELECT tablename AS n FROM pg_tables WHERE schemaname = 'public'")
    lines = []
    for name in (row["n"] for row in names):
        rows = await city.rows(service, f"SELECT to_jsonb(t)::text AS line FROM {name} t")
        lines += [f"{service}.{name}: {row['line']}" for row in rows]
    return lines
