"""Every page that residents see, read as a screen reader and the rules of WCAG AA read it."""

import re
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from chassis.testing import Bench
from contracts.kb import ArticlePublished
from contracts.notify import CampaignChanged, CampaignState, CampaignWay
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from accounts import PAT, Letterbox, Town, letterbox
from test_intake_account import Browser

__all__ = ["letterbox"]
PROCESSES = "https://city.example.org/routing"
PAGE = {"Accept": "text/html"}
READABLE = 4.5
"""Contrast of text on white, by WCAG AA."""
_COLOUR = re.compile(r"(?<!-)color:#([0-9a-f]{6})")


class Heard(HTMLParser):
    """A page as it is read out: its language, title, headings, and fields with what labels them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.fields: list[dict[str, str]] = []
        self.labelled: set[str] = set()
        self.loose: list[str] = []
        self._labels = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag == "html":
            self.language = given.get("lang", "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label":
            self._labels += 1
            self.labelled.add(given.get("for", ""))
        if tag in {"input", "select", "textarea"} and given.get("type") != "hidden":
            self.fields.append(given | {"inside": "yes" if self._labels else ""})
        if (tag == "img" and "alt" not in given) or int(given.get("tabindex", "0")) > 0:
            self.loose.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._labels -= tag == "label"

    def faults(self) -> list[str]:
        """Say what stands in somebody's way."""
        unnamed = [f for f in self.fields if not (f["inside"] or f.get("id") in self.labelled or f.get("aria-label"))]
        steps = [b - a for a, b in zip(self.headings, self.headings[1:], strict=False)]
        told = {
            "no language": not self.language,
            "not one main": self.tags.count("main") != 1,
            "no title": "title" not in self.tags,
            "not one first heading": self.headings.count(1) != 1 or self.headings[0] != 1,
            "a heading left out": any(step > 1 for step in steps),
            f"fields without a label: {unnamed}": bool(unnamed),
            f"without words, or out of order: {self.loose}": bool(self.loose),
        }
        return [fault for fault, is_so in told.items() if is_so]


def contrast(colour: str) -> float:
    """Compare a colour with white, as WCAG does."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


@pytest.fixture
async def browser(
    bench_factory: Callable[..., Awaitable[Bench]], letterbox: tuple[Letterbox, int], tmp_path: Path
) -> Browser:
    box, port = letterbox
    given = {"smtp_port": port, "photo_store": str(tmp_path), "process_base_url": PROCESSES}
    return Browser(Town(await bench_factory(build, Settings, **given), box))


@pytest.mark.requirement("SS-17")
async def test_every_page_can_be_read_by_everybody(browser: Browser) -> None:
    pages = dict[str, str]()

    async def see(name: str, path: str = "") -> None:
        if path:
            await browser.open(path)
        pages[name] = browser.page

    made = await browser.town.report(reporter=PAT)
    await see("start", "/?lang=es")
    await see("request", f"/requests/{made['tracking_number']}")
    await see("unknown request", "/requests/0000-0000-0000-0")
    await see("sign in", "/account")
    await browser.send("account/code", email=PAT["email"])
    await see("code")
    await browser.send("account/session", email=PAT["email"], code="000000")
    await see("wrong code")
    await browser.send("account/session", email=PAT["email"], code=browser.town.box.code(PAT["email"]))
    await browser.town.bench.quiet()
    await see("account", "/account")
    faults = {name: found for name, page in pages.items() if (found := Heard(page).faults())}
    assert not faults
    colours = {colour for page in pages.values() for colour in _COLOUR.findall(page)}
    assert colours
    assert all(contrast(colour) >= READABLE for colour in colours)
    assert all('name="viewport" content="width=device-width' in page for page in pages.values()), "it may be enlarged"
    assert all("outline:none" not in page.replace(" ", "") for page in pages.values()), "where one is stays visible"


async def test_the_first_page_leads_from_a_number_to_its_request_without_a_script(browser: Browser) -> None:
    made = await browser.town.report()
    first = (await browser.http.get("/", headers=PAGE)).text
    assert "<script" not in first
    assert 'href="tel:' in first
    assert 'href="mailto:' in first
    assert "Call 911 now" in first
    found = await browser.http.get("/find", params={"number": f" {made['tracking_number'].lower()} ", "lang": "es"})
    assert (found.status_code, found.headers["location"]) == (
        303,
        f"requests/{made['tracking_number'].lower()}?lang=es",
    )
    shown = await browser.http.get(f"/{found.headers['location']}", headers=PAGE)
    assert made["tracking_number"] in shown.text
    empty = await browser.http.get("/find", params={"number": ""})
    assert empty.json()["errors"][0]["field"] == "number"


@pytest.mark.requirement("NOT-11")
async def test_what_is_urgent_heads_every_page_and_a_campaign_the_first(browser: Browser) -> None:
    bench, made = browser.town.bench, await browser.town.report()
    now = bench.clock.now
    heat = ArticlePublished(
        article_id="heat", version=1, title={"en": "Heat <wave>", "es": "Ola de calor"}, banner=True,
        summary={"en": "Cooling centers are open.", "es": "Hay centros frescos."}, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    campaign = CampaignChanged(
        code="potholes", title={"en": "Pothole week"}, text={"en": "Tell us."}, ways=(CampaignWay.BANNER,),
        starts_at=now, ends_at=now + timedelta(days=1), link="https://city.example/potholes",
    )  # fmt: skip
    for event in (heat, campaign, campaign.model_copy(update={"code": "mailed", "ways": (CampaignWay.MESSAGES,)})):
        await bench.feed(event)
    request = f"/requests/{made['tracking_number']}"

    async def heads(path: str) -> str:
        page = (await browser.http.get(path, headers=PAGE)).text
        assert Heard(page).faults() == []
        return page.partition("<main>")[0].partition("<aside")[2]

    first = await heads("/?lang=en")
    assert first.index("Heat &lt;wave&gt;") < first.index("Pothole week") < first.index("https://city.example/potholes")
    assert first.count("Pothole week") == 1, "the other one goes by message"
    for path in (f"{request}?lang=es", "/map?lang=es", "/account?lang=es"):
        assert "Hay centros frescos." in await heads(path)
        assert "Pothole week" not in await heads(path)
    await bench.feed(campaign.model_copy(update={"version": 2, "state": CampaignState.ENDED}))
    await bench.advance(timedelta(hours=2))
    assert await heads("/?lang=en") == ""
    assert await bench.rebuild("intake") == []


def test_a_page_that_stands_in_somebodys_way_is_found() -> None:
    assert Heard("<html><body><h2>x</h2><input><img src=a tabindex=3></body></html>").faults() != []
    assert contrast("aaaaaa") < READABLE


@pytest.mark.requirement("CAT-01", "SS-12")
async def test_the_catalog_and_a_requests_page_link_to_how_the_work_goes(browser: Browser) -> None:
    services = (await browser.http.get("/services")).json()["services"]
    links = {one["code"]: one["process_url"] for one in services}
    assert links["graffiti-removal"] == f"{PROCESSES}/services/graffiti-removal/process.html"
    made = await browser.town.report()
    page = (await browser.http.get(f"/requests/{made['tracking_number']}?lang=en", headers=PAGE)).text
    assert f'<a href="{links["graffiti-removal"]}?language=en">How the work goes, step by step</a>' in page
