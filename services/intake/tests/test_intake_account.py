"""The account as pages, used as a browser without JavaScript uses them."""

import re
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from chassis.testing import Bench
from contracts.intake import ContactProfile
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from accounts import PAT, Letterbox, Town, letterbox

__all__ = ["letterbox"]
HTML = {"Accept": "text/html", "Accept-Language": "es"}
_FIELD = re.compile(r'<(?:input|select|textarea) (?:id="\w+" )?(?:type="\w+" )?name="(\w+)"')
_FORM = re.compile(r'<form method="post" action="([^"]+)">(.*?)</form>', re.DOTALL)


class Browser:
    """Keeps cookies and sends forms, and runs no script."""

    def __init__(self, town: Town) -> None:
        self.town, self.http, self.page = town, town.http, ""

    async def open(self, path: str) -> httpx2.Response:
        return self._seen(await self.http.get(path, headers=HTML, follow_redirects=True))

    async def send(self, action: str, **fields: Any) -> httpx2.Response:
        """Send the form of this action that the page shows."""
        forms = {unescape(where).partition("?")[0]: (where, inside) for where, inside in _FORM.findall(self.page)}
        where, inside = forms[action]
        assert set(fields) <= set(re.findall(r'name="(\w+)"', inside)), "the page has no such field"
        answer = await self.http.post(f"/{unescape(where)}", data=fields, headers=HTML, follow_redirects=True)
        return self._seen(answer)

    def _seen(self, answer: httpx2.Response) -> httpx2.Response:
        self.page = answer.text
        return answer

    async def sign_in(self, email: str) -> None:
        await self.open("/account")
        assert (await self.send("account/code", email=email)).status_code == 200
        await self.send("account/session", email=email, code=self.town.box.code(email))
        await self.town.bench.quiet()


@pytest.fixture
async def browser(
    bench_factory: Callable[..., Awaitable[Bench]],
    letterbox: tuple[Letterbox, int],
) -> Browser:
    box, port = letterbox
    return Browser(Town(await bench_factory(build, Settings, smtp_port=port, push_public_key="BKey"), box))


@pytest.mark.requirement("CP-05", "CP-06", "NOT-03", "NOT-10")
async def test_somebody_signs_in_chooses_and_is_told_so_without_any_script(browser: Browser) -> None:
    made = await browser.town.report(reporter=PAT | {"phone": "213-555-0142"})
    await browser.sign_in("pat@example.org")
    assert '<html lang="es">' in browser.page
    assert made["tracking_number"] in browser.page
    answer = await browser.send(
        "account", name="Pat <Doe>", language="en", updates="yes", channels=["sms", "letter"], frequency="milestones",
        notices=["email"],
        postal_address="1 Main St\nLos Angeles", quiet_from="21:00", quiet_until="07:00",
    )  # fmt: skip
    assert answer.status_code == 200
    assert "Saved." in answer.text
    assert "Pat &lt;Doe&gt;" in answer.text
    await browser.town.bench.quiet()
    told = browser.town.bench.events("contact.profile", ContactProfile)[-1]
    assert [way.value for way in told.channels] == ["sms", "letter"]
    assert (told.frequency.value, told.quiet_from, told.language) == ("milestones", "21:00", "en")
    assert told.postal_address == "1 Main St\nLos Angeles"
    agreed = {(one.channel.value, one.purpose.value) for one in told.consents if one.given}
    assert agreed == {("sms", "requests"), ("letter", "requests"), ("email", "notices")}
    again = await browser.open("/account")
    assert again.text.count(" checked") == 5, "what was chosen is shown as chosen"
    await browser.send("account/sign-out")
    assert 'action="account/code' in browser.page
    assert made["tracking_number"] not in browser.page


async def test_what_is_wrong_is_said_on_the_form_and_nothing_is_kept(browser: Browser) -> None:
    await browser.open("/account")
    refused = await browser.send("account/code", email="nobody")
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    await browser.sign_in("pat@example.org")
    refused = await browser.send("account", name="Pat", frequency="every", quiet_from="nine")
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    browser.town.bench.clock.now += timedelta(minutes=2)
    await browser.send("account/sign-out")
    await browser.send("account/code", email="pat@example.org")
    wrong = await browser.send("account/session", email="pat@example.org", code="12")
    assert (wrong.status_code, 'role="alert"' in wrong.text) == (422, True)


async def test_another_sites_page_can_send_nothing(browser: Browser) -> None:
    await browser.sign_in("pat@example.org")
    elsewhere = {"Origin": "https://evil.example"}
    for path in ("/account", "/account/push", "/account/sign-out", "/account/code"):
        push = {"endpoint": "https://push.example.org/1", "p256dh": "B" * 87, "auth": "a" * 22}
        body: dict[str, Any] = {"json": push} if path.endswith("push") else {"data": {"email": "a@example.org"}}
        assert (await browser.http.post(path, headers=elsewhere, **body)).status_code == 403
    cookie = next(iter(browser.http.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite").lower() == "strict"


@pytest.mark.requirement("NOT-03")
async def test_a_browser_that_subscribes_is_told_beside_the_mail(browser: Browser) -> None:
    await browser.town.report(reporter=PAT)
    push = {"endpoint": "https://push.example.org/1", "p256dh": "B" * 87, "auth": "a" * 22}
    assert (await browser.http.post("/account/push", json=push)).status_code == 401
    await browser.sign_in("pat@example.org")
    assert 'data-push="BKey" hidden' in browser.page
    assert (await browser.http.post("/account/push", json=push)).status_code == 200
    await browser.town.bench.quiet()
    told = browser.town.bench.events("contact.profile", ContactProfile)[-1]
    assert [way.value for way in told.channels] == ["email", "push"]
    scripts = [(await browser.http.get(path)).text for path in ("/account-page.js", "/push-worker.js")]
    assert "pushManager" in scripts[0]
    assert "showNotification" in scripts[1]


@pytest.mark.requirement("SUR-06", "SUR-07")
async def test_who_is_signed_in_or_has_their_link_tells_the_city_something_without_saying_who_they_are(
    browser: Browser,
) -> None:
    made = await browser.town.report(reporter=PAT)
    await browser.open("/requests/" + made["manage_link"].rpartition("/")[2])
    told = _feedback(browser.page)
    assert (told["stage"], told["tracking_number"], told["contact"], told["lang"]) == (
        "intake",
        made["tracking_number"],
        made["contact_ref"],
        "es",
    )
    await browser.open(f"/requests/{made['tracking_number']}")
    assert not {"contact", "token"} & _feedback(browser.page).keys(), "everybody may follow it"
    await browser.sign_in(PAT["email"])
    assert {**_feedback(browser.page), "lang": "es"} == {
        "lang": "es",
        "contact": made["contact_ref"],
        "token": told["token"],
    }


def _feedback(page: str) -> dict[str, str]:
    (link,) = re.findall(r'href="([^"]+/feedback/form[^"]*)"', page)
    return dict(parse_qsl(urlsplit(unescape(link)).query))
