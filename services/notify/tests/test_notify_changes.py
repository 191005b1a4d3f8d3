"""Work that waits, and promises that move: people read why, what was said before and what is so now."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from told import AT, Inbox, facts, profile, promised, settled

from chassis.testing import Bench
from contracts.intake import ClockPaused, ClockResumed, RequestUpdated, SubstatusChanged
from contracts.vocabulary import Moment, Substatus
from notify.app import build
from notify.settings import Settings

UNTIL = datetime(2026, 3, 20, 17, tzinfo=UTC)


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    return await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02)


def changed(base: dict[str, Any], change: Any, sequence: int = 1) -> RequestUpdated:
    return RequestUpdated(**base | {"sequence": sequence}, change=change, by="agency:sanitation")


def text_of(inbox: Inbox, nth: int) -> str:
    body = inbox.mails[nth].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


HOLD = SubstatusChanged(substatus=Substatus.ON_HOLD, agency="sanitation", reason="weather", scheduled_for=UNTIL)


@pytest.mark.requirement("NOT-02", "NOT-05")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            ["The weather does not let the crew work.", "it waits until March 20, 2026", "target was March 2, 2026"],
        ),
        ("es", ["El clima no deja trabajar a la cuadrilla.", "hasta el 20 de marzo de 2026", "el 2 de marzo de 2026"]),
    ],
)
async def test_who_waits_is_told_why_and_until_when(bench: Bench, inbox: Inbox, language: str, said: list[str]) -> None:
    base = facts()
    await bench.feed(profile(language=language))
    await bench.feed(promised(base))
    await bench.feed(changed(base, HOLD))
    await bench.feed(changed(base, ClockPaused(reason="weather"), 2))  # the same step, as clocks hear of it
    outcomes = await settled(bench, 2)
    assert [one.moment for one in outcomes] == [Moment.PROMISED, Moment.ON_HOLD]
    assert not [words for words in said if words not in text_of(inbox, 1)]


async def test_a_hold_without_a_known_end_names_none(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile())
    await bench.feed(changed(facts(), HOLD.model_copy(update={"scheduled_for": None})))
    await settled(bench, 1)
    assert "until" not in text_of(inbox, 0)
    assert "The weather does not let the crew work." in text_of(inbox, 0)


@pytest.mark.requirement("NOT-02", "NOT-04")
async def test_when_work_goes_on_people_read_why_before_and_after(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(promised(base))
    await settled(bench, 1)
    later = {"due_at": AT + timedelta(days=7), "reason": "resumed"}
    moved = promised(base | {"sequence": 2}, revision=2, words="Now by March 9.").model_copy(update=later)
    await bench.feed(moved)
    await settled(bench, 2)
    told = text_of(inbox, 1)
    assert "The work had to wait, and now it goes on." in told
    assert "What we told you before: Within 3 days." in told
    assert "What to expect now: Now by March 9." in told
    assert "The agency's target was March 2, 2026 and is now March 9, 2026." in told
    assert "stays" not in told


async def test_work_that_goes_on_is_told_also_when_the_promise_reads_the_same(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(promised(base))
    await settled(bench, 1)
    await bench.feed(promised(base | {"sequence": 2}, revision=2))
    await bench.feed(promised(base | {"sequence": 3}, revision=3).model_copy(update={"reason": "resumed"}))
    assert [one.moment for one in await settled(bench, 2)] == [Moment.PROMISED, Moment.PROMISE_CHANGED]
    assert "The agency's target stays March 2, 2026." in text_of(inbox, 1)
    assert "before" not in text_of(inbox, 1)


@pytest.mark.requirement("NOT-02", "SLA-04")
async def test_a_target_that_moved_while_work_waited_is_told_with_the_day_it_moved_to(
    bench: Bench, inbox: Inbox
) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(promised(base))
    await settled(bench, 1)
    waits = {"reason": "paused", "deadline_at": AT}
    await bench.feed(promised(base | {"sequence": 2}, revision=2, words="No day yet.").model_copy(update=waits))
    moved = {"reason": "resumed", "deadline_at": AT + timedelta(days=2)}
    await bench.feed(promised(base | {"sequence": 3}, revision=3, words="Now later.").model_copy(update=moved))
    await bench.feed(changed(base, SubstatusChanged(substatus=Substatus.IN_PROGRESS)))
    await settled(bench, 3)
    assert "The agency's target was March 2, 2026 and is now March 4, 2026." in text_of(inbox, 1)
    assert "The target is March 4, 2026." in text_of(inbox, 2)


@pytest.mark.requirement("NOT-02", "NOT-04")
async def test_a_day_that_an_agency_has_set_is_told_once_with_the_target(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(promised(base))
    await settled(bench, 1)
    day = AT + timedelta(days=1)
    await bench.feed(changed(base, SubstatusChanged(substatus=Substatus.SCHEDULED, scheduled_for=day)))
    set_day = {"reason": "scheduled", "expected_at": day}
    words = "The work is now expected by February 28, 2026."
    await bench.feed(promised(base | {"sequence": 2}, revision=2, words=words).model_copy(update=set_day))
    await bench.feed(changed(base, SubstatusChanged(substatus=Substatus.IN_PROGRESS), sequence=2))
    outcomes = await settled(bench, 3)
    assert [one.moment for one in outcomes] == [Moment.PROMISED, Moment.SCHEDULED, Moment.IN_PROGRESS]
    told = text_of(inbox, 1)
    assert f"When: {day:%B} {day.day}, 2026" in told
    assert "The agency's target is March 2, 2026." in told
    assert "Within 3 days." not in told, "what was expected before the day was set"


async def test_no_code_of_a_reason_reaches_people(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    await bench.feed(profile(language="es"))
    await bench.feed(promised(base))
    for revision, reason in ((2, "service_corrected"), (3, "a_reason_of_tomorrow")):
        moved = promised(base | {"sequence": revision}, revision=revision, words=f"En {revision} días.")
        await settled(bench, revision - 1)
        await bench.feed(moved.model_copy(update={"reason": reason}))
    await bench.feed(changed(base, ClockResumed(closing=True)))
    await settled(bench, 3)
    assert "otro tipo de trabajo" in text_of(inbox, 1)
    assert "a_reason_of_tomorrow" not in text_of(inbox, 2)
