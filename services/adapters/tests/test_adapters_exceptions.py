"""What is not known waits in sight; what fails is tried again, parked and redriven; nothing is made twice."""

from datetime import timedelta
from uuid import UUID

import pytest
from systems_played import SERVICES, Systems, deliveries, eventually, notice, sent, tell

from adapters.gateways.calling import Caller, Refused
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.topics import outbox

NOTE = {"note": "Asked the department."}


async def waiting(bench: Bench, count: int = 1) -> list[dict[str, object]]:
    """List the open exceptions, once there are so many."""

    async def enough() -> object:
        found = (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json()
        return found if len(found) >= count else None

    found: list[dict[str, object]] = await eventually(enough, f"{count} exceptions")
    return found


async def resolve(bench: Bench, exception: dict[str, object], **decision: object) -> dict[str, object]:
    path = f"/exceptions/{exception['exception_id']}/resolve"
    answer = await bench.http.post(path, json={**NOTE, **decision}, headers=bench.token("supervisor"))
    assert answer.status_code == 200, answer.text
    said: dict[str, object] = answer.json()
    return said


@pytest.mark.requirement("INT-17")
async def test_a_service_without_a_type_waits_and_what_comes_behind_it_too(bench: Bench, systems: Systems) -> None:
    await tell(bench, "fire", notice("fire", service_code="noise-complaint", attributes={}))
    await tell(bench, "fire", notice("fire", "message", 2, text="Hello?"))
    (found,) = await waiting(bench)
    assert (found["direction"], found["kind"], found["code"]) == ("out", "type", "noise-complaint")
    assert systems.records("fire") == []
    said = await resolve(bench, found, how="map", means="NOISE")
    assert said["released"] == 1
    await sent(bench, 2)

    async def booked() -> object:
        return [one for one in systems.records("fire") if one["more"]]

    (record,) = await eventually(booked, "record and message")
    assert (record["type"], record["more"][0]["text"]) == ("NOISE", "Hello?")
    await tell(bench, "fire", notice("fire", service_code="noise-complaint", attributes={}, request_id=UUID(int=7),
                                     tracking_number="T-7"))  # fmt: skip
    await sent(bench, 3)  # known from now on


async def test_an_answer_without_a_code_waits_until_somebody_says_which(bench: Bench, systems: Systems) -> None:
    await tell(bench, "water-and-power", notice("water-and-power", attributes={"utility": "steam"}))
    (found,) = await waiting(bench)
    assert (found["kind"], found["code"]) == ("value", "utility=steam")
    await resolve(bench, found, how="map", means="9")
    await sent(bench, 1)
    assert systems.records("water-and-power")[0]["told"]["attribute[commodity]"] == "9"


async def test_a_status_nobody_knows_is_never_passed_through(bench: Bench, systems: Systems) -> None:
    await tell(bench, "fire", notice("fire"))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records("fire")

    (record,) = await eventually(booked, "the record")
    systems.do("fire", change={record["number"]: {"stage": "waiting-for-parts"}})
    (found,) = await waiting(bench)
    assert (found["kind"], found["code"]) == ("status", "waiting-for-parts")
    assert bench.events(outbox("fire"), AgencyReport) == []
    wrong = {"how": "map", "means": {"means": "sleeping"}, **NOTE}
    path = f"/exceptions/{found['exception_id']}/resolve"
    refused = await bench.http.post(path, json=wrong, headers=bench.token("supervisor"))
    assert (refused.status_code, refused.json()["errors"][0]["field"].partition(".")[0]) == (422, "means")
    await resolve(bench, found, how="map", means={"means": "in_progress"})
    await bench.quiet()
    (report,) = bench.events(outbox("fire"), AgencyReport)
    assert report.kind == "in_progress"
    again = await bench.http.post(path, json={"how": "retry", **NOTE}, headers=bench.token("supervisor"))
    assert again.status_code == 409


async def test_news_of_a_record_that_is_not_ours_waits_and_can_be_set_aside(bench: Bench, systems: Systems) -> None:
    await tell(bench, "fire", notice("fire"))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records("fire")

    (record,) = await eventually(booked, "the record")
    systems.do("fire", change={record["number"]: {"reference": "OTHER-1", "number": "F-OLD"}})
    (found,) = await waiting(bench)
    assert (found["kind"], found["code"]) == ("record", "OTHER-1")
    await resolve(bench, found, how="by_hand")
    rows = await bench.rows("adapters", "SELECT state FROM heard")
    assert [row["state"] for row in rows] == ["by_hand"]


@pytest.mark.requirement("INT-03", "INT-06")
@pytest.mark.parametrize("agency", ["housing", "water-and-power", "engineering"])
async def test_a_lost_answer_makes_nothing_twice(bench: Bench, systems: Systems, agency: str) -> None:
    systems.do(agency, faults={"lose_answer": 1})
    await tell(bench, agency, notice(agency))

    async def tried() -> object:
        return [one for one in await deliveries(bench, "open") if one["attempts"] == 1 and one["detail"]]

    await eventually(tried, "the first attempt")
    await bench.advance(timedelta(seconds=5))
    await sent(bench, 1)
    (record,) = systems.records(agency)
    (row,) = await bench.rows("adapters", "SELECT number FROM handover")
    assert row["number"] == record["number"]


_DIED = """
WITH h AS (UPDATE handover SET number = NULL, version = NULL, sent_at = NULL RETURNING reference, body)
UPDATE delivery AS d SET state = 'open', sent_at = NULL, held_until = $1, body = h.body FROM h
WHERE d.reference = h.reference
"""


@pytest.mark.requirement("INT-03")
@pytest.mark.parametrize("agency", ["housing", "water-and-power", "engineering", "fire"])
async def test_a_process_that_died_after_its_effect_makes_nothing_twice(
    bench: Bench, systems: Systems, agency: str
) -> None:
    """What is left of it: the attempt was counted as it was taken up, and nothing was recorded after."""
    await tell(bench, agency, notice(agency))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records(agency)

    await eventually(booked, "the record")
    async with bench.running["adapters"].database.transaction() as tx:
        await tx.sql(_DIED, bench.clock.now + timedelta(seconds=90))
    await bench.advance(timedelta(seconds=30))
    assert await deliveries(bench, "sent") == [], "it was taken out of the dead one's hands too soon"
    await bench.advance(timedelta(seconds=90))
    await sent(bench, 1)
    (record,) = systems.records(agency)
    (row,) = await bench.rows("adapters", "SELECT number, sent_at FROM handover")
    assert row["sent_at"]
    assert row["number"] == record["number"] or agency == "fire"


async def test_a_busy_system_is_asked_again_when_it_says(bench: Bench, systems: Systems) -> None:
    systems.do("housing", faults={"busy": 2})
    await tell(bench, "housing", notice("housing"))
    for attempt in (1, 2):

        async def tried(wanted: int = attempt) -> object:
            return [
                one
                for one in await deliveries(bench, "open")
                if one["attempts"] == wanted and one["held_until"] is None
            ]

        (row,) = await eventually(tried, f"attempt {attempt}")
        assert row["detail"] == "HTTP 503"
        await bench.advance(timedelta(seconds=15))
    await sent(bench, 1)


async def test_a_refused_errand_is_parked_with_its_reason_and_redriven(bench: Bench, systems: Systems) -> None:
    systems.do("housing", faults={"refuse": 1})
    await tell(bench, "housing", notice("housing"))
    (found,) = await waiting(bench)
    assert found["kind"] == "parked"
    assert "HTTP 400" in str(found["detail"])
    listed = await bench.http.get("/deliveries?state=parked", headers=bench.token("operator"))
    (parked,) = listed.json()
    path = f"/deliveries/{parked['delivery_id']}/redrive"
    assert (await bench.http.post(path, headers=bench.token("operator"))).status_code == 200
    await sent(bench, 1)
    assert len(systems.records("housing")) == 1
    assert (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json() == []
    assert (await bench.http.post(path, headers=bench.token("operator"))).status_code == 409


async def test_sap_is_asked_for_a_new_token_and_its_etags_are_kept(bench: Bench, systems: Systems) -> None:
    await tell(bench, "engineering", notice("engineering"))
    await sent(bench, 1)
    systems.do("engineering", faults={"expire_token": 1, "changed_meanwhile": 1})
    await tell(bench, "engineering", notice("engineering", "message", 2, text="The gate code is 1234."))
    await sent(bench, 2)
    (record,) = systems.records("engineering")
    text = record["told"]["MaintNotifLongTextForEdit"]
    assert text.count("The gate code is 1234.") == 1


@pytest.mark.requirement("OPS-08")
@pytest.mark.parametrize(
    "address",
    ["http://93.184.216.34/", "https://127.0.0.1/", "https://10.0.0.7/x", "https://[::1]/", "ftp://a.example/"],
)
async def test_no_address_leads_inside(address: str) -> None:
    caller = Caller(allow_private=False)
    with pytest.raises(Refused):
        await caller.ask("POST", address)
    await caller.close()


async def test_an_agency_sees_its_own_exceptions_and_decides_none(bench: Bench, systems: Systems) -> None:
    assert systems.records("fire") == []
    for agency in ("fire", "housing"):
        await tell(bench, agency, notice(agency, service_code="other", attributes={}))
    await waiting(bench, 2)
    own = bench.token("agency", agency="fire")
    seen = (await bench.http.get("/exceptions", headers=own)).json()
    assert {one["agency"] for one in seen} == {"fire"}
    path = f"/exceptions/{seen[0]['exception_id']}/resolve"
    assert (await bench.http.post(path, json={"how": "retry", **NOTE}, headers=own)).status_code == 403
    assert set(SERVICES) >= {"fire", "housing"}
