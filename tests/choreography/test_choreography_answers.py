"""The real knowledge base behind the doors of intake, over real HTTP: what it answers is said, and counted."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import uvicorn

import intake.app
import intake.settings
import kb.app
import kb.settings
from chassis.testing import Bench
from contracts.intake import ContactRecorded
from relay311_local.ports import free_port

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
PAYMENTS = (
    "How do I pay my water bill?",
    "How do I pay a parking ticket?",
    "Do I need a permit for a garage sale?",
    "¿Cómo pago una multa de estacionamiento?",
)
BOTH = [(service.app.build, service.settings.Settings) for service in (intake, kb)]


@asynccontextmanager
async def served(bench: Bench, port: int) -> AsyncIterator[None]:
    """Serve kb on a port."""
    config = uvicorn.Config(bench.running["kb"].app(), host="127.0.0.1", port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield
    server.should_exit = True
    await serving


@pytest.mark.requirement("CH-18", "CH-19", "KB-12", "KB-13")
@pytest.mark.parametrize(
    ("question", "language"), [("How do I get rid of an old sofa?", "en"), ("¿Cómo tiro un sofá viejo?", "es")]
)
async def test_a_chat_says_what_kb_answers_while_it_is_there_and_the_copy_afterwards(
    bench_factory: Callable[..., Any], question: str, language: str
) -> None:
    port = free_port()
    city: Bench = await bench_factory(BOTH, now=NOW, kb_base_url=f"http://127.0.0.1:{port}", kb_seconds=2.0)
    await city.quiet()
    kb_says = (await city.clients["kb"].post("/answers", json={"question": question, "language": language})).json()
    cited = kb_says["article"]
    async with served(city, port):
        chat = (await city.http.post("/conversations", json={"text": question})).json()
        assert chat["answer"]["article_id"] == cited["id"]
        assert chat["answer"]["version"] == cited["version"]
        assert chat["answer"]["confidence"] == kb_says["confidence"]
        assert chat["answer"]["next"] == kb_says["next"]
        assert chat["says"][0].startswith(f"{cited['title']}: {cited['summary']}")
        unknown = await city.http.post("/conversations", json={"text": "What is a quantum flibbertigibbet?"})
        assert unknown.json()["answer"] is None
        tasks = (await city.clients["kb"].get("/tasks", headers=city.token("agent"))).json()
        assert tasks, "editors hear of what nobody could answer"
    alone = await city.http.post("/conversations", json={"text": f"{question} "})
    assert alone.status_code == 201, "kb is down, the contact is not"
    await city.quiet()
    contacts = city.events("contact.recorded", ContactRecorded)
    assert cited["id"] in {contact.article_id for contact in contacts}
    worth = (await city.clients["kb"].get("/worth", headers=city.token("agent"))).json()
    assert next(line for line in worth if line["article_id"] == cited["id"])["shown"] >= 1


@pytest.mark.requirement("SS-16", "KB-12")
async def test_who_wants_to_pay_or_needs_a_permit_is_told_where(bench_factory: Callable[..., Any]) -> None:
    port = free_port()
    city: Bench = await bench_factory(BOTH, now=NOW, kb_base_url=f"http://127.0.0.1:{port}", kb_seconds=2.0)
    await city.quiet()
    async with served(city, port):
        for question in PAYMENTS:
            chat = (await city.http.post("/conversations", json={"text": question})).json()
            told = chat["answer"] or {}
            where = (told.get("next") or {}).get("phone") or (told.get("next") or {}).get("service")
            assert where, (question, chat)
