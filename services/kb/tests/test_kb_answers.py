"""Answers with their article, or an honest no; articles moved in and out; the directory; hostile words."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from uuid import uuid4

import nh3
import pytest

from chassis.testing import Bench
from contracts.city import load_articles, load_city
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import ContactErased, ContactRecorded, RequestCreated
from contracts.sla import Basis, ForecastPublished
from contracts.vocabulary import Channel, ContactKind, ForecastMethod, Operator
from kb.app import build
from kb.domain.directory import agency_of, entry_of, linked_data
from kb.domain.importing.pages import page_of_export
from kb.domain.rendering import page_of, plain_text, unescaped
from kb.settings import Settings

_HANDLERS = ("onerror", "onclick", "onload", "onmouseover")
_ADDRESSES = (
    "javascript:x()",
    "JaVaScRiPt:x()",
    "data:text/html,x",
    "vbscript:x",
    "java\tscript:x()",
    "&#106;avascript:x()",
)
HOSTILE = [
    *(f"<img src=x {name}=alert(1)>" for name in _HANDLERS),
    *(f"<a href='{address}'>x</a>" for address in _ADDRESSES),
    *(f"[x]({address})" for address in _ADDRESSES),
    *(f"![x]({address})" for address in _ADDRESSES),
    *(
        f"<{tag}>alert(1)</{tag}>"
        for tag in ("script", "style", "iframe", "object", "svg", "math", "template", "form", "xmp")
    ),
    *(f"<{tag} src=//evil.example>" for tag in ("script", "iframe", "embed", "link", "base", "meta", "input", "video")),
    "<svg/onload=alert(1)>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<p style='background:url(javascript:x)'>x</p>",
    "`<script>alert(1)</script>`",
    "```\n<script>alert(1)</script>\n```",
    "<!--><script>alert(1)</script>-->",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<table><td background='javascript:x'>",
    "[x](<javascript:x()> 'onclick=x()')",
    "<a href='https://x.example' onclick='x()' target=_blank>x</a>",
    "\u202e<b onmouseover=x()>gnp.exe\u202c</b>",
    "[a]: javascript:x()\n[a]",
]
PLACES = (
    "{}",
    "# {}",
    "- {}",
    "> {}",
    "| a |\n|---|\n| {} |",
    "**{}**",
    "[{}](https://city.example/)",
    "[x](https://city.example/ '{}')",
    "<p>{}</p>",
    "<h1>{}</h1>",
    "<a href='https://city.example/'>{}</a>",
    "<ul><li>{}</ul>",
)
"""Where in an article the words stand."""
TAGS = {
    *("p", "a", "code", "pre", "em", "strong", "ul", "ol", "li", "blockquote", "br", "hr", "del"),
    *("table", "thead", "tbody", "tr", "td", "th", "h2", "h3", "h4", "h5", "h6"),
}


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]]) -> Bench:
    made = await bench_factory(build, Settings)
    await made.quiet()
    return made


@pytest.mark.requirement("CH-18", "KB-03", "KB-08", "KB-12")
async def test_a_question_is_answered_from_an_article_with_the_next_step(bench: Bench) -> None:
    for question, language in (("how do I get rid of an old sofa?", "en"), ("¿cómo tiro un sofá viejo?", "es")):
        answer = (await bench.http.post("/answers", json={"question": question, "language": language})).json()
        assert (answer["known"], answer["language"]) == (True, language)
        assert answer["next"]["kind"] == "start_request"
        cited = answer["article"]
        article = (await bench.http.get(f"/articles/{cited['id']}?version={cited['version']}")).json()
        assert (cited["title"], cited["summary"]) == (article["title"][language], article["summary"][language])
        assert cited["passage"][:20] in article["body"][language].replace("**", "")


@pytest.mark.requirement("KB-12", "KB-13")
async def test_what_nobody_knows_is_said_so_and_opens_a_task_that_tells_on_nobody(bench: Bench) -> None:
    for _ in range(2):
        answer = (await bench.http.post("/answers", json={"question": "quantum Xanadu flibbertigibbet"})).json()
        assert (answer["known"], answer["article"]) == (False, None)
    tasks = (await bench.http.get("/tasks", headers=bench.token("agent"))).json()
    assert [(task["task_id"], task["asked"]) for task in tasks] == [(answer["task"], 2)]
    assert "xanadu" not in str(tasks).lower()
    for _ in range(3):  # what five people typed is no secret any more
        await bench.http.post("/answers", json={"question": "quantum Xanadu flibbertigibbet"})
    lead = bench.token("supervisor")
    assert "xanadu" in str((await bench.http.get("/proposals", headers=lead)).json())


@pytest.mark.requirement("CH-19", "KB-13")
async def test_an_article_followed_by_a_request_of_the_same_person_deflected_nothing(bench: Bench) -> None:
    asked = {"kind": ContactKind.QUESTION_ANSWERED, "channel": Channel.CHAT, "article_id": "parks"}
    await bench.feed(ContactRecorded(contact_id=uuid4(), contact_ref="c1", **asked))
    await bench.feed(ContactRecorded(contact_id=uuid4(), contact_ref="c2", **asked))
    about = RequestFacts(tracking_number="AB12", service_code="park-repairs", opened_at=bench.clock.now)
    for ref, hours in (("c1", 3), ("c1", 4), ("c2", 30)):  # once for c1; a day later is another matter
        said = about.model_copy(update={"contact_refs": (ref,), "opened_at": bench.clock.now + timedelta(hours=hours)})
        filed = RequestCreated(request_id=uuid4(), sequence=1, about=said, place=Place(), operator=Operator.CITY_311)
        await bench.feed(filed)
    late = {"contact_id": uuid4(), "contact_ref": "c3"}  # heard of after the request it came before
    said = about.model_copy(update={"contact_refs": ("c3",), "opened_at": bench.clock.now + timedelta(hours=1)})
    await bench.feed(
        RequestCreated(request_id=uuid4(), sequence=1, about=said, place=Place(), operator=Operator.CITY_311)
    )
    await bench.feed(ContactRecorded(**late, **asked))
    await bench.http.post("/articles/parks/ratings", json={"helpful": False})
    (line,) = (await bench.http.get("/worth?since=2026-01-01", headers=bench.token("analyst"))).json()
    assert (line["article_id"], line["shown"], line["rated_low"], line["filed_anyway"]) == ("parks", 3, 1, 2)


@pytest.mark.requirement("CH-19")
async def test_who_asks_to_be_forgotten_is_forgotten_here_too_also_when_something_comes_late(bench: Bench) -> None:
    asked = {"kind": ContactKind.QUESTION_ANSWERED, "channel": Channel.CHAT, "article_id": "parks"}
    about = RequestFacts(tracking_number="AB12", service_code="park-repairs", opened_at=bench.clock.now)
    for ref in ("c1", "c2"):
        await bench.feed(ContactRecorded(contact_id=uuid4(), contact_ref=ref, **asked))
        await bench.feed(filed_by(ref, about))
    bench.clock.now += timedelta(minutes=5)
    await bench.feed(ContactErased(contact_ref="c1"))
    bench.clock.now += timedelta(minutes=5)
    await bench.feed(ContactRecorded(contact_id=uuid4(), contact_ref="c1", **asked))
    await bench.feed(filed_by("c1", about))
    for table in ("shown", "filed"):
        assert [row["contact_ref"] for row in await bench.rows("kb", f"SELECT contact_ref FROM {table}")] == ["c2"]
    (line,) = (await bench.http.get("/worth?since=2026-01-01", headers=bench.token("analyst"))).json()
    assert (line["shown"], line["filed_anyway"]) == (3, 2)  # what was counted names nobody
    assert await bench.rebuild("kb") == []
    for table in ("shown", "filed"):
        assert [row["contact_ref"] for row in await bench.rows("kb", f"SELECT contact_ref FROM {table}")] == ["c2"]
    await bench.advance(timedelta(days=3))
    for table in ("shown", "filed", "forgotten"):
        assert await bench.rows("kb", f"SELECT * FROM {table}") == []


def filed_by(ref: str, about: RequestFacts) -> RequestCreated:
    said = about.model_copy(update={"contact_refs": (ref,)})
    return RequestCreated(request_id=uuid4(), sequence=1, about=said, place=Place(), operator=Operator.CITY_311)


@pytest.mark.requirement("KB-02")
async def test_articles_move_in_with_a_report_and_out_as_open_data(bench: Bench) -> None:
    lead = bench.token("supervisor")
    rows = "".join(f"Unusual topic {n},About number {n}\n" for n in range(1200))
    text = "title,body\n" + rows + ",no title\nUnusual topic 1,again\n"
    body = {"format": "csv", "agency": "city-311", "files": [{"name": "old.csv", "text": text}]}
    assert (await bench.http.post("/imports", json=body)).status_code == 403
    report = (await bench.http.post("/imports", json=body, headers=lead)).json()
    assert (report["read"], report["taken"]) == (1202, 1200)
    assert [(row["row"], row["reason"][:12]) for row in report["dropped"]] == [
        (1202, "has no title"),
        (1203, "has the same"),
    ]
    again = (await bench.http.post("/imports", json=body, headers=lead)).json()
    assert (again["taken"], again["unchanged"]) == (0, 1200)
    page = {"name": "a.html", "text": "<h1>Owls</h1><p>Owls are <b>fine</b>.</p><script>x</script>"}
    html = {"format": "html", "agency": "city-311", "files": [page]}
    assert (await bench.http.post("/imports", json=html, headers=lead)).json()["notes"][0][
        "note"
    ] == "1 script left out"
    marked = {
        "format": "markdown",
        "agency": "city-311",
        "files": [{"name": "b.md", "text": "# Bees\n\nLeave them be."}],
    }
    assert (await bench.http.post("/imports", json=marked, headers=lead)).json()["taken"] == 1
    out = await bench.http.get("/open-data/articles")
    same = await bench.http.get("/open-data/articles", headers={"If-None-Match": out.headers["etag"]})
    assert same.status_code == 304
    assert out.headers["link"].startswith("</open-data/articles?after=")
    pages, link = [out], out.headers.get("link")
    while link:  # the next page, until there is none
        pages.append(await bench.http.get(link.split(">")[0].strip("<")))
        link = pages[-1].headers.get("link")
    listed = [article["id"] for page in pages for article in page.json()]
    assert {"owls", "bees", "unusual-topic-7"} <= set(listed)
    assert listed == sorted(set(listed))
    lines = (await bench.http.get("/articles?limit=5000", headers=lead)).json()
    ours = load_articles(bench.running["kb"].service.settings.city).values()
    internal = {article.id for article in ours if article.audience == "internal"}
    assert {line["id"] for line in lines} - internal == set(listed)
    few = await bench.http.get("/open-data/articles?format=csv&limit=2&after=unusual-topic-699")
    assert [line.split(",")[0] for line in few.text.splitlines()[1:]] == ["unusual-topic-7", "unusual-topic-70"]
    assert few.headers["link"] == '</open-data/articles?format=csv&limit=2&after=unusual-topic-70>; rel="next"'


@pytest.mark.requirement("KB-14")
def test_a_service_of_the_directory_names_its_agency_steps_and_fees() -> None:
    city = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")
    agency = agency_of("pothole-repair", city)
    assert agency is not None
    article = {"id": "a", "version": 2, "title": {"en": "Potholes"}, "fees": {"en": "Free of charge."}}
    entry = entry_of("pothole-repair", city, "en", None, [article])
    process = city.processes[city.onboarding["pothole-repair"].process or ""]
    assert (entry["agency"], entry["fees"]) == (agency.slug, "Free of charge.")
    assert [step["name"] for step in entry["steps"]] == [step.name.say("en") for step in process.steps]
    assert {"You", agency.name.say("en")} <= {step["who"] for step in entry["steps"]}
    told = linked_data(entry, city)
    assert told["offers"]["description"] == "Free of charge."
    how, reading = told["subjectOf"]
    assert [step["name"] for step in how["step"]] == [step["name"] for step in entry["steps"]]
    assert (reading["@id"], reading["headline"]) == ("/articles/a", "Potholes")
    spoken = entry_of("pothole-repair", city, "es", {"words": {"es": "Unos 8 días."}, "days_80": 7.7}, [article])
    channel = linked_data(spoken, city)["availableChannel"]
    assert (channel["description"], channel["processingTime"]) == ("Unos 8 días.", "PT185H")


@pytest.mark.requirement("CH-22", "KB-14")
async def test_the_directory_has_every_service_in_both_languages_and_as_linked_data(bench: Bench) -> None:
    for language in ("en", "es"):
        entries = (await bench.http.get(f"/directory?language={language}")).json()
        assert all(entry["articles"] and entry["steps"] and entry["name"] for entry in entries)
    graph = (await bench.http.get("/directory?format=jsonld")).json()["@graph"]
    assert {one["@type"] for one in graph} == {"GovernmentService"}
    assert {one["identifier"] for one in graph} == {entry["code"] for entry in entries}
    assert (await bench.http.get("/directory/nothing")).status_code == 404
    one = await bench.http.get("/directory/pothole-repair")
    again = {"If-None-Match": one.headers["etag"]}
    assert (await bench.http.get("/directory/pothole-repair", headers=again)).status_code == 304
    words, basis = {"en": "Usually within 3 days."}, Basis(method=next(iter(ForecastMethod)))
    await bench.feed(ForecastPublished(service_code="pothole-repair", version=2, basis=basis, words=words))
    fresh = await bench.http.get("/directory/pothole-repair", headers=again)
    assert (fresh.status_code, fresh.json()["forecast"]) == (200, "Usually within 3 days.")
    desks = (await bench.http.get("/transfers", headers=bench.token("agent"))).json()
    assert {desk["open"] for desk in desks} <= {True, False, None}


class Elements(HTMLParser):
    """The elements of a page as a browser sees them, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def acts(page: str) -> list[str]:
    """Name what of a page is more than words, lists, tables and links to the usual addresses."""
    return [
        f"{tag} {attributes}"
        for tag, attributes in Elements(page).found
        if tag not in TAGS
        or attributes.keys() - {"href", "title", "rel", "align", "start"}
        or not attributes.get("href", "https:").startswith(("https:", "http:", "mailto:", "tel:"))
    ]


def test_what_acts_is_seen_so_that_the_corpus_may_fail() -> None:
    pages = ("<script>", "<p onclick=x>", '<a href="javascript:x()">', "<img src=x>", "<p style=x>")
    assert [bool(acts(page)) for page in pages] == [True] * len(pages)


def test_plain_words_are_the_same_whether_rendered_or_not() -> None:
    articles = load_articles(Path(__file__).parents[3] / "cities" / "los-angeles").values()
    parts = [part for article in articles for body in article.body.root.values() for part in body.split("\n\n")]
    odd = [
        "a\n-----",
        "abc\n=====",
        "abc  \n    code",
        "A - b\n- c",
        "é. x",
        "A (b)\nZ. c",
        "A &amp; b",
        "1. One",
        "A* b*",
    ]
    for part in (*parts, *odd):
        assert plain_text(part) == unescaped(nh3.clean(page_of(part), tags=set())), part
    endless = "a " * 50_000 + "*"
    assert plain_text(endless).startswith("a a")


def test_hostile_words_never_reach_a_page(figure: Callable[[str], None]) -> None:
    reached, made = [], 0
    for words, place in product(HOSTILE, PLACES):
        said = place.format(words)
        for page in (page_of(said), page_of(page_of_export(said)[1])):
            made += 1
            reached += [(said, page)] if acts(page) else []
    assert reached == []
    figure(f"hostile Markdown and HTML: {made} pages made, 0 with anything that acts")
