"""Drafts, amendments, appointments and a further report: through the real door, on a real database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import AppointmentChanged, DetailsAmended, RequestCreated, RequestUpdated
from intake.app import build
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
PICKUP = {"service_code": "bulky-item-pickup", "place": {"address": "100 W 1st St"}}
PAT = {"name": "Pat Doe", "email": "pat@example.org", "phone": "555-010-4477"}


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


async def post(bench: Bench, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
    answer = await bench.http.post(path, json=body, **more)
    assert answer.is_success, answer.text
    await bench.quiet()
    return dict(answer.json())


async def report(bench: Bench, **changes: Any) -> tuple[str, str]:
    made = await post(bench, "/requests", PICKUP | {"reporter": PAT} | changes)
    return f"/requests/{made['tracking_number']}", str(made["manage_link"]).partition("?")[2]


def changes_of(bench: Bench, kind: type[Any]) -> list[Any]:
    told = [event.change for event in bench.events("request.updated", RequestUpdated)]
    return [change for change in told if isinstance(change, kind)]


@pytest.mark.requirement("CH-14", "SS-13", "CH-13")
async def test_a_draft_begun_on_the_web_is_finished_by_phone_under_the_same_reference(bench: Bench) -> None:
    begun = await post(bench, "/drafts", {"service_code": "building-inspection", "channel": "web", "reporter": PAT})
    path, token = f"/drafts/{begun['reference']}", {"token": begun["token"]}
    assert (begun["ready"], {one["field"] for one in begun["missing"]}) == (
        False, {"place.address", "attributes.permit_number"},
    )  # fmt: skip
    assert (await bench.http.get(path)).status_code == 404
    assert (await bench.http.patch(path, json={}, params={"token": "forged"})).status_code == 404
    assert (await bench.http.post(f"{path}/submit", params=token)).status_code == 422
    agent = bench.token("agent")
    shown = (await bench.http.get(path.lower(), headers=agent)).json()
    assert (shown["begun_in"], shown["draft"]["reporter"]["name"]) == ("web", "Pat Doe")
    told = {"place": {"address": "100 W 1st St"}, "attributes": {"permit_number": "P-1"}}
    assert (await bench.http.patch(path, json=told, params=token)).json()["ready"]
    made = await post(bench, f"{path}/submit", {"channel": "phone"}, headers=agent)
    assert made["tracking_number"] == begun["reference"]
    assert made["forecast"]["es"]
    (created,) = bench.events("request.created", RequestCreated)
    assert (created.about.channel, created.about.tracking_number) == ("phone", begun["reference"])
    again = await bench.http.post(f"{path}/submit", params=token)
    assert (again.status_code, begun["reference"] in again.text) == (409, True)
    audit = await bench.rows("intake", "SELECT action FROM audit WHERE action = 'draft.read'")
    assert len(audit) == 1
    assert await bench.rows("intake", "SELECT 1 FROM vault_draft") == []
    answers = await bench.rows("intake", "SELECT answer::text AS text FROM idempotency")
    assert all("pat@example.org" not in row["text"] for row in answers)


@pytest.mark.requirement("CH-14", "SS-13", "CH-20")
async def test_a_draft_begun_in_a_chat_is_finished_by_rest_under_the_same_reference(bench: Bench) -> None:
    begun = await post(bench, "/conversations", {"text": "there is a dead animal on the street"})
    place, proof = f"/drafts/{begun['reference']}", {"token": begun["token"]}
    talk, header = f"/conversations/{begun['reference']}/messages", {"Conversation-Token": begun["token"]}
    await post(bench, talk, {"text": "yes"}, headers=header)
    assert (await bench.http.get(place)).status_code == 404
    shown = (await bench.http.get(place, params=proof)).json()
    assert (shown["begun_in"], shown["draft"]["service_code"]) == ("chat", "dead-animal-removal")
    assert (await post(bench, talk, {"text": "skip"}, headers=header))["step"] == "question", (
        "a look takes nothing away"
    )
    more = {"place": {"address": "100 W 1st St"}}
    assert (await bench.http.patch(place, params=proof, json=more)).json()["ready"] is True
    assert (await post(bench, talk, {"text": "1"}, headers=header))["step"] == "open", "it is gone on with elsewhere"
    made = await post(bench, f"{place}/submit", {"channel": "web"}, params=proof)
    assert made["tracking_number"] == begun["reference"]
    assert (await bench.http.post(f"{place}/submit", params=proof)).status_code == 409
    said = await post(bench, talk, {"text": begun["reference"]}, headers=header)
    assert begun["reference"] in said["says"][0], "its number tells how it stands"
    (created,) = bench.events("request.created", RequestCreated)
    assert created.description == "there is a dead animal on the street"


@pytest.mark.requirement("CH-14")
async def test_a_draft_is_forgotten_thirty_days_after_it_was_last_touched(bench: Bench) -> None:
    begun = await post(bench, "/drafts", {"service_code": "other"})
    path, token = f"/drafts/{begun['reference']}", {"token": begun["token"]}
    await bench.advance(timedelta(days=20))
    assert (await bench.http.patch(path, json={"description": "Still at it"}, params=token)).status_code == 200
    await bench.advance(timedelta(days=20))
    assert (await bench.http.get(path, params=token)).json()["draft"]["description"] == "Still at it"
    await bench.advance(timedelta(days=11))
    assert (await bench.http.get(path, params=token)).status_code == 404


@pytest.mark.requirement("SS-03")
async def test_another_report_at_the_same_address_knows_where_and_who(bench: Bench) -> None:
    path, link = await report(bench)
    assert (await bench.http.post(f"{path}/another")).status_code == 403
    begun = await post(bench, f"{path}/another?{link}", {"service_code": "graffiti-removal"})
    token = {"token": begun["token"]}
    shown = await bench.http.get(f"/drafts/{begun['reference']}", params=token)
    assert (shown.json()["draft"]["place"]["address"], shown.json()["knows_contact"]) == ("100 W 1st St", True)
    assert "pat@example.org" not in shown.text
    made = await post(bench, f"/drafts/{begun['reference']}/submit", params=token)
    first, second = bench.events("request.created", RequestCreated)
    assert second.about.contact_refs == first.about.contact_refs == (made["contact_ref"],)


@pytest.mark.requirement("CH-14", "SS-18")
async def test_an_open_request_is_amended_and_its_new_words_stay_in_the_vault(bench: Bench) -> None:
    path, link = await report(bench, attributes={"item_count": "2", "placed_at": "curb"})
    body = {"description": "Call 555-010-4477", "attributes": {"item_count": "3", "placed_at": ""}}
    assert (await bench.http.patch(path, json=body)).status_code == 403
    assert (await bench.http.patch(f"{path}?{link}", json={})).status_code == 422
    wrong = await bench.http.patch(f"{path}?{link}", json={"attributes": {"item_count": "many"}})
    assert wrong.json()["errors"][0]["field"] == "attributes.item_count"
    moved = {"place": {"latitude": 34.05, "longitude": -118.24}}
    for told in (body, moved):
        assert (await bench.http.patch(f"{path}?{link}", json=told)).status_code == 200
    await bench.quiet()
    words, place = changes_of(bench, DetailsAmended)
    assert (words.words_changed, words.attributes, words.place) == (True, {"item_count": "3"}, None)
    assert (place.words_changed, place.attributes, place.place.latitude) == (False, None, 34.05)
    shown = (await bench.http.get(path)).json()
    assert (shown["attributes"], shown["latitude"], shown["place_verified"]) == ({"item_count": "3"}, 34.05, True)
    assert "4477" not in str(shown)
    (kept,) = await bench.rows("intake", "SELECT description, contact_ref FROM vault_words")
    assert (kept["description"], kept["contact_ref"] is None) == ("Call 555-010-4477", False)
    assert (await bench.http.post(f"{path}/cancel?{link}")).status_code == 200
    assert (await bench.http.patch(f"{path}?{link}", json=body)).status_code == 409


@pytest.mark.requirement("SS-07", "SS-08")
async def test_an_appointment_is_booked_moved_and_given_back_and_everybody_hears(bench: Bench) -> None:
    path, link = await report(bench)
    slots = (await bench.http.get("/services/bulky-item-pickup/slots")).json()["slots"]
    first, second = slots[0], slots[1]
    assert (await bench.http.get("/services/graffiti-removal/slots")).status_code == 404
    where = f"{path}/appointment?{link}"
    assert (await bench.http.post(f"{path}/appointment", json={"action": "cancel"})).status_code == 403
    assert (await bench.http.post(where, json={"action": "cancel"})).status_code == 409
    booked = await post(bench, where, {"action": "book", "starts_at": first["starts_at"]})
    moved = await post(bench, where, {"action": "move", "starts_at": second["starts_at"]})
    assert moved["appointment_id"] == booked["appointment_id"]
    left = (await bench.http.get("/services/bulky-item-pickup/slots")).json()["slots"]
    assert [slot["left"] for slot in left[:2]] == [first["left"], second["left"] - 1]
    assert (
        await bench.http.post(where, json={"action": "move", "starts_at": "2026-03-02T01:00:00Z"})
    ).status_code == 422
    await post(bench, where, {"action": "cancel"})
    told = [change.state.value for change in changes_of(bench, AppointmentChanged)]
    assert told == ["booked", "moved", "cancelled"]
    timeline = (await bench.http.get(path)).json()["timeline"]
    assert [entry["state"] for entry in timeline if entry["kind"] == "appointment"] == told


@pytest.mark.requirement("SS-07")
async def test_a_slot_never_takes_more_than_it_may_however_many_ask_at_once(bench: Bench) -> None:
    inspection = {"service_code": "building-inspection", "attributes": {"permit_number": "P-1"}}
    made = [await report(bench, **inspection) for _ in range(15)]
    slot = (await bench.http.get("/services/building-inspection/slots")).json()["slots"][0]
    body = {"action": "book", "starts_at": slot["starts_at"]}
    asked = (bench.http.post(f"{path}/appointment?{link}", json=body) for path, link in made)
    codes = [answer.status_code for answer in await asyncio.gather(*asked)]
    assert (codes.count(200), codes.count(409)) == (12, 3)
    path, link = made[codes.index(200)]
    assert (await bench.http.post(f"{path}/cancel?{link}")).status_code == 200
    waiting, its_link = made[codes.index(409)]
    assert (await bench.http.post(f"{waiting}/appointment?{its_link}", json=body)).status_code == 200


@pytest.mark.requirement("SS-09", "SS-10", "STA-09")
async def test_the_catalog_shows_aids_and_a_map_is_drawn(bench: Bench) -> None:
    await report(bench, place={"latitude": 34.05, "longitude": -118.24})
    await report(bench)
    services = (await bench.http.get("/services")).json()["services"]
    (pickup,) = [service for service in services if service["code"] == "bulky-item-pickup"]
    aids = [question["visual_aid"] for question in pickup["questions"] if question["visual_aid"]]
    assert pickup["takes_appointments"]
    assert set(aids[0]["text"]) == {"en", "es"}
    for asked in ({"params": {"format": "geojson"}}, {"headers": {"accept": "application/geo+json"}}):
        answer = await bench.http.get("/requests", **asked)  # type: ignore[arg-type]
        assert answer.headers["content-type"] == "application/geo+json"
        shapes = [feature["geometry"] for feature in answer.json()["features"]]
        assert {"type": "Point", "coordinates": [-118.24, 34.05]} in shapes
    assert "requests" in (await bench.http.get("/requests")).json()
