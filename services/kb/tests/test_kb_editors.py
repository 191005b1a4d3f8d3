"""Editors' work over HTTP: draft, review, publish, urgent words, retire, hand over, flags, scripts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.kb import ArticlePublished
from kb.app import build
from kb.settings import Settings

TEXT: dict[str, Any] = {
    "title": {"en": "Zebra crossings", "es": "Pasos de cebra"},
    "summary": {"en": "Painted anew each spring.", "es": "Se pintan cada primavera."},
    "body": {"en": "Ask for **fresh paint**.", "es": "Pida **pintura nueva**."},
    "agency": "transportation",
    "services": ["traffic-sign-signal"],
    "review_by": "2027-01-01",
    "sources": ["the department"],
    "editors": ["eva"],
}


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]]) -> Bench:
    made = await bench_factory(build, Settings)
    await made.quiet()
    return made


async def ask(bench: Bench, method: str, path: str, who: dict[str, str], body: Any = None) -> Any:
    return await bench.http.request(method, path, headers=who, json=body)


async def found(bench: Bench, q: str) -> list[str]:
    for _ in range(40):  # the process follows a quarter of a second after a commit
        hits = [hit["id"] for hit in (await bench.http.get("/search", params={"q": q})).json()]
        if "zebra-crossings" in hits:
            return hits
        await asyncio.sleep(0.1)
    return hits


async def published(bench: Bench) -> None:
    ann, eva = bench.token("agency", "ann", "transportation"), bench.token("agency", "eva", "transportation")
    assert (await ask(bench, "PUT", "/drafts/zebra-crossings", ann, {"content": TEXT})).status_code == 201
    assert (await ask(bench, "POST", "/drafts/zebra-crossings/submit", ann, {})).status_code == 200
    assert (await ask(bench, "POST", "/drafts/zebra-crossings/publish", eva, {})).json()["version"] == 1


@pytest.mark.requirement("KB-04", "KB-05", "KB-06")
async def test_a_draft_is_reviewed_and_published_by_another_and_every_step_is_known(bench: Bench) -> None:
    ann, eva = bench.token("agency", "ann", "transportation"), bench.token("agency", "eva", "transportation")
    for stranger in ({}, bench.token("agency", "pia", "parks"), bench.token("contact", "x"), bench.token("agent")):
        assert (await ask(bench, "PUT", "/drafts/zebra-crossings", stranger, {"content": TEXT})).status_code == 403
    await ask(bench, "PUT", "/drafts/zebra-crossings", ann, {"content": TEXT})
    assert (await ask(bench, "POST", "/drafts/zebra-crossings/publish", eva, {})).status_code == 409  # not reviewed
    await ask(bench, "POST", "/drafts/zebra-crossings/submit", ann, {})
    assert (await ask(bench, "POST", "/drafts/zebra-crossings/publish", ann, {})).status_code == 403
    assert (await ask(bench, "POST", "/drafts/zebra-crossings/publish", eva, {"note": "ok"})).status_code == 200
    assert "zebra-crossings" in await found(bench, "zebra")
    changed = TEXT | {"body": {"en": "Ask us twice.", "es": "Pida **pintura nueva**."}}
    await ask(bench, "PUT", "/drafts/zebra-crossings", ann, {"content": changed})
    await ask(bench, "POST", "/drafts/zebra-crossings/submit", ann, {})
    assert (await ask(bench, "POST", "/drafts/zebra-crossings/publish", eva, {})).json()["version"] == 2
    first = (await bench.http.get("/articles/zebra-crossings?version=1")).json()
    assert first["html"]["en"] == "<p>Ask for <strong>fresh paint</strong>.</p>\n"
    now = (await bench.http.get("/articles/zebra-crossings")).json()
    assert now["languages"] == {"en": "current", "es": "behind"}
    diff = (await bench.http.get("/articles/zebra-crossings/diff?old=1&new=2")).json()
    assert set(diff["changes"]) == {"body.en"}
    steps = (await bench.http.get("/articles/zebra-crossings/steps", headers=eva)).json()
    assert [(s["action"], s["by_subject"]) for s in steps if s["action"] == "published"] == [("published", "eva")] * 2
    events = [e for e in bench.events("article.published", ArticlePublished) if e.article_id == "zebra-crossings"]
    assert [event.version for event in events] == [1, 2]
    noted = await bench.rows("kb", "SELECT subject FROM audit WHERE action = 'article.publish'")
    assert [row["subject"] for row in noted] == ["eva", "eva"]


@pytest.mark.requirement("KB-10")
async def test_urgent_words_are_live_with_a_banner_and_end_by_themselves(bench: Bench) -> None:
    lead = bench.token("supervisor", "sue")
    until = bench.clock.now + timedelta(hours=2)
    surge = TEXT | {"expires_at": until.isoformat()}
    assert (await ask(bench, "PUT", "/surge/zebra-crossings", lead, {"content": TEXT})).status_code == 422
    assert (
        await ask(bench, "PUT", "/surge/zebra-crossings", bench.token("agent"), {"content": surge})
    ).status_code == 403
    assert (await ask(bench, "PUT", "/surge/zebra-crossings", lead, {"content": surge})).status_code == 201
    assert "zebra-crossings" in await found(bench, "zebra")
    assert [line["id"] for line in (await bench.http.get("/banners")).json()] == ["zebra-crossings"]
    await bench.advance(timedelta(hours=3))
    await bench.quiet()
    assert (await bench.http.get("/banners")).json() == []
    assert (await bench.http.get("/articles/zebra-crossings")).json()["state"] == "retired"
    events = [e for e in bench.events("article.published", ArticlePublished) if e.article_id == "zebra-crossings"]
    assert [(event.version, event.state) for event in events] == [(1, "published"), (2, "retired")]


@pytest.mark.requirement("KB-05", "KB-06", "KB-07")
async def test_flags_are_followed_owners_handed_over_and_old_texts_read_again(bench: Bench) -> None:
    await published(bench)
    agent, own = bench.token("agent", "al"), bench.token("agency", "olga", "transportation")
    raised = await ask(bench, "POST", "/articles/zebra-crossings/flags", agent, {"text": "The rule is from 1990."})
    flag = raised.json()["flag_id"]
    ended = {"state": "revised", "note": "The rule is new now."}
    other = bench.token("agency", "pia", "parks")
    assert (await ask(bench, "POST", f"/flags/{flag}/settle", other, ended)).status_code == 403
    assert (
        await ask(bench, "POST", f"/flags/{flag}/settle", own, {"state": "looked_into", "note": "At it."})
    ).is_success
    assert [line["state"] for line in (await bench.http.get("/flags", headers=agent)).json()] == ["looked_into"]
    assert (await ask(bench, "POST", f"/flags/{flag}/settle", own, ended)).is_success
    assert (await bench.http.get("/flags", headers=agent)).json() == []
    lead = bench.token("supervisor", "sue")
    given = await ask(bench, "POST", "/owners/ann/hand-over", lead, {"to": "olga"})
    assert given.json()["articles"] == ["zebra-crossings"]
    assert (await bench.http.get("/articles/zebra-crossings", headers=agent)).json()["owner"] == "olga"
    await bench.advance(timedelta(days=330))
    tasks = (await bench.http.get("/tasks", headers=agent)).json()
    assert ("stale", "zebra-crossings") in {(task["kind"], task["subject"]) for task in tasks}
    retired = await ask(bench, "POST", "/articles/zebra-crossings/retire", own, {})
    assert retired.json()["state"] == "retired"


@pytest.mark.requirement("AGT-13", "KB-09", "RTE-11")
async def test_who_helps_out_is_given_a_few_scripts_for_a_time(bench: Bench) -> None:
    helper, lead = bench.token("agent", "hal"), bench.token("supervisor", "sue")
    every = (await bench.http.get("/scripts", headers=helper)).json()
    until = (bench.clock.now + timedelta(days=3)).isoformat()
    named = await ask(bench, "PUT", "/surge-staff/hal", lead, {"topics": ["heat"], "until": until})
    assert named.is_success
    some = (await bench.http.get("/scripts", headers=helper)).json()
    assert 0 < len(some) < len(every)
    assert all("heat" in script["topics"] for script in some)
    assert (await bench.http.get("/scripts")).status_code == 403
    await bench.advance(timedelta(days=4))
    assert (await bench.http.get("/scripts", headers=helper)).json() == []
