"""Who ends messages gets no more of them: by one click in a mail program, or on the page, and back again."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from told import Inbox, closed, created, facts, link_for, profile, promised, settled

from chassis.testing import Bench
from contracts.intake import ContactErased
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome
from notify.app import build
from notify.settings import Settings

BASE = "https://notify.example"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
LEFT = "SELECT contact_ref, channel, request_id, why FROM leaving ORDER BY request_id"
PAGE = {"Accept": "text/html"}


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    return await bench_factory(
        build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02, notify_base_url=f"{BASE}/"
    )


def link_of(mail: Any) -> str:
    """Read the link of a mail's headers, as a mail program does, and check that it may use it at one click."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (found,) = re.findall(r"<([^>]+)>", mail["List-Unsubscribe"])
    parts = urlsplit(found)
    assert f"{parts.scheme}://{parts.netloc}" == BASE
    return f"{parts.path}?{parts.query}"


async def told(bench: Bench, inbox: Inbox, base: dict[str, Any]) -> str:
    """Tell of a new request, and return the link below its mail."""
    await bench.feed(created(base))
    await settled(bench, 1)
    return link_of(inbox.mails[-1])


class Reader(HTMLParser):
    """Reads a page as a screen reader does: its language, its headings, its buttons; counts what it must not have."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language, self.action, self.scripts = "", "", 0
        self.headings: list[str] = []
        self.buttons: dict[str, str] = {}
        self.statuses: list[str] = []
        self._into: list[str] | None = None
        self._button: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Note what a tag says."""
        given = dict(attrs)
        self.language = given.get("lang", "") if tag == "html" else self.language
        self.action = given.get("action", "") if tag == "form" else self.action
        self.scripts += tag == "script" or any(name.startswith("on") for name in given)
        self._into = (
            self.headings if tag in {"h1", "h2"} else self.statuses if given.get("role") == "status" else self._into
        )
        if tag == "button":
            assert given["type"] == "submit"
            assert given["name"] == "do"
            self._button = given["value"]

    def handle_endtag(self, tag: str) -> None:
        """Forget the tag."""
        self._into = None if tag in {"h1", "h2", "p"} else self._into
        self._button = None if tag == "button" else self._button

    def handle_data(self, data: str) -> None:
        """Keep words."""
        if self._into is not None:
            self._into.append(data)
        if self._button:
            self.buttons[self._button] = data


@pytest.mark.requirement("NOT-03")
async def test_one_click_ends_the_mails_about_a_request_and_no_others(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile())
    mine, other = facts(), facts("OTHER")
    link = await told(bench, inbox, mine)
    opened = await bench.http.get(link, headers=PAGE)
    assert opened.status_code == 200
    assert await bench.rows("notify", LEFT) == [], "programs open links too: that ends nothing"
    assert (await bench.http.post(link, data=ONE_CLICK)).status_code == 200
    assert (await bench.http.post(link, files={"List-Unsubscribe": (None, "One-Click")})).status_code == 200
    await bench.feed(closed(mine))
    assert [(o.moment, o.outcome) for o in (await settled(bench, 2))[1:]] == [("closed", DeliveryOutcome.SUPPRESSED)]
    assert len(inbox.mails) == 1
    await bench.feed(created(other))
    await settled(bench, 3)
    assert [mail["Subject"].count("OTHER") for mail in inbox.mails] == [0, 1]


async def test_what_was_on_its_way_when_somebody_left_is_not_sent(bench: Bench, inbox: Inbox) -> None:
    inbox.refusals = ["451 later"] * 40
    await bench.feed(profile())
    mine = facts()
    await bench.feed(created(mine))
    for _ in range(500):
        if await bench.rows("notify", "SELECT FROM open_intent WHERE postponed"):
            break
        await asyncio.sleep(0.01)
    assert (await bench.http.post(link_for(mine["request_id"]), data=ONE_CLICK)).status_code == 200
    inbox.refusals = []
    await bench.advance(timedelta(hours=2))
    assert [o.outcome for o in await settled(bench, 1)] == [DeliveryOutcome.SUPPRESSED]
    assert inbox.mails == []


@pytest.mark.requirement("NOT-03", "NOT-10")
async def test_the_page_works_without_script_in_both_languages_and_takes_back(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile(language="es"))
    mine = facts()
    link = await told(bench, inbox, mine)
    page = Reader((await bench.http.get(link, headers=PAGE)).text)
    assert (page.language, page.scripts, set(page.buttons)) == ("es", 0, {"leave", "leave-all"})
    assert "AB12-CD34-EF56" in page.buttons["leave"]
    assert Reader((await bench.http.get(f"{link}&lang=en", headers=PAGE)).text).language == "en"
    done = await bench.http.post(f"/unsubscribe{page.action}", data={"do": "leave-all"}, headers=PAGE)
    assert "no-store" in done.headers["cache-control"]
    assert done.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in done.headers
    left = Reader(done.text)
    assert (set(left.buttons), left.scripts) == ({"return"}, 0)
    assert left.statuses, "what was done is announced"
    await bench.feed(closed(mine))
    assert [o.outcome for o in (await settled(bench, 2))[1:]] == [DeliveryOutcome.SUPPRESSED]
    back = Reader((await bench.http.post(f"/unsubscribe{left.action}", data={"do": "return"}, headers=PAGE)).text)
    assert set(back.buttons) == {"leave", "leave-all"}
    await bench.feed(promised(mine))
    assert (await settled(bench, 3))[-1].outcome is DeliveryOutcome.DELIVERED


async def test_who_left_everything_still_gets_the_number_of_what_they_report_later(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile())
    await bench.http.post(link_for("all"), data=ONE_CLICK)
    mine = facts()
    await bench.feed(created(mine))
    await bench.feed(closed(mine))
    outcomes = {o.moment.value: o.outcome.value for o in await settled(bench, 2)}
    assert outcomes == {"received": "delivered", "closed": "suppressed"}
    assert len(inbox.mails) == 1


async def test_other_channels_go_on_when_one_is_left(bench: Bench) -> None:
    await bench.feed(
        profile(webhook_url="http://127.0.0.1:1/", channels=(DeliveryChannel.EMAIL, DeliveryChannel.WEBHOOK))
    )
    await bench.http.post(link_for("all"), data=ONE_CLICK)
    await bench.feed(created(facts()))
    await bench.feed(closed(facts()))
    found = await bench.rows("notify", "SELECT channel, moment FROM intent WHERE channel = 'webhook'")
    assert len(found) == 2


@pytest.mark.parametrize(
    ("change", "status"),
    [({"token": "guessed"}, 404), ({"contact": "c2"}, 404), ({"request": "all"}, 404), ({"channel": "sms"}, 404),
     ({"request": "x"}, 404), ({"channel": "pigeon"}, 422), ({"contact": "c" * 201}, 422)],
)  # fmt: skip
async def test_a_link_is_good_for_what_it_was_signed_for_alone(
    bench: Bench, change: dict[str, str], status: int
) -> None:
    await bench.feed(profile())
    link = httpx_params(link_for(UUID(int=7))) | change
    for headers in ({}, PAGE):
        answer = await bench.http.post("/unsubscribe", params=link, data=ONE_CLICK, headers=headers)
        assert answer.status_code == status
    assert await bench.rows("notify", LEFT) == []


def httpx_params(link: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in link.partition("?")[2].split("&"))


async def test_other_wishes_and_long_forms_are_refused_in_words(bench: Bench) -> None:
    await bench.feed(profile())
    link = link_for(UUID(int=7))
    wrong = await bench.http.post(link, data={"do": "explode"})
    assert (wrong.status_code, "leave-all" in wrong.json()["detail"]) == (422, True)
    assert (await bench.http.post(link, content=b"x" * 5000)).status_code == 413


@pytest.mark.requirement("NOT-03")
async def test_what_was_left_survives_a_rebuild_and_goes_with_an_erased_person(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile())
    mine = facts()
    link = await told(bench, inbox, mine)
    await bench.http.post(link, data=ONE_CLICK)
    assert await bench.rebuild("notify") == []
    assert [tuple(row.values()) for row in await bench.rows("notify", LEFT)] == [
        ("c1", "email", mine["request_id"], "asked")
    ]
    await bench.feed(closed(mine))
    assert (await settled(bench, 2))[-1].outcome is DeliveryOutcome.SUPPRESSED
    await bench.feed(ContactErased(contact_ref="c1"))
    assert await bench.rows("notify", LEFT) == []
    assert (await bench.http.post(link, data=ONE_CLICK)).status_code == 200
    assert await bench.rows("notify", LEFT) == [], "who was erased leaves no trace by an old link"
