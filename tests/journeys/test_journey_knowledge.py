"""Knowledge on the real platform: an old knowledge base moves in, and what is missing is learned."""

from pathlib import Path
from typing import Any

import pytest
from town import Town, eventually

LIVE_SECONDS = 5.0


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
