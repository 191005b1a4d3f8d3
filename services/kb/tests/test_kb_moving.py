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


async def post(bench: Bench, who: dict[str, str], kind: str, files: dict[str, str], **how: Any) -> Any:
    named = [{"name": name, "text": text} for name, text in files.items()]
    body = {"format": kind, "agency": "city-311", "files": named} | how
    return await bench.http.post("/imports", json=body, headers=who)


async def move(bench: Bench, kind: str, files: dict[str, str], **how: Any) -> dict[str, Any]:
    said = await post(bench, bench.token("supervisor", "sue"), kind, files, **how)
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


SHELF = """---
id: fern-shelf
agency: parks
audience: internal
section: other_government
owner: olga
editors: [eva]
topics: [heat]
fees: {en: Free of charge., es: Gratis.}
internal: {en: Say no., es: Diga que no.}
colour: green
---
# Ferns
Ask for **ferns**.
"""


@pytest.mark.requirement("KB-02", "KB-05")
async def test_what_a_folder_says_of_an_article_comes_along_and_what_no_article_has_is_told(bench: Bench) -> None:
    agency = next(iter((await bench.http.get("/directory")).json()))["agency"]
    files = {"fern.md": SHELF.replace("agency: parks", f"agency: {agency}"), "bad.md": "---\na: [b\n---\n# Lost\nWords"}
    report = await move(bench, "markdown", files)
    assert [(note["file"], note["note"]) for note in report["notes"]] == [
        ("fern.md", "colour left out: articles have no such part")
    ]
    ((lost, reason),) = [(row["file"], row["reason"]) for row in report["dropped"]]
    assert (lost, reason[:28]) == ("bad.md", "has a head that cannot be re")
    assert (await bench.http.get("/articles/fern-shelf")).status_code == 404, "it is for staff alone"
    shown = (await bench.http.get("/articles/fern-shelf", headers=bench.token("agent"))).json()
    kept = {name: shown[name] for name in ("owner", "editors", "section", "audience")}
    assert kept == {"owner": "olga", "editors": ["eva"], "section": "other_government", "audience": "internal"}
    assert (shown["fees"]["es"], shown["internal"]["en"]) == ("Gratis.", "Say no.")
    assert "fern-shelf" not in (await bench.http.get("/open-data/articles")).text
    table = await move(bench, "csv", {"old.csv": "title,body,phone\nA long way,It is,311\n"})
    assert [(note["row"], note["note"][:14]) for note in table["notes"]] == [(2, "phone left out")]


@pytest.mark.requirement("KB-02")
async def test_open_data_move_in_again_in_every_language_without_a_loss(bench: Bench) -> None:
    told = await bench.http.get("/open-data/articles?format=csv")
    held = {"If-None-Match": told.headers["etag"]}
    assert (await bench.http.get("/open-data/articles?format=csv", headers=held)).status_code == 304
    report = await move(bench, "csv", {"articles.csv": told.text}, rehearse=True)
    ids = {article["id"] for article in (await bench.http.get("/open-data/articles")).json()}
    assert (report["dropped"], report["notes"], report["read"]) == ([], [], len(ids))
    before = (await bench.http.get("/articles/potholes")).json()
    renamed = told.text.replace("potholes,", "quite-other-holes,")
    assert (await move(bench, "csv", {"articles.csv": renamed}))["dropped"] == []
    after = (await bench.http.get("/articles/quite-other-holes")).json()
    assert [after[part] for part in ("title", "summary", "body")] == [before[p] for p in ("title", "summary", "body")]


@pytest.mark.requirement("KB-04")
async def test_an_agency_moves_in_drafts_of_its_own_and_nothing_of_anothers(bench: Bench) -> None:
    owned = (await bench.http.get("/articles/potholes")).json()["agency"]
    other = next(one["agency"] for one in (await bench.http.get("/directory")).json() if one["agency"] != owned)
    text = (ARTICLES / "potholes.md").read_text("utf-8").replace(f"agency: {owned}", f"agency: {other}")
    who = bench.token("agency", "pia", other)
    at_once = await post(bench, who, "markdown", {"new.md": "# Ferns\nAsk."}, agency=other)
    assert at_once.status_code == 403, "somebody else reads what is published"
    taken = await post(
        bench, who, "markdown", {"potholes.md": text, "new.md": "# Ferns\nAsk."}, agency=other, drafts=True
    )
    assert (taken.status_code, taken.json()["taken"]) == (201, 1)
    assert [row["file"] for row in taken.json()["dropped"]] == ["potholes.md"]
    theirs = await bench.http.put("/drafts/ferns", json={"content": {"agency": owned}}, headers=who)
    assert theirs.status_code == 422
