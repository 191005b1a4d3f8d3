"""Ending mails on the running platform: one click in a mail program, and what comes after it, or no longer does."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from people import Life
from town import Town, eventually


def link_of(mail: dict[str, Any]) -> str:
    """Read the link by which a mail program ends mails at one click (RFC 8058)."""
    assert mail["list_unsubscribe_post"] == "List-Unsubscribe=One-Click"
    (link,) = re.findall(r"<(https?://[^>]+)>", mail["list_unsubscribe"])
    assert link in mail["text"], "who has no such button finds it below the words"
    return str(link)


def endings(town: Town, life: Life) -> dict[str, str]:
    """Tell how the messages about a request ended, by moment."""
    return {e["moment"]: e["outcome"] for e in town.events("notification.settled", life.request_id)}


@pytest.mark.requirement("NOT-03")
def test_one_click_ends_the_mails_about_a_request_and_its_work_goes_on(town: Town) -> None:
    with town.agencies_asleep():
        life = Life(town).report()
        first = eventually(lambda: town.mails(life.email), "the first mail")[0]
        link = link_of(first)
        assert urlsplit(link).netloc == urlsplit(town.url("notify")).netloc
        page = town.ask("GET", link, headers={"Accept": "text/html"})
        assert ('<form method="post"' in page.text, "<script" in page.text) == (True, False)
        eventually(lambda: {"promised", "assigned"} <= endings(town, life).keys(), "what is told before the click")
        assert town.ask("POST", link, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        before = len(town.mails(life.email))
        life.finish(life.assigned())
        eventually(lambda: endings(town, life).get("closed"), "the end of the closing's message")
    assert endings(town, life)["closed"] == "suppressed"
    assert len(town.mails(life.email)) == before
    again = Life(town, address=life.email).report()
    eventually(lambda: endings(town, again).get("received"), "the mail about another request")
    assert endings(town, again)["received"] == "delivered", "other requests are told as before"
