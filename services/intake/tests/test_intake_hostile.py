"""Hostile words in every text of every body of intake's own doors, and XML where JSON is awaited: never a 5xx."""

import json
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from hostile_words import WORDS, XML

BenchFactory = Callable[..., Awaitable[Bench]]
PLACE = {"address": "100 W 1st St", "asset_id": "a", "area": {"council_district": "1"}}
PAT = {"name": "Pat", "email": "pat@example.org", "phone": "555-010-4477", "language": "en"}
REPORT = {
    "service_code": "graffiti-removal", "description": "Paint.", "place": PLACE, "reporter": PAT,
    "attributes": {"a": "b"}, "photos": ["x"], "external_id": "1", "follows": "1", "differs_from": ["1"],
}  # fmt: skip
DRAFT = {name: REPORT[name] for name in ("service_code", "description", "place", "reporter", "attributes", "photos")}
TALK = {"text": "There is a pothole", "place": PLACE, "photos": ["x"]}
BODIES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("POST", "/requests", REPORT),
    ("POST", "/requests/duplicates", REPORT),
    ("PATCH", "/requests/{number}?{link}", {"description": "x", "place": PLACE, "attributes": {"a": "b"}}),
    ("POST", "/requests/{number}/messages?{link}", {"text": "x"}),
    ("POST", "/requests/{number}/photos?{link}", {"photos": ["x"]}),
    ("POST", "/requests/{number}/dispute?{link}", {"closure_id": "x", "comment": "x"}),
    ("POST", "/requests/{number}/follow", {"reporter": PAT}),
    ("POST", "/requests/{number}/different?{link}", {"number": "1"}),
    ("POST", "/requests/{number}/link", {"number": "1"}),
    ("POST", "/requests/{number}/place", {"address": "x", "asset_id": "x"}),
    ("POST", "/requests/{number}/feedback", {"text": "x"}),
    ("POST", "/requests/{number}/another?{link}", {"service_code": "other"}),
    ("POST", "/drafts", DRAFT),
    ("PATCH", "/drafts/{draft}?token={token}", DRAFT),
    ("POST", "/conversations", TALK | {"language": "en"}),
    ("POST", "/conversations/{talk}/messages", TALK),
    ("POST", "/contacts", {"channel": "phone", "phone": "1", "draft": "1", "language": "en"}),
    ("POST", "/contacts/{contact}/events", {"event": "note", "note": "x", "phone": "1", "draft": "1", "number": "1"}),
    ("POST", "/accounts/session", {"email": "pat@example.org", "code": "123456"}),
)


def spoilt(body: Any, word: str) -> Iterator[Any]:
    """Give a body once for each of its texts and names, with the word in its place."""
    if isinstance(body, str):
        yield word
    elif isinstance(body, dict):
        for name, value in body.items():
            rest = {other: kept for other, kept in body.items() if other != name}
            yield from (rest | {name: bad} for bad in spoilt(value, word))
        yield body | {word: "x"}
    else:
        for n, value in enumerate(body):
            yield from ([*body[:n], bad, *body[n + 1 :]] for bad in spoilt(value, word))


@pytest.fixture
async def bench(bench_factory: BenchFactory, tmp_path: Path) -> Bench:
    return await bench_factory(build, Settings, photo_store=str(tmp_path))


async def known(bench: Bench) -> dict[str, str]:
    """Make what the paths name."""
    report = {"service_code": "graffiti-removal", "place": {"address": "100 W 1st St"}, "reporter": PAT}
    made = (await bench.http.post("/requests", json=report)).json()
    draft = (await bench.http.post("/drafts", json={})).json()
    talk = (await bench.http.post("/conversations", json={})).json()
    contact = (await bench.http.post("/contacts", json={"channel": "phone"}, headers=bench.token("agent"))).json()
    link = str(made["manage_link"]).partition("?")[2]
    return {
        "number": made["tracking_number"], "link": link, "draft": draft["reference"], "token": draft["token"],
        "talk": talk["reference"], "said": talk["token"], "contact": contact["contact_id"],
    }  # fmt: skip


@pytest.mark.requirement("CH-13")
@pytest.mark.parametrize("part", range(2))
async def test_no_hostile_word_in_any_body_is_answered_with_a_5xx(
    bench: Bench, figure: Callable[[str], None], part: int
) -> None:
    names, agent, seen = await known(bench), bench.token("agent"), Counter[int]()
    broken = []
    for method, path, body in BODIES[part::2]:
        headers = {"Conversation-Token": names["said"], "Content-Type": "application/json"}
        headers |= agent if "{link}" not in path else {}
        for n, word in enumerate(WORDS):
            for bad in islice(spoilt(body, word), n % 2, None, 2 if n else 1):
                content = json.dumps(bad).encode()
                answer = await bench.http.request(method, path.format(**names), content=content, headers=headers)
                seen[answer.status_code] += 1
                broken += [(path, str(bad)[:300], answer.text)] if answer.status_code >= 500 else []
    by_status = dict(sorted(seen.items()))
    figure(f"hostile words in bodies, part {part}: {seen.total()} calls, by status {by_status}, 5xx: {len(broken)}")
    assert broken == []
    assert seen.total() > 1_000


@pytest.mark.requirement("CH-13")
async def test_xml_with_entities_is_read_by_nobody(bench: Bench, figure: Callable[[str], None]) -> None:
    """Nothing here reads XML that strangers send: it is refused as what it is not, with entities or without."""
    seen = Counter[int]()
    doors = (
        "/requests",
        "/requests/bulk",
        "/photos",
        "/drafts",
        "/open311/v2/requests.xml",
        "/open311/v2/requests.csv",
    )
    for path in doors:
        for kind in ("application/xml", "text/xml", "application/json", "image/svg+xml"):
            for document in XML:
                headers = {"Content-Type": kind} | bench.token("system")
                answer = await bench.http.post(path, content=document, headers=headers)
                seen[answer.status_code] += 1
                assert b"root:" not in answer.content
    failed = sum(count for status, count in seen.items() if status >= 500)
    figure(f"XML with entities: {seen.total()} calls, by status {dict(sorted(seen.items()))}, 5xx: {failed}")
    assert set(seen) <= {200, 400, 403, 404, 405, 415, 422}, seen
    assert not bench.published("request.created")
