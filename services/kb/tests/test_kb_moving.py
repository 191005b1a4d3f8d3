"""A knowledge base moves in as drafts that others publish, or at once; what was dropped says where, and why."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from kb.app import build
from kb.settings import Settings

ARTICLES = Path(__file__).parents[3] / "cities" / "los-angeles" / "articles"


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]]) -> Bench:
    made = await bench_factory(build, Settings)
    await made.quiet()
    return made


async def move(bench: Bench, kind: str, files: dict[str, str], **how: Any) -> dict[str, Any]:
    named = [{"name": name, "text": text} for name, text in files.items()]
    body = {"format": kind, "agency": "city-311", "files": named} | how
    said = await bench.http.post("/imports", json=body, headers=bench.token("supervisor", "sue"))
    assert said.status_code == 201, said.text
    return dict(said.json())


@pytest.mark.requirement("KB-02", "KB-04")
async def test_what_moves_in_as_drafts_is_published_by_another(bench: Bench) -> None:
    rows = "".join(f"Unusual topic {n},About number {n},,eva\n" for n in range(3))
    file = {"old.csv": "title,body,agency,editors\n" + rows + "Odd,Words,nobody,\n"}
    assert (await move(bench, "csv", file, rehearse=True, drafts=True))["taken"] == 0
    report = await move(bench, "csv", file, drafts=True)
    assert (report["read"], report["taken"], report["unchanged"]) == (4, 3, 0)
    (lost,) = report["dropped"]
    assert (lost["file"], lost["row"], lost["reason"]) == ("old.csv", 5, "agency: the city has no 'nobody'")
    lead, other = bench.token("supervisor", "sue"), bench.token("supervisor", "tom")
    drafts = (await bench.http.get("/drafts", headers=lead)).json()
    assert {draft["article_id"] for draft in drafts} == {f"unusual-topic-{n}" for n in range(3)}
    assert (await bench.http.get("/articles/unusual-topic-1")).status_code == 404
    door = "/drafts/unusual-topic-1"
    assert (await bench.http.post(f"{door}/submit", json={}, headers=lead)).is_success
    assert (await bench.http.post(f"{door}/publish", json={}, headers=lead)).status_code == 409  # her own work
    assert (await bench.http.post(f"{door}/publish", json={}, headers=other)).json()["version"] == 1
    again = await move(bench, "csv", file, drafts=True)
    assert (again["taken"], again["unchanged"]) == (0, 1)
    assert [row["reason"][:28] for row in again["dropped"][:2]] == ["somebody has a draft of it o"] * 2


@pytest.mark.requirement("KB-02", "KB-05")
async def test_what_moves_in_over_an_article_of_the_folder_is_its_next_version_and_stands(bench: Bench) -> None:
    text = (ARTICLES / "potholes.md").read_text("utf-8")
    assert (await move(bench, "markdown", {"potholes.md": text}))["read"] == 1
    before = (await bench.http.get("/articles/potholes")).json()
    changed = {"potholes.md": text.replace("<!-- en -->", "<!-- en -->\nQuite new.\n", 1)}
    assert (await move(bench, "markdown", changed))["taken"] == 1
    now = (await bench.http.get("/articles/potholes")).json()
    assert now["version"] == before["version"] + 1
    assert now["body"]["en"].startswith("Quite new.")
    assert now["languages"] == {"en": "current", "es": "behind"}
    (row,) = await bench.rows(
        "kb", "SELECT folder_digest IS NOT NULL AS kept FROM standing WHERE article_id='potholes'"
    )
    assert row["kept"]
