"""From an agency's inbox to its system and back to its outbox, for each kind of system in a process of its own."""

import pytest
from systems_played import SERVICES, Systems, eventually, notice, sent, tell

from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.topics import outbox

KINDS = {"housing": "webhook", "water-and-power": "open311", "engineering": "sap_pm", "fire": "files"}


@pytest.mark.requirement("INT-01", "INT-03", "INT-06")
@pytest.mark.parametrize("agency", SERVICES)
async def test_an_assignment_is_made_in_the_agencys_system(bench: Bench, systems: Systems, agency: str) -> None:
    await tell(bench, agency, notice(agency))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records(agency)

    (record,) = await eventually(booked, "the record")
    assert record["reference"] == "T-1"
    rows = await bench.rows("adapters", "SELECT number, sent_at FROM handover")
    assert rows[0]["sent_at"]
    if KINDS[agency] != "files":
        assert rows[0]["number"] == record["number"]


@pytest.mark.requirement("INT-04", "INT-05", "INT-08", "INT-09")
@pytest.mark.parametrize("agency", ["water-and-power", "engineering", "fire"])
async def test_a_finished_work_order_is_reported_with_evidence(bench: Bench, systems: Systems, agency: str) -> None:
    await tell(bench, agency, notice(agency))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records(agency)

    (record,) = await eventually(booked, "the record")
    systems.do(agency, change={record["number"]: {"stage": "working", "job": "WO-7"}})
    systems.do(agency, change={record["number"]: {"stage": "done", "ended": True, "note": "All mended."}})

    async def reported() -> object:
        found = bench.events(outbox(agency), AgencyReport)
        return found if any(one.kind == "completed" for one in found) else None

    reports = await eventually(reported, "the report")
    done = reports[-1]
    assert (done.kind, done.disposition, done.text) == ("completed", "fixed", "All mended.")
    assert done.assignment_id == notice(agency).assignment_id
    assert done.evidence[0].kind == "work_order"
    (row,) = await bench.rows("adapters", "SELECT * FROM handover")
    assert (row["is_open"], row["number"]) == (False, record["number"])


@pytest.mark.requirement("INT-15")
async def test_a_called_system_reports_over_rest_with_its_own_credential_and_key(
    bench: Bench, systems: Systems
) -> None:
    await tell(bench, "housing", notice("housing"))
    await sent(bench, 1)
    (record,) = systems.records("housing")
    body = {"number": record["number"], "status": "working", "reported_at": "2026-03-02T18:00:00Z"}
    path, key = "/agencies/housing/updates", {"Idempotency-Key": "u-1"}
    own, other = bench.token("agency", agency="housing"), bench.token("agency", agency="fire")
    assert (await bench.http.post(path, json=body)).status_code == 403
    assert (await bench.http.post(path, json=body, headers=other)).status_code == 403
    first = await bench.http.post(path, json=body, headers=own | key)
    again = await bench.http.post(path, json=body, headers=own | key)
    assert (first.status_code, first.json()["state"]) == (200, "applied")
    assert again.json() == first.json()
    shape = {
        "reference": "T-1",
        "kind": "cannot_complete",
        "reported_at": "2026-03-02T19:00:00Z",
        "disposition": "unable_to_act",
        "explanation": {"en": "The house is locked.", "es": "La casa está cerrada."},
        "update_id": "case-9",
    }
    answer = await bench.http.post(path, json=shape, headers=own)
    assert answer.status_code == 200, answer.text
    await bench.quiet()
    reports = bench.events(outbox("housing"), AgencyReport)
    assert [one.kind for one in reports] == ["in_progress", "cannot_complete"]
    assert reports[1].explanation["es"] == "La casa está cerrada."
