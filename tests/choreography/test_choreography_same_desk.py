"""One desk for the same words, whichever door they come by: a form's suggestion, chat, texts, calls, mail and posts."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

import intake.app
import intake.settings
import routing.app
import routing.settings
from chassis.testing import Bench
from contracts.routing import RequestAssigned

sys.path.insert(0, str(Path(__file__).parent))
from residents_doors import OPEN, PLACE, by_call, by_chat, by_mail, by_post, by_text, mail_opened

NOW: Final = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
SURE: Final = (
    "the sidewalk buckled because of roots",
    "a tagger sprayed letters all over the underpass",
    "la lampara de la esquina no prende",
)
"""The trained reader is sure of these; no phrase of the catalog's own is in them."""


DOORS: Final[Mapping[str, Callable[..., Awaitable[str]]]] = {
    "chat": by_chat, "text": by_text, "call": by_call, "mail": by_mail, "post": by_post,
}  # fmt: skip


async def town(bench_factory: Callable[..., Any]) -> Bench:
    """Open intake with all of its doors, and routing."""
    both = [(service.app.build, service.settings.Settings) for service in (intake, routing)]
    bench: Bench = await bench_factory(both, now=NOW, **OPEN)
    await mail_opened()
    return bench


def desks(bench: Bench) -> list[tuple[str, str]]:
    """List where requests went: agency and queue."""
    return [(one.agency, one.queue) for one in bench.events("request.assigned", RequestAssigned)]


@pytest.mark.requirement("CH-01", "CH-07", "CH-09", "SS-06", "AGT-08")
@pytest.mark.parametrize("words", SURE)
async def test_the_same_words_end_at_the_same_desk_by_every_door(bench_factory: Callable[..., Any], words: str) -> None:
    bench = await town(bench_factory)
    told = (await bench.clients["routing"].post("/types/suggest", json={"text": words})).json()
    assert told["is_sure"], told
    code = told["suggestions"][0]["service_code"]
    catalog = (await bench.http.get("/services")).json()["services"]
    (questions,) = [service["questions"] for service in catalog if service["code"] == code]
    answers = {q["code"]: q["options"][0]["key"] for q in questions if q["required"] and q.get("options")}
    form = {"service_code": code, "description": words, "place": {"address": PLACE}, "attributes": answers}
    answer = await bench.http.post("/requests", json=form)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    (wanted,) = desks(bench)
    for count, (door, tell) in enumerate(DOORS.items(), 2):
        await tell(bench, words, as_said=True)
        await bench.quiet()
        found = desks(bench)
        assert len(found) == count, f"{door} made no request that found a desk"
        assert found[-1] == wanted, door


@pytest.mark.requirement("CH-09", "RTE-05")
async def test_words_that_the_reader_is_not_sure_of_wait_at_the_desk_with_the_forms_suggestions(
    bench_factory: Callable[..., Any],
) -> None:
    words, bench = "there is a big crater in the road that broke my tire", await town(bench_factory)
    told = (await bench.clients["routing"].post("/types/suggest", json={"text": words})).json()
    assert not told["is_sure"], told
    for tell in DOORS.values():
        await tell(bench, words, as_said=True)
    await bench.quiet()
    assert desks(bench) == []
    triage = (await bench.clients["routing"].get("/triage", headers=bench.token("agent"))).json()["requests"]
    shown = {one["suggestions"][0]["service_code"] for one in triage}
    assert (len(triage), shown) == (len(DOORS), {told["suggestions"][0]["service_code"]})
