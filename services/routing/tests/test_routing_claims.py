"""Claims of the triage desk, what travels with a referral, and calls that were handed on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import (
    ContactRecorded,
    DetailsAmended,
    Photo,
    PhotosAdded,
    ReferralAsked,
    RequestCreated,
    RequestUpdated,
)
from contracts.routing import AgencyNotice, RequestAssigned
from contracts.vocabulary import Channel, ContactKind, Operator, PlaceMethod, Setting
from routing.app import build
from routing.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
ADA, BEN = {"subject": "ada"}, {"subject": "ben"}


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(build, Settings)
    return made


async def report(bench: Bench, minutes: int = 0, service: str = "other", **facts: Any) -> RequestCreated:
    about = RequestFacts(tracking_number="T-1", service_code=service, opened_at=NOW)
    given: dict[str, Any] = {"place": Place(), "description": "It is bad again"} | facts
    created = RequestCreated(request_id=uuid4(), sequence=1, about=about, operator=Operator.CITY_311, **given)
    await bench.feed(created, at=NOW + timedelta(minutes=minutes))
    return created


async def ask(bench: Bench, path: str, who: dict[str, str], role: str = "agent", **body: Any) -> Any:
    answer = await bench.http.post(path, json=body, headers=bench.token(role, **who))
    await bench.quiet()
    return answer


@pytest.mark.requirement("RTE-03")
async def test_two_clerks_never_hold_the_same_request(bench: Bench) -> None:
    first, second, third = [(await report(bench, minutes)).request_id for minutes in (0, 1, 2)]
    ada = (await ask(bench, "/triage/claim", ADA, following=2)).json()
    assert ada["claimed"] == [str(first), str(second)], "the longest waiting first"
    ben = (await ask(bench, "/triage/claim", BEN, following=2)).json()
    assert ben["claimed"] == [str(third)]
    refused = (await ask(bench, "/triage/claim", BEN, request_ids=[str(first)])).json()
    assert (refused["claimed"], refused["not_claimed"]) == ([], [str(first)])
    queue = (await bench.http.get("/triage", headers=bench.token("agent"))).json()["requests"]
    assert {one["claim"]["holder"] for one in queue} == {"ada", "ben"}


@pytest.mark.requirement("RTE-03")
async def test_a_held_request_is_resolved_by_its_holder_or_a_supervisor_alone(bench: Bench) -> None:
    first, second = [(await report(bench, minutes)).request_id for minutes in (0, 1)]
    await ask(bench, "/triage/claim", ADA, following=2)
    body = {"agency": "sanitation", "reason": "Trash"}
    ben = await ask(bench, f"/triage/{first}/resolve", BEN, **body)
    assert ben.status_code == 409
    assert "ada looks at this request until" in ben.json()["detail"]
    assert (await ask(bench, f"/triage/{first}/resolve", ADA, **body)).status_code == 200
    assert (await ask(bench, f"/triage/{second}/resolve", BEN, role="supervisor", **body)).status_code == 200


async def test_a_claim_ends_by_itself_or_when_it_is_released(bench: Bench) -> None:
    first, second = [(await report(bench, minutes)).request_id for minutes in (0, 1)]
    await ask(bench, "/triage/claim", ADA, following=2)
    assert (await ask(bench, "/triage/release", BEN, request_ids=[str(first)])).json() == {"released": []}
    assert (await ask(bench, "/triage/release", ADA, request_ids=[str(first)])).json() == {"released": [str(first)]}
    assert (await ask(bench, "/triage/claim", BEN, request_ids=[str(first)])).json()["claimed"] == [str(first)]
    bench.clock.now += timedelta(minutes=16)
    assert (await ask(bench, "/triage/claim", BEN, request_ids=[str(second)])).json()["claimed"] == [str(second)]
    neither = await ask(bench, "/triage/claim", BEN)
    assert neither.status_code == 422


PHOTO, LATER = Photo(photo_id="1" * 64, width=8, height=6), Photo(photo_id="2" * 64, width=9, height=7)
WHOLE = Place(
    address="1 Elm St", latitude=34.05, longitude=-118.25, area={"council_district": "14"}, verified=True,
    method=PlaceMethod.PIN, accuracy_metres=12, confidence=0.9, asset_id="lamp-7", setting=Setting.RIGHT_OF_WAY,
)  # fmt: skip


@pytest.mark.requirement("RTE-06", "RTE-07")
async def test_everything_that_is_known_travels_with_a_referral_field_by_field(bench: Bench) -> None:
    created = await report(bench, service="graffiti-removal", description="Paint on a wall", place=WHOLE,
                           photos=(PHOTO,), attributes={"surface": "wall"})  # fmt: skip
    assert set(WHOLE.model_dump(exclude_defaults=True)) == set(Place.model_fields), "no field is left out of the test"
    (first,) = bench.events("request.assigned", RequestAssigned)
    changes = (
        PhotosAdded(photos=(LATER,)),
        DetailsAmended(attributes={"surface": "metal"}),
        ReferralAsked(
            from_agency=first.agency, assignment_id=first.assignment_id, to_agency="street-services", reason="A sign."
        ),
    )
    for sequence, change in enumerate(changes, start=1):
        await bench.feed(RequestUpdated(request_id=created.request_id, sequence=sequence, about=created.about,
                                        change=change, by="agent"))  # fmt: skip
    (told,) = bench.events("agency.street-services.inbox", AgencyNotice)
    expected = {
        "kind": "assigned", "text": "A sign.", "about": created.about, "description": "Paint on a wall", "place": WHOLE,
        "attributes": {"surface": "metal"}, "photos": (PHOTO, LATER),
    }  # fmt: skip
    assert {name: getattr(told, name) for name in expected} == expected
    assert told.details_url == f"http://127.0.0.1:8301/requests/{created.request_id}/details"


@pytest.mark.requirement("RTE-06")
async def test_a_circle_ends_at_the_desk_with_its_history(bench: Bench) -> None:
    created = await report(bench, service="graffiti-removal", description="Paint on a wall")
    for sequence, to in enumerate(("street-services", "sanitation", "street-services"), start=1):
        last = max(bench.events("request.assigned", RequestAssigned), key=lambda one: one.sequence)
        asked = ReferralAsked(
            from_agency=last.agency, assignment_id=last.assignment_id, to_agency=to, reason=f"For {to}."
        )
        await bench.feed(RequestUpdated(request_id=created.request_id, sequence=sequence, about=created.about,
                                        change=asked, by="agent"))  # fmt: skip
    queue = (await bench.http.get("/triage", headers=bench.token("agent"))).json()["requests"]
    assert [(one["referred_from"], one["reason"]) for one in queue] == [
        ("sanitation", "street-services has had it before: For street-services.")
    ]
    path = f"/assignments?request_id={created.request_id}"
    history = (await bench.http.get(path, headers=bench.token("agent"))).json()["assignments"]
    assert [(one["agency"], one["ended"]) for one in history] == [
        ("community-beautification", "referred"), ("street-services", "referred"), ("sanitation", "referred"),
    ]  # fmt: skip


async def contact(bench: Bench, kind: ContactKind, at: datetime = NOW, **facts: Any) -> None:
    await bench.feed(ContactRecorded(contact_id=uuid4(), kind=kind, channel=Channel.PHONE, **facts), at=at)


@pytest.mark.requirement("RTE-08", "RTE-09", "RTE-21", "CAT-24", "CAT-25")
async def test_calls_handed_on_are_counted_with_number_hours_and_what_was_avoidable(bench: Bench) -> None:
    night = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)  # one in the morning in Los Angeles
    moved = ContactKind.CALL_TRANSFERRED
    for at in (NOW, night):
        await contact(bench, moved, at, destination="parking-meter-line", reason="broken meter", wait_seconds=40)
    await contact(bench, moved, destination="animal-shelter", reason="adoption")
    await contact(bench, ContactKind.EMERGENCY_DIVERTED, destination="emergency-911")
    await contact(bench, ContactKind.REFERRED_ONWARD, destination="social-services-211", reason="food")
    for _ in range(5):
        await contact(bench, ContactKind.QUESTION_ANSWERED)
    bench.clock.now = NOW + timedelta(days=2)
    told = (await bench.http.get("/transfers", headers=bench.token("analyst"))).json()
    assert (told["contacts"], told["handed_on"], told["share"]) == (10, 5, 0.5)
    places = {one["slug"]: one for one in told["by_destination"]}
    meters = places["parking-meter-line"]
    assert (meters["contacts"], meters["while_closed"], meters["phone"]) == (2, 1, "877-215-3958")
    assert meters["hours"] == "Mon-Fri 08:00-17:00"
    assert told["avoidable"] == sum(one["contacts"] for one in told["by_destination"] if one["avoidable"])
    assert {"reason": "adoption", "destination": "animal-shelter", "contacts": 1} in told["by_reason"]
    assert not places["social-services-211"]["avoidable"]
    assert (await bench.http.get("/transfers")).status_code == 403
    assert await bench.rebuild("routing") == []


@pytest.mark.requirement("RTE-17", "RTE-19")
async def test_what_was_settled_at_once_and_what_was_kept_from_911_is_counted(bench: Bench) -> None:
    for kind in (ContactKind.QUESTION_ANSWERED, ContactKind.STATUS_ASKED, ContactKind.REQUEST_MADE):
        await contact(bench, kind)
        await contact(bench, kind)
    await contact(bench, ContactKind.NOT_UNDERSTOOD)
    await contact(bench, ContactKind.EMERGENCY_DIVERTED, destination="emergency-911")
    for _ in range(2):
        await contact(bench, ContactKind.CALL_TRANSFERRED, destination="police-non-emergency", reason="stolen car")
    bench.clock.now = NOW + timedelta(days=2)
    told = (await bench.http.get("/transfers", headers=bench.token("analyst"))).json()
    assert (told["contacts"], told["first_contact_resolution"]) == (10, 0.6)
    assert (told["sent_to_911"], told["kept_from_911"]) == (1, 2)
