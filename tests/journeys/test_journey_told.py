"""Being told by each channel: each message is read where it arrives, at the provider's far end."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from people import DONE, Life
from town import Town, eventually

from contracts.vocabulary import ReportKind


def phone() -> str:
    """Make up a number that nobody else here has."""
    return f"213-555-{int.from_bytes(os.urandom(2), 'big') % 10_000:04}"


def sent(town: Town, channel: str, to: str, words: str = "") -> dict[str, Any]:
    """Wait for what was sent to somebody by a channel, and return the newest that holds these words."""

    def found() -> list[dict[str, Any]]:
        kept = town.ask("GET", town.url("social", f"/sent/{channel}")).json()
        return [one for one in kept if one["to"] == to and words in one["text"]]

    return eventually(found, f"{words!r} by {channel} to {to}")[-1]


def closed_by_crew(life: Life) -> None:
    """Let a crew finish it."""
    agency = life.assigned()
    life.finish(agency)
    life.until(status="closed")


def outcomes(town: Town, life: Life) -> set[tuple[str, str, str]]:
    """Read how the messages of a request went."""
    url = town.url("notify", f"/deliveries?request_id={life.request_id}")
    rows = town.ask("GET", url, role="agent").json()
    return {(row["channel"], row["moment"], row["outcome"]) for row in rows}


@pytest.mark.requirement("NOT-01", "NOT-02", "NOT-03", "NOT-10")
def test_who_prefers_texts_is_told_by_text_in_their_language_from_number_to_ending(town: Town) -> None:
    number = phone()
    dialled = f"+1{number.replace('-', '')}"
    with town.agencies_asleep():
        life = Life(town).report(
            reporter={"phone": number, "language": "es", "preferred_channel": "sms", "name": "Ana Example"}
        )
        assert life.taken["tracking_number"] in sent(town, "sms", dialled)["text"]
        closed_by_crew(life)
        text = sent(town, "sms", dialled, "cerrad")["text"]
    assert life.taken["tracking_number"] in text
    shown = town.ask("GET", town.url("social", "/")).text
    assert "Text messages:" in shown
    told = eventually(lambda: {one for one in outcomes(town, life) if one[1] == "closed"}, "the delivery's outcome")
    assert told == {("sms", "closed", "delivered")}


@pytest.mark.requirement("NOT-03")
def test_who_prefers_calls_is_called_and_read_to(town: Town) -> None:
    number = phone()
    with town.agencies_asleep():
        life = Life(town).report(reporter={"phone": number, "preferred_channel": "voice"})
        call = sent(town, "voice", f"+1{number.replace('-', '')}", "<Say")
    assert 'language="en-US"' in call["text"]
    assert "http" not in call["text"].replace("http://www.w3", ""), "nobody can write a web address down"
    assert life.taken["tracking_number"][:4] in call["text"].replace(" ", "").replace(",", "")


@pytest.mark.requirement("NOT-03")
def test_a_machine_is_told_by_a_signed_webhook(town: Town) -> None:
    path = f"/hooks/{os.urandom(6).hex()}"
    with town.agencies_asleep():
        life = Life(town).report(reporter={"webhook_url": town.url("social", path)})
        life.work(life.assigned(), ReportKind.IN_PROGRESS)
        body = json.loads(sent(town, "webhook", path, "request.in_progress")["text"])
    assert body["data"]["tracking_number"] == life.taken["tracking_number"]


def _events(answer: httpx2.Response) -> Iterator[dict[str, Any]]:
    said: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        said[name] = value
        if not line and "data" in said:
            yield {"event": said.get("event"), **json.loads(said["data"])}
            said = {}


@pytest.mark.requirement("STA-04", "STA-05", "CLO-08")
def test_who_looks_at_the_page_sees_the_closing_as_it_happens(town: Town) -> None:
    with town.agencies_asleep():
        life = Life(town).report()
        agency, number = life.assigned(), life.taken["tracking_number"]
        life.work(agency, ReportKind.ACCEPTED)
        life.until_entry("substatus", substatus="accepted")
        page = town.ask("GET", town.url("intake", f"/requests/{number}"), headers={"Accept": "text/html"}).text
        stream_at = page.partition('data-stream="')[2].partition('"')[0]
        with httpx2.stream("GET", town.url("intake", f"/requests/{stream_at}"), timeout=30) as answer:
            events = _events(answer)
            assert next(events)["event"] == "state"
            began = time.monotonic()
            life.work(agency, ReportKind.COMPLETED, **DONE)
            closed = next(one for one in events if one.get("kind") == "closed")
            waited = time.monotonic() - began
    assert closed["status"] == "closed"
    assert closed["said"]["es"].startswith("Cerrada")
    assert waited < 4, f"the closing was seen after {waited:.1f} s, all services included"
