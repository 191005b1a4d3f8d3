"""Knowledge on the real platform: moved in, published, found, read from the log, answered from, and learned from."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from town import Town, eventually

from contracts.event import encode
from contracts.intake import ContactRecorded
from contracts.vocabulary import Channel, ContactKind

LIVE_SECONDS = 5.0
SURGE: dict[str, Any] = {
    "title": {"en": "Smoke from the Quellith fire", "es": "Humo del incendio Quellith"},
    "summary": {"en": "Stay indoors until tomorrow.", "es": "Quédese adentro hasta mañana."},
    "body": {"en": "Keep windows shut.", "es": "Cierre las ventanas."},
    "agency": "city-311",
    "review_by": "2030-01-01",
    "sources": ["this project"],
}


def articles_on_the_log(town: Town, article_id: str) -> list[dict[str, Any]]:
    return [data for data in town.events("article.published") if data["article_id"] == article_id]


def search(town: Town, q: str, language: str = "en") -> list[str]:
    said = town.ask("GET", town.url("kb", "/search"), params={"q": q, "language": language})
    return [hit["id"] for hit in said.json()]


@pytest.mark.requirement("KB-02", "KB-04", "KB-01")
def test_an_old_knowledge_base_moves_in_is_read_by_another_and_reaches_every_mirror(town: Town, tmp_path: Path) -> None:
    rows = "".join(f"Ferret licence {n},How number {n} works,Una licencia,Así es\n" for n in range(1200))
    (tmp_path / "old.csv").write_text(f"title,body,title_es,body_es\n{rows},lost,,\n", "utf-8")
    report = town.driver("import-articles", str(tmp_path / "old.csv"))
    assert (report["as"], report["read"], report["taken"]) == ("drafts", 1201, 1200)
    assert [(row["row"], row["reason"]) for row in report["dropped"]] == [(1202, "has no title")]
    door = town.url("kb", "/drafts/ferret-licence-7")
    for step in ("submit", "publish"):
        said = town.ask("POST", f"{door}/{step}", role="supervisor", json={"note": "read"})
        assert said.is_success, said.text
    eventually(lambda: "ferret-licence-7" in search(town, "ferret licence 7"), "the article", LIVE_SECONDS)
    (event,) = eventually(lambda: articles_on_the_log(town, "ferret-licence-7"), "its event")
    assert (event["version"], event["body"]["en"]) == (1, "How number 7 works")
    town.ask("POST", town.url("kb", "/articles/ferret-licence-7/retire"), role="supervisor", json={"note": "a test"})


@pytest.mark.requirement("KB-10", "KB-01")
def test_urgent_words_are_live_within_five_seconds_everywhere(town: Town) -> None:
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    body = {"content": SURGE | {"expires_at": until}}
    started = time.monotonic()
    said = town.ask("PUT", town.url("kb", "/surge/quellith-smoke"), role="supervisor", json=body)
    assert said.status_code == 201, said.text
    for q, language in (("quellith smoke", "en"), ("humo quellith", "es")):
        eventually(lambda q=q, language=language: "quellith-smoke" in search(town, q, language), "its words", 5)
    banners = town.ask("GET", town.url("kb", "/banners")).json()
    assert "quellith-smoke" in [line["id"] for line in banners]
    assert time.monotonic() - started < LIVE_SECONDS
    (event,) = eventually(lambda: articles_on_the_log(town, "quellith-smoke"), "its event")
    assert event["banner"] is True
    town.ask("POST", town.url("kb", "/articles/quellith-smoke/retire"), role="supervisor", json={"note": "over"})
    eventually(lambda: "quellith-smoke" not in search(town, "quellith smoke"), "the end of its words", LIVE_SECONDS)


@pytest.mark.requirement("CH-18", "CH-19", "KB-03", "KB-12")
def test_an_answer_cites_its_article_and_a_request_by_the_same_person_tells_that_it_did_not_help(town: Town) -> None:
    asked = {"question": "¿Qué hago con un colchón viejo?", "language": "es"}
    answer = town.ask("POST", town.url("kb", "/answers"), json=asked).json()
    assert (answer["known"], answer["article"]["id"]) == (True, "bulky-item-pickup")
    assert (answer["next"]["kind"], answer["next"]["service"]) == ("start_request", "bulky-item-pickup")
    before = worth(town, "bulky-item-pickup")
    filed = report(town, {"service_code": "bulky-item-pickup", "description": "A mattress"})
    shown = ContactRecorded(
        contact_id=uuid4(),
        kind=ContactKind.QUESTION_ANSWERED,
        channel=Channel.CHAT,
        article_id=answer["article"]["id"],
        article_version=answer["article"]["version"],
        contact_ref=filed["contact_ref"],
    )
    asked_at = datetime.now(UTC) - timedelta(minutes=2)  # heard of after the request that it came before
    town.publish("intake", "contact.recorded", encode(shown, uuid4().hex, "intake", asked_at), shown.key)
    wanted = {name: before[name] + 1 for name in ("shown", "filed_anyway")}
    eventually(lambda: wanted.items() <= worth(town, "bulky-item-pickup").items(), "the counts")


@pytest.mark.requirement("CAT-23", "KB-13")
def test_what_is_missing_becomes_proposals(town: Town) -> None:
    for words in ("The billboard flickers", "Broken billboard flickers", "Billboard broken, it flickers at night"):
        report(town, {"service_code": "other", "description": words})
    for _ in range(5):
        assert search(town, "quizzlebang") == []
    lead = town.url("kb", "/proposals")

    def proposed() -> dict[str, Any] | None:
        found: dict[str, Any] = town.ask("GET", lead, role="supervisor").json()
        service = any("billboard" in line["words"] for line in found["services"])
        article = any(line["words"] == "quizzlebang" for line in found["articles"])
        return found if service and article else None

    eventually(proposed, "the proposals")


REPORTER = {"name": "Ada Example", "email": "ada.knowledge@example.org"}


def report(town: Town, said: dict[str, Any]) -> dict[str, Any]:
    place = {"address": "100 N Example St", "latitude": 34.05, "longitude": -118.25}
    made = town.ask("POST", town.url("intake", "/requests"), json={"place": place, "reporter": REPORTER} | said)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def worth(town: Town, article_id: str) -> dict[str, Any]:
    lines = town.ask("GET", town.url("kb", "/worth"), role="analyst").json()
    return next((line for line in lines if line["article_id"] == article_id), {"shown": 0, "filed_anyway": 0})
