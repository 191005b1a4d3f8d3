"""Who follows another's request is told what that one's reporter is told, under their own number."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.intake import DuplicateLinked, DuplicateUnlinked, RequestClosed, RequestUpdated, SubstatusChanged
from contracts.sla import Basis, RequestPromised
from contracts.vocabulary import Disposition, ForecastMethod, Substatus
from notify.app import build
from notify.settings import Settings

AT = datetime(2026, 3, 2, 17, tzinfo=UTC)


def facts(number: str, contact: str) -> dict[str, Any]:
    about = RequestFacts(tracking_number=number, service_code="graffiti-removal", contact_refs=(contact,), opened_at=AT)
    return {"request_id": uuid4(), "sequence": 1, "about": about}


def updated(base: dict[str, Any], change: Any, sequence: int = 1) -> RequestUpdated:
    return RequestUpdated(**(base | {"sequence": sequence}), change=change, by="agent")


async def intended(bench: Bench, request_id: UUID) -> list[str]:
    text = "SELECT moment FROM intent WHERE request_id = $1 ORDER BY at, seq"
    return [row["moment"] for row in await bench.rows("notify", text, request_id)]


@pytest.mark.requirement("DUP-05", "NOT-07")
async def test_followers_of_a_parent_are_told_like_its_reporter(
    bench_factory: Callable[..., Awaitable[Bench]],
) -> None:
    bench = await bench_factory(build, Settings)
    parent, child = facts("PARENT", "c1"), facts("CHILD", "c2")
    work = SubstatusChanged(substatus=Substatus.IN_PROGRESS)
    basis = Basis(method=ForecastMethod.BASELINE)
    await bench.feed(updated(child, DuplicateLinked(parent_request_id=parent["request_id"])))
    await bench.feed(updated(parent, work))
    await bench.feed(RequestPromised(**parent, revision=1, due_at=AT, basis=basis, words={"en": "Soon."}))
    await bench.feed(RequestClosed(
        **parent, closure_id=uuid4(), disposition=Disposition.FIXED, closed_at=AT, explanation={"en": "Done."},
        closed_by="agency:sanitation",
    ))  # fmt: skip
    assert await intended(bench, child["request_id"]) == ["linked", "in_progress", "promised"]
    assert await intended(bench, parent["request_id"]) == ["in_progress", "promised", "closed"]
    await bench.feed(updated(child, DuplicateUnlinked(parent_request_id=parent["request_id"]), 2))
    await bench.feed(updated(parent, work, 2))
    assert len(await intended(bench, child["request_id"])) == 3
