"""The table of steps holds at every door: who may take which step, and nobody else, whatever their credential."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.vocabulary import ReportKind
from intake.app import build
from intake.domain.agencies.workdesk import STEPS as DESK_STEPS
from intake.domain.life.lifecycle import STEPS
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_intake_endings import LOCKED, SAN_DIEGO, new_life
from test_intake_life import LIGHTS, Life

BenchFactory = Callable[..., Awaitable[Bench]]
SANITATION: Final = "sanitation"
ACTORS: Final = ("public", "contact", "agent", "supervisor", "operator", "analyst", "client", "system", "agency")
EVIDENCE: Final = [{"kind": "work_order", "reference": "WO-1"}]
SAYS: Final[Mapping[str, dict[str, Any]]] = {
    ReportKind.SCHEDULED: {"scheduled_for": "2026-03-05T09:00:00Z"},
    ReportKind.ON_HOLD: {"hold_reason": "weather"},
    ReportKind.NEEDS_INFORMATION: {"text": "Which lamp is it?"},
    ReportKind.REFERRED: {"text": "Not our pole."},
    ReportKind.MESSAGE: {"text": "We come on Friday."},
    ReportKind.NOTE: {"text": "Ladder needed."},
    ReportKind.COMPLETED: {"disposition": "fixed", "evidence": EVIDENCE},
    ReportKind.CANNOT_COMPLETE: {"disposition": "no_issue_found", "explanation": LOCKED},
}
"""What each report has to say."""
DOORS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "answer": ("messages", {"text": "The one at the corner."}),
    "write": ("messages", {"text": "It flickers now."}),
    "cancel": ("cancel", {}),
    "dispute": ("dispute", {}),
    "verify": ("verification", {"done": True}),
    "send_back": ("verification", {"done": False, "reason": "Still dark."}),
}
"""The door of each step on a whole request, and of looking at finished work."""
ELSEWHERE: Final = frozenset({"assign", "remind"})
"""Assigning is routing's and its triage desk's; reminders are the city's own clock: neither has a door here."""
LOOKED_AT: Final = frozenset({"verify", "send_back"})


def test_every_step_of_the_table_has_its_door_here() -> None:
    assert {*STEPS} == {*DOORS, *DESK_STEPS.values(), *ELSEWHERE}
    assert {role for row in STEPS.values() for role in row.by} <= {*ACTORS}


def headers(bench: Bench, actor: str, agency: str) -> dict[str, str]:
    """Sign somebody in; the public and requesters have no token."""
    if actor in {"public", "contact"}:
        return {}
    return bench.token(actor, f"some-{actor}", agency=agency if actor == "agency" else None)


async def ready(bench: Bench, step: str) -> tuple[Life, UUID]:
    """Let a request stand where the step may be taken."""
    looked_at = step in LOOKED_AT
    life = await new_life(bench, "streetlight" if looked_at else "single-streetlight-issue")
    agency = "transportation-storm-water" if looked_at else LIGHTS
    mine = await life.assign(agency)
    if step == "answer":
        await life.says(mine, "needs_information", agency, text="Which lamp is it?")
    if step == "dispute" or looked_at:
        await life.says(mine, "completed", agency, **SAYS[ReportKind.COMPLETED])
    return life, mine


async def takes(life: Life, mine: UUID, step: str, actor: str, agency: str = LIGHTS) -> int:
    """Take the step at its door; what was answered."""
    given = headers(life.bench, actor, agency)
    if step in DOORS:
        path, body = DOORS[step]
        answer = await life.post(path, body, headers=given, link=actor == "contact")
    else:
        name = next(name for name, kind in DESK_STEPS.items() if kind == step)
        said = {"client_id": uuid4().hex, **SAYS.get(step, {})}
        answer = await life.bench.http.post(f"/desk/assignments/{mine}/{name}", json=said, headers=given)
        await life.bench.quiet()
    return int(answer.status_code)


def permitted(step: str) -> set[str]:
    """Name who may take a step at its door; of who may look at work, this service's rule names a supervisor."""
    if step in LOOKED_AT:
        return {"supervisor"}
    by_clock = set() if step in DOORS else {"system"}  # the city's own steps on a part are taken at no door
    return {*STEPS[step].by} - by_clock


@pytest.mark.requirement("STA-01", "STA-05")
@pytest.mark.parametrize("step", sorted({*STEPS} - ELSEWHERE))
async def test_a_step_is_taken_by_those_the_table_names_and_by_nobody_else(
    bench_factory: BenchFactory, step: str
) -> None:
    bench = await bench_factory(build, Settings, **({"city": SAN_DIEGO} if step in LOOKED_AT else {}))
    life, mine = await ready(bench, step)
    before = await life.show()
    refused = {actor: await takes(life, mine, step, actor) for actor in ACTORS if actor not in permitted(step)}
    refused["another agency"] = await takes(life, mine, step, "agency", SANITATION)
    assert {actor: status for actor, status in refused.items() if status not in {401, 403, 404}} == {}
    assert await life.show() == before
    for actor in sorted(permitted(step)):
        life, mine = await ready(bench, step)
        assert (actor, await takes(life, mine, step, actor) < 300) == (actor, True)
