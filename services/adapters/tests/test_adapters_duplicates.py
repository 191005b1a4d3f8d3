"""A system that ends a request as a duplicate names the one that stands for it; a number nobody knows waits."""

from typing import Any
from uuid import UUID

import pytest
from systems_played import Systems, eventually, notice, sent, tell

from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.topics import outbox

TWIN = UUID("0198f000-0000-7000-8000-000000000002")
ENDS: dict[str, dict[str, Any]] = {
    "water-and-power": {"stage": "duplicate"},
    "engineering": {"stage": "closed", "reason": "TWICE"},
    "fire": {"stage": "closed", "reason": "TWICE"},
}
"""How each system that is read says that a record is a duplicate."""


async def two_records(bench: Bench, systems: Systems, agency: str) -> dict[str, str]:
    """Hand two requests over; returns the agency's own numbers of them, by ours."""
    await tell(bench, agency, notice(agency), notice(agency, request_id=TWIN, tracking_number="T-2"))
    await sent(bench, 2)

    async def booked() -> object:
        found = systems.records(agency)
        return found if len(found) == 2 else None

    records = await eventually(booked, "both records")
    return {record["reference"]: record["number"] for record in records}


async def ending(bench: Bench, agency: str) -> AgencyReport:
    """Wait for the report that ends the second request."""

    async def ended() -> object:
        return [one for one in bench.events(outbox(agency), AgencyReport) if one.kind == "cannot_complete"]

    (report,) = await eventually(ended, "the ending")
    assert isinstance(report, AgencyReport)
    return report


@pytest.mark.requirement("INT-04", "INT-09")
@pytest.mark.parametrize("agency", ENDS)
@pytest.mark.parametrize("by", ["their number", "our number"])
async def test_a_duplicate_names_its_parent_by_their_number_or_by_ours(
    bench: Bench, systems: Systems, agency: str, by: str
) -> None:
    numbers = await two_records(bench, systems, agency)
    named = numbers["T-1"] if by == "their number" and agency != "fire" else "T-1"
    systems.do(agency, change={numbers["T-2"]: {**ENDS[agency], "twin": named, "ended": True}})
    report = await ending(bench, agency)
    assert (report.request_id, report.disposition, report.duplicate_of) == (TWIN, "duplicate", "T-1")
    assert set(report.explanation) == {"en", "es"}


@pytest.mark.requirement("INT-04")
@pytest.mark.parametrize(("named", "code"), [("W-999", "W-999"), (None, "of {number}")])
async def test_a_parent_nobody_knows_waits_until_a_person_names_it(
    bench: Bench, systems: Systems, named: str | None, code: str
) -> None:
    numbers = await two_records(bench, systems, "engineering")
    systems.do("engineering", change={numbers["T-2"]: {**ENDS["engineering"], "twin": named, "ended": True}})

    async def waits() -> object:
        return (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json()

    (found,) = await eventually(waits, "the exception")
    assert (found["kind"], found["code"]) == ("parent", code.format(number=numbers["T-2"]))
    assert [one for one in bench.events(outbox("engineering"), AgencyReport) if one.disposition] == []
    path, body = (
        f"/exceptions/{found['exception_id']}/resolve",
        {"how": "map", "means": "T-1", "note": "It is that one."},
    )
    answer = await bench.http.post(path, json=body, headers=bench.token("supervisor"))
    assert answer.status_code == 200, answer.text
    report = await ending(bench, "engineering")
    assert (report.request_id, report.duplicate_of) == (TWIN, "T-1")


@pytest.mark.requirement("INT-04", "INT-15")
@pytest.mark.parametrize("by", ["their number", "our number"])
@pytest.mark.parametrize(
    "words",
    [
        {"status": "closed", "reason": "TWICE"},
        {"kind": "cannot_complete", "disposition": "duplicate", "explanation": {"en": "Again.", "es": "Otra vez."}},
    ],
)
async def test_a_system_that_calls_names_it_too_in_its_words_or_in_ours(
    bench: Bench, systems: Systems, words: dict[str, Any], by: str
) -> None:
    numbers = await two_records(bench, systems, "housing")
    named = numbers["T-1"] if by == "their number" else "T-1"
    body = {**words, "number": numbers["T-2"], "duplicate_of": named, "reported_at": "2026-03-02T18:00:00Z"}
    own = bench.token("agency", agency="housing")
    answer = await bench.http.post("/agencies/housing/updates", json=body, headers=own)
    assert answer.status_code == 200, answer.text
    report = await ending(bench, "housing")
    assert (report.request_id, report.disposition, report.duplicate_of) == (TWIN, "duplicate", "T-1")
