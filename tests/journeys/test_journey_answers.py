"""Knowledge from the editor's desk to every door: one set of articles, the same words by chat, text, call and API."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from doors import Chat, telephone
from test_journey_channels import contacts, created
from town import Town, eventually

from relay311_drivers.telephone import report
from relay311_drivers.tokens import claims, sign

LIVE_SECONDS = 5.0
QUESTION = "How is graffiti removed?"
WORD = re.compile(r"\(Article ([a-z0-9-]+), version (\d+)\)")


def kb(town: Town, method: str, path: str, status: int = 200, **more: Any) -> Any:
    """Ask kb, and read its answer."""
    answer = town.ask(method, town.url("kb", path), **more)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def article(title: str, **more: Any) -> dict[str, Any]:
    """Write an article."""
    return {
        "content": {
            "title": {"en": title, "es": f"Sobre {title}"},
            "summary": {"en": f"All about {title}.", "es": f"Todo sobre {title}."},
            "body": {"en": f"{title} is open.", "es": f"{title} está abierto."},
            "agency": "sanitation",
            "review_by": (datetime.now(UTC) + timedelta(days=90)).date().isoformat(),
            "sources": ["the department"],
            **more,
        }
    }


async def everywhere(town: Town, question: str) -> dict[str, str]:
    """Ask the same by chat, text and call, and give what each said."""
    chat, phone = Chat(town), telephone(town)
    call = telephone(town).call()
    await call.step()
    await call.step(Digits="3")
    return {
        "chat": chat.begin(question),
        "sms": await phone.text(question),
        "ivr": await call.step(SpeechResult=question),
    }


def inquiry(town: Town, question: str) -> list[dict[str, Any]]:
    """Ask the same over Open311."""
    url = town.url("intake", "/open311/inquiry/v1/services/all.json")
    found: list[dict[str, Any]] = town.ask("GET", url, params={"q": question}).json()
    return found


@pytest.mark.requirement("CH-18", "CH-19", "KB-01", "KB-03", "KB-12")
async def test_one_question_is_answered_by_the_same_article_at_every_door(town: Town) -> None:
    answer = kb(town, "POST", "/answers", json={"question": QUESTION, "language": "en"})
    cited = answer["article"]
    words = f"{cited['title']}: {cited['summary']} (Article {cited['id']}, version {cited['version']})"
    for channel, said in (await everywhere(town, QUESTION)).items():
        assert words in said, channel
        assert contacts(town, channel=channel, article_id=cited["id"], article_version=cited["version"])
    (found,) = inquiry(town, QUESTION)
    assert (found["id"], found["version"]) == (cited["id"], cited["version"])
    assert (found["confidence"], found["next_action"]) == (answer["confidence"], answer["next"])
    chat = Chat(town)
    chat.begin(QUESTION)
    assert chat.last["answer"] == {
        "article_id": cited["id"], "version": cited["version"],
        "confidence": answer["confidence"], "next": answer["next"],
    }  # fmt: skip
    asked = {"question": "¿Qué hago con un colchón viejo?", "language": "es"}
    answer = kb(town, "POST", "/answers", json=asked)
    assert (answer["known"], answer["article"]["id"]) == (True, "bulky-item-pickup")
    assert (answer["next"]["kind"], answer["next"]["service"]) == ("start_request", "bulky-item-pickup")


@contextmanager
def frozen(town: Town, name: str) -> Iterator[None]:
    """Hold a process still: it takes calls and never answers."""
    pid = town.process(name).pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.requirement("CH-18", "KB-12")
async def test_a_knowledge_base_that_hangs_fails_no_contact(town: Town) -> None:
    with frozen(town, "kb"):
        for _ in range(4):
            began = time.monotonic()
            said = Chat(town).begin(QUESTION)
            assert time.monotonic() - began < LIVE_SECONDS
            assert WORD.search(said), said
        assert inquiry(town, QUESTION)
    eventually(lambda: kb(town, "GET", "/health/live") is not None, "kb's return")


@pytest.mark.requirement("KB-13", "CH-19")
async def test_who_asked_and_filed_within_the_day_was_not_helped(town: Town) -> None:
    phone = telephone(town)
    found = WORD.search(await phone.text(QUESTION))
    assert found
    name = found.group(1)

    def filed_anyway() -> int:
        worth = kb(town, "GET", "/worth", role="agent")
        return int(next((line["filed_anyway"] for line in worth if line["article_id"] == name), 0))

    before = filed_anyway()
    await phone.text("no")
    number = await report(phone, ("There is graffiti on a wall", "100 Acorn Street", "skip", "yes"))
    (ref,) = created(town, number)["about"]["contact_refs"]
    (told,) = contacts(town, channel="sms", contact_ref=ref)
    assert told["article_id"] == name
    assert phone.number.lstrip("+") not in str(told)
    eventually(lambda: filed_anyway() == before + 1 or None, "kb's count of what was filed anyway")


class Elements(HTMLParser):
    """The elements of a page, with what they carry."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.found.append(f"{tag} {attrs}")


def acting(page: str) -> list[str]:
    """List the elements of a page that a browser would act upon: anything but plain paragraphs."""
    elements = Elements()
    elements.feed(page)
    elements.close()
    return [one for one in elements.found if one != "p []"]


def another(town: Town, role: str) -> dict[str, str]:
    """Give the token of somebody who wrote nothing so far."""
    token = sign(town.secrets["token_private_key"], claims(role, "another", None, datetime.now(UTC)))
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.requirement("KB-01", "KB-04")
def test_an_editor_drafts_another_publishes_and_a_retirement_hides_it(town: Town) -> None:
    name = f"swap-shop-{os.urandom(3).hex()}"
    title = f"The {name} swap shop"
    writer, lead = {"role": "agency", "agency": "sanitation"}, {"headers": another(town, "supervisor")}
    hostile = "Bring what you have. <script>alert(1)</script> [x](javascript:x()) <img src=x onerror=alert(1)>"
    body = article(title, body={"en": hostile, "es": hostile})
    kb(town, "PUT", f"/drafts/{name}", 403, json=body)
    kb(town, "PUT", f"/drafts/{name}", 201, json=body, **writer)
    kb(town, "GET", f"/articles/{name}", 404)
    kb(town, "POST", f"/drafts/{name}/submit", json={}, **writer)
    kb(town, "POST", f"/drafts/{name}/publish", 403, json={}, **writer)
    kb(town, "POST", f"/drafts/{name}/publish", json={"note": "checked"}, **lead)
    shown = kb(town, "GET", f"/articles/{name}")
    assert shown["version"] == 1
    page = shown["html"]["en"]
    assert "Bring what you have" in page
    assert acting(page) == [], "what was meant to act stands there as words"
    steps = kb(town, "GET", f"/articles/{name}/steps", **lead)
    assert len(steps) >= 3
    tag = town.ask("GET", town.url("kb", f"/articles/{name}")).headers["etag"]
    again = town.ask("GET", town.url("kb", f"/articles/{name}"), headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    eventually(lambda: listed(town, name) or None, "the article at intake's doors")
    kb(town, "POST", f"/articles/{name}/retire", json={"note": "closed"}, **lead)
    eventually(lambda: not listed(town, name) or None, "the retirement at intake's doors")
    assert name not in {line["id"] for line in kb(town, "GET", "/articles")}
    assert name not in {hit["id"] for hit in kb(town, "GET", "/search", params={"q": title})}
    assert name not in Chat(town).begin(f"What is {title}?")
    states = [event["state"] for event in town.events("article.published") if event["article_id"] == name]
    assert states == ["published", "retired"]


def listed(town: Town, name: str) -> bool:
    """Tell whether intake lists an article."""
    url = town.url("intake", f"/open311/inquiry/v1/services/{name}.json")
    return bool(town.ask("GET", url).is_success)


@pytest.mark.requirement("KB-10", "CH-18")
async def test_urgent_words_are_at_every_door_within_five_seconds(town: Town, figure: Any) -> None:
    mark = "".join(chr(ord("a") + int(letter, 16)) for letter in os.urandom(5).hex())
    name, question = f"storm-{mark}", f"What about the {mark} shelter?"
    ends = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
    body = article(f"The {mark} shelter", expires_at=ends)
    body["content"]["title"]["es"] = f"El refugio {mark}"
    kb(town, "PUT", f"/surge/{name}", 403, json=body, role="agent")
    began = time.monotonic()
    kb(town, "PUT", f"/surge/{name}", 201, json=body, role="supervisor")
    waits: dict[str, float] = {}

    def is_live(door: str, found: Any) -> None:
        if found and door not in waits:
            waits[door] = time.monotonic() - began

    while len(waits) < 8:
        assert time.monotonic() - began < 4 * LIVE_SECONDS, (name, waits)
        is_live("banner", name in {line["id"] for line in kb(town, "GET", "/banners")})
        found = kb(town, "GET", "/search", params={"q": f"refugio {mark}", "language": "es"})
        is_live("search", name in {hit["id"] for hit in found})
        is_live(
            "answers", (kb(town, "POST", "/answers", json={"question": question})["article"] or {}).get("id") == name
        )
        is_live("open311", listed(town, name) and [a for a in inquiry(town, question) if a["id"] == name])
        for door, said in (await everywhere(town, question)).items():
            is_live(door, f"(Article {name}, version 1)" in said)
        is_live("log", [e for e in town.events("article.published") if e["article_id"] == name and e["banner"]])
    figure(f"urgent words: at every door within {max(waits.values()):.1f} s of publishing")
    assert max(waits.values()) < LIVE_SECONDS, waits
    kb(town, "POST", f"/articles/{name}/retire", json={}, role="supervisor")
    eventually(lambda: not listed(town, name) or None, "the end of the urgent words")


@pytest.mark.requirement("KB-14")
def test_the_directory_shows_every_service_to_people_and_machines(town: Town) -> None:
    for language in ("en", "es"):
        entries = kb(town, "GET", "/directory", params={"language": language})
        assert {entry["code"] for entry in entries} == {s.code for s in town.city.services.values() if s.enabled}
        assert all(entry["articles"] for entry in entries), "an article for every service"
    answer = town.ask("GET", town.url("kb", "/directory"), params={"format": "jsonld"})
    assert answer.headers["content-type"].startswith("application/ld+json")
    graph = answer.json()["@graph"]
    assert {one["@type"] for one in graph} == {"GovernmentService"}
    assert len(graph) == len(entries)
    url, tag = town.url("kb", "/directory"), answer.headers["etag"]
    again = town.ask("GET", url, params={"format": "jsonld"}, headers={"If-None-Match": tag})
    assert again.status_code == 304
