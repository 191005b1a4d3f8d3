"""Letters go to the print room: taken in batches, printed in every script of the type, settled when posted."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from told import AT, Inbox, closed, created, facts, profile, promised, settled

from chassis.retaining import kept_for, retain
from chassis.testing import Bench
from contracts.city import load_city
from contracts.intake import ContactErased
from contracts.vocabulary import DeliveryOutcome
from notify import store
from notify.app import build
from notify.domain.paper import Sheet
from notify.gateways.printing import pages_of
from notify.settings import Settings

ADDRESS = "Łucja Ñandú\n100 Elm St\nSpringfield"


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    return await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02, letters=True)


async def queued(bench: Bench, count: int = 1) -> None:
    """Report so many requests of people who are told by letter, and wait for the letters."""
    for n in range(count):
        await bench.feed(profile(contact_ref=f"p{n}", email=None, postal_address=ADDRESS))
        await bench.feed(created(facts(f"N{n}", contact_refs=(f"p{n}",))))
    await waiting(bench, count)


async def waiting(bench: Bench, count: int) -> list[dict[str, Any]]:
    """Wait until so many letters wait."""
    for _ in range(500):
        found: list[dict[str, Any]] = (await bench.http.get("/letters", headers=bench.token("operator"))).json()
        if len(found) == count:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"{len(found)} letters wait, not {count}")


async def ask(bench: Bench, method: str, path: str, status: int = 200, **parts: Any) -> Any:
    answer = await bench.http.request(method, f"/letters{path}", headers=bench.token("operator"), **parts)
    assert answer.status_code == status, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.content


@pytest.mark.requirement("NOT-03")
async def test_a_letter_is_delivered_when_the_print_room_says_that_it_is_posted(bench: Bench) -> None:
    await queued(bench)
    assert bench.published("notification.settled") == []
    batch = f"/batches/{uuid4()}"
    taken = await ask(bench, "PUT", batch)
    assert await ask(bench, "PUT", batch) == taken, "asked again, the same"
    pdf = await ask(bench, "GET", batch)
    assert pdf.startswith(b"%PDF-")
    assert b"FontFile2" in pdf, "the type is in the file"
    done = await ask(bench, "POST", f"{batch}/posted", json={})
    assert (done["letters"], done["posted"]) == (1, 1)
    (outcome,) = await settled(bench, 1)
    assert (outcome.channel, outcome.outcome, outcome.detail) == (
        "letter",
        DeliveryOutcome.DELIVERED,
        "printed and posted",
    )
    assert await ask(bench, "POST", f"{batch}/posted", json={}) == done, "said again, it is posted once"
    assert len(bench.published("notification.settled")) == 1
    assert await waiting(bench, 0) == []
    await ask(bench, "PUT", batch, 409)
    await ask(bench, "GET", batch, 404)
    noted = await bench.rows("notify", "SELECT action FROM audit WHERE action LIKE 'letters%' ORDER BY action")
    assert [row["action"] for row in noted] == ["letters.post", "letters.read", "letters.take", "letters.take"]


async def test_two_printers_never_have_the_same_letter_and_spoilt_ones_are_printed_again(bench: Bench) -> None:
    await queued(bench, 5)
    one, two, three = (f"/batches/{uuid4()}" for _ in range(3))
    takings = await asyncio.gather(*(ask(bench, "PUT", batch, params={"limit": 3}) for batch in (one, two)))
    names = [[letter["intent_id"] for letter in taken["letters"]] for taken in takings]
    assert sorted(map(len, names)) == [2, 3]
    assert not set(names[0]) & set(names[1])
    assert (await ask(bench, "PUT", three))["letters"] == []
    spoilt = names[0][:1]
    assert (await ask(bench, "POST", f"{one}/posted", json={"spoilt": spoilt}))["posted"] == len(names[0]) - 1
    await ask(bench, "DELETE", two)
    again = await ask(bench, "PUT", three)
    assert {letter["intent_id"] for letter in again["letters"]} == {*spoilt, *names[1]}
    await ask(bench, "PUT", two, 409)


async def test_a_batch_that_was_never_posted_is_given_to_the_next(bench: Bench) -> None:
    await queued(bench)
    lost, found = f"/batches/{uuid4()}", f"/batches/{uuid4()}"
    await ask(bench, "PUT", lost)
    await bench.advance(timedelta(hours=23))
    assert (await ask(bench, "PUT", found))["letters"] == []
    await bench.advance(timedelta(hours=2))
    assert len((await ask(bench, "PUT", found))["letters"]) == 1
    await ask(bench, "GET", lost, 404)
    assert (await ask(bench, "POST", f"{lost}/posted", json={}))["posted"] == 0, "they are no longer its own"
    assert (await ask(bench, "POST", f"{found}/posted", json={}))["posted"] == 1
    assert len(await settled(bench, 1)) == 1


@pytest.mark.requirement("NOT-03")
async def test_paper_is_for_milestones_and_a_second_letter_does_not_wait_for_the_first(bench: Bench) -> None:
    await bench.feed(profile(email=None, postal_address=ADDRESS))
    base = facts()
    for event in (created(base), promised(base), closed(base)):
        await bench.feed(event)
    await waiting(bench, len({"received", "promised", "closed"} & milestones()))
    assert await bench.rows("notify", "SELECT FROM intent WHERE channel IS NULL") == []


def milestones() -> set[str]:
    city = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")
    return {moment.value for moment in city.telling.milestones}


async def test_letters_survive_a_rebuild_and_are_gone_with_who_is_erased(bench: Bench) -> None:
    await queued(bench, 2)
    assert await bench.rebuild("notify") == []
    await waiting(bench, 2)
    await bench.feed(ContactErased(contact_ref="p0"))
    (left,) = await waiting(bench, 1)
    (outcome,) = await settled(bench, 1)
    assert (outcome.contact_ref, outcome.outcome) == ("p0", DeliveryOutcome.SUPPRESSED)
    batch = f"/batches/{uuid4()}"
    taken = await ask(bench, "PUT", batch)
    assert [one["intent_id"] for one in taken["letters"]] == [left["intent_id"]]


async def test_a_letter_nobody_prints_is_old_news_in_the_end(bench: Bench) -> None:
    await queued(bench)
    await bench.advance(timedelta(days=22))
    (outcome,) = await settled(bench, 1)
    assert outcome.outcome is DeliveryOutcome.EXPIRED
    assert await waiting(bench, 0) == []


async def test_only_the_print_room_gets_at_letters(bench: Bench) -> None:
    await queued(bench)
    for role in (None, "agent", "agency", "analyst"):
        headers = bench.token(role) if role else {}
        for method, path in (("GET", ""), ("PUT", f"/batches/{uuid4()}"), ("GET", f"/batches/{uuid4()}")):
            assert (await bench.http.request(method, f"/letters{path}", headers=headers)).status_code == 403
    await ask(bench, "POST", f"/batches/{uuid4()}/posted", 404, json={})
    await ask(bench, "POST", f"/batches/{uuid4()}/posted", 422, json={"spoilt": ["x"]})


@pytest.mark.requirement("NOT-10")
def test_a_letter_is_printed_in_its_own_letters(figure: Callable[[str], None]) -> None:
    text = "Se pintó: «hecho» — “done”. Łódź, Привет, Ελλάδα.\n\n" * 30
    sheets = [Sheet(ADDRESS, "¡Listo! — Ó", text, "es", f"N{n}", AT) for n in range(20)]
    began = time.process_time()
    pdf = pages_of(sheets)
    took = time.process_time() - began
    figure(f"{len(sheets)} letters of two pages are {len(pdf) // 1024} KB and take {took:.1f} s")
    assert pdf.count(b"/Type /Page\n") == 40
    known = unicode_of(pdf)
    assert {*"óŁúПрΕλ—“«"} <= known
    assert pages_of([Sheet("A", "漢字", "\x00\u202e✓", "en", "N1", AT)]).startswith(b"%PDF-"), "what it lacks is a box"


def unicode_of(pdf: bytes) -> set[str]:
    """Read which signs a file says that it shows."""
    _, _, table = pdf.partition(b"beginbfchar")
    words = table.partition(b"endbfchar")[0].replace(b">", b"> ").split()
    return {chr(int(word[1:-1], 16)) for word in words[1::2]}


@pytest.mark.requirement("OPS-05")
async def test_batches_and_what_came_back_are_given_up_when_they_are_old(bench: Bench) -> None:
    await queued(bench)
    await ask(bench, "PUT", f"/batches/{uuid4()}")
    came = "INSERT INTO returned VALUES (gen_random_uuid(), gen_random_uuid(), 'soft', 'p0', 'email:1', '4.4.7', $1)"
    await bench.rows("notify", came, bench.clock.now)
    for days, left in ((91, 1), (93, 0)):
        async with bench.running["notify"].database.reads() as reads:
            later = bench.clock.now + timedelta(days=days)
            await retain(reads.connection, later, kept_for(0, {}, store.RETAINS), lambda _line: None, store.RETAINS)
        for table in ("returned", "print_batch"):
            assert len(await bench.rows("notify", f"SELECT FROM {table}")) == left, table
