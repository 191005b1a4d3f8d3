"""Who owes a follow-up is told when it is due, when it is late and when it is done; who called for it, too."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from told import AT, Inbox, created, facts, profile, settled

from chassis.testing import Bench
from contracts.intake import ContactErased
from contracts.survey import FollowUpChanged, FollowUpKind, FollowUpState
from contracts.vocabulary import DeliveryOutcome, Moment
from notify.app import build
from notify.settings import Settings

DUE = datetime(2026, 3, 6, 17, tzinfo=UTC)
DESK = "shift-desk@sanitation.example"


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    return await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02)


def changed(**given: Any) -> FollowUpChanged:
    told = {
        "follow_up_id": uuid4(), "version": 1, "kind": FollowUpKind.COMPLAINT, "state": FollowUpState.OPEN,
        "agency": "sanitation", "role": "customer-liaison", "opened_at": AT, "due_at": DUE,
        "what": {"en": "A complaint", "es": "Una queja"}, "reason": "late",
    }  # fmt: skip
    return FollowUpChanged(**(told | given))


def bodies(inbox: Inbox, to: str) -> list[str]:
    found = [mail.get_body(("plain",)) for mail in inbox.mails if mail["To"] == to]
    return [str(body.get_content()) for body in found if body]


@pytest.mark.requirement("SUR-10", "SUR-15")
async def test_who_has_a_follow_up_reads_by_when_then_that_it_is_late_then_that_it_is_done(
    bench: Bench, inbox: Inbox
) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(created(base))
    await settled(bench, 1)
    about = {"request_id": base["request_id"], "tracking_number": "AB12-CD34-EF56", "follow_up_id": uuid4()}
    await bench.feed(changed(**about))
    await bench.feed(changed(**about, version=2, state=FollowUpState.TAKEN))  # they know that themselves
    await bench.feed(changed(**about, version=3, state=FollowUpState.TAKEN, overdue=True))
    done = {"state": FollowUpState.SETTLED, "outcome": "explained", "contact_ref": "c1"}
    await bench.feed(changed(**about, version=4, **done))
    moments = [one.moment for one in await settled(bench, 5)]
    assert sorted(moments) == sorted([Moment.RECEIVED, *[Moment.FOLLOW_UP_DUE] * 2, *[Moment.FOLLOW_UP_SETTLED] * 2])
    due, late, ended = bodies(inbox, DESK)
    assert "For Customer liaison of Bureau of Sanitation: A complaint." in due
    assert "Please settle it by March 6, 2026." in due
    assert not [words for words in ("It was due on", "see to it now") if words in due]
    assert "It was due on March 6, 2026 and nobody has settled it: please see to it now." in late
    assert "Please settle it by" not in late
    assert "How it ended: Explained to the resident." in ended
    assert "How it ended: Explained to the resident." in bodies(inbox, "ana@example.org")[1]
    assert "AB12-CD34-EF56" in ended


async def test_a_complaint_about_no_request_has_a_number_of_its_own_and_no_page(bench: Bench, inbox: Inbox) -> None:
    event = changed()
    await bench.feed(event)
    await bench.feed(event)  # heard twice
    (one,) = await settled(bench, 1)
    assert (one.request_id, one.outcome) == (event.follow_up_id, DeliveryOutcome.DELIVERED)
    (told,) = bodies(inbox, DESK)
    assert f"F-{event.follow_up_id.hex[:8].upper()}" in told
    assert "/requests/" not in told


async def test_who_said_it_reads_how_it_ended_in_their_language(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile(language="es"))
    await bench.feed(changed(state=FollowUpState.SETTLED, outcome="work_repeated", contact_ref="c1", agency="nobody"))
    await settled(bench, 1)
    (told,) = bodies(inbox, "ana@example.org")
    assert "Cómo terminó: El trabajo se hizo de nuevo." in told
    assert "Qué era: Una queja." in told


async def test_another_role_and_another_agency_hear_nothing(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(changed(role="mayor"))
    await bench.feed(changed(agency="nobody"))
    await bench.quiet()
    assert await bench.rows("notify", "SELECT FROM intent") == []
    assert inbox.mails == []


async def test_it_survives_a_rebuild_and_nobody_is_told_twice(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile())
    await bench.feed(changed())
    await bench.feed(changed(state=FollowUpState.SETTLED, outcome="explained", contact_ref="c1"))
    await settled(bench, 3)
    assert await bench.rebuild("notify") == []
    await bench.quiet()
    assert len(inbox.mails) == 3
    await bench.feed(ContactErased(contact_ref="c1"))
    assert len(await bench.rows("notify", "SELECT FROM profile")) == 0
