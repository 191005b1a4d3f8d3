"""Everybody is served: on the page, in the app, face to face and offline; residents and businesses alike."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import ContactProfile, RequestCreated
from contracts.vocabulary import Channel
from intake.app import build
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
PAINT: dict[str, Any] = {"service_code": "graffiti-removal", "place": {"address": "100 W 1st St"}}


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


async def made(bench: Bench, key: str | None = None, **told: Any) -> RequestCreated:
    headers = {"Idempotency-Key": key} if key else {}
    answer = await bench.http.post("/requests", json=PAINT | told, headers=headers)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    created = {str(c.request_id): c for c in bench.events("request.created", RequestCreated)}
    found: RequestCreated = created[answer.json()["request_id"]]
    return found


@pytest.mark.requirement("CH-02")
async def test_the_page_and_the_app_are_two_channels_and_nothing_is_online(bench: Bench) -> None:
    assert (await made(bench, channel="web")).about.channel is Channel.WEB
    assert (await made(bench, channel="app")).about.channel is Channel.APP
    assert (await bench.http.post("/requests", json=PAINT | {"channel": "online"})).status_code == 422


@pytest.mark.requirement("CH-12")
async def test_what_is_taken_at_an_event_without_a_network_is_sent_again_and_made_once(bench: Bench) -> None:
    told = {"channel": "in_person", "description": "Taken down at the street fair."}
    first = await made(bench, key="van-7-0001", **told)
    again = await made(bench, key="van-7-0001", **told)
    assert first.about.channel is Channel.IN_PERSON
    assert again.request_id == first.request_id
    key = {"Idempotency-Key": "van-7-0001"}
    other = await bench.http.post("/requests", json=PAINT | told | {"description": "Else"}, headers=key)
    assert other.status_code == 409


@pytest.mark.requirement("CP-10")
async def test_nobody_needs_an_account_a_telephone_a_name_or_a_street_number(bench: Bench) -> None:
    nameless = await made(bench, place={"address": "the corner by the old bakery"})
    assert nameless.about.contact_refs == ()
    shown = (await bench.http.get(f"/requests/{nameless.about.tracking_number}")).json()
    assert shown["status"] == "open", "the number alone follows it"
    assert bench.events("contact.profile", ContactProfile) == []


@pytest.mark.requirement("CP-04")
async def test_an_agent_is_given_the_status_of_earlier_requests_to_read_out(bench: Bench) -> None:
    pat = {"name": "Pat", "email": "pat@example.org", "phone": "(213) 555-0142"}
    first = await made(bench, reporter=pat)
    agent = bench.token("agent")
    number = first.about.tracking_number
    address = {"phone": "+1 213 555 0142"}
    assert (await bench.http.post("/people/search", json=address)).status_code == 403
    found = await bench.http.post("/people/search", json=address, headers=agent)
    assert found.status_code == 200, found.text
    history = await bench.http.get(f"/people/{first.about.contact_refs[0]}", headers=agent)
    assert number in history.text
    shown = (await bench.http.get(f"/requests/{number}", headers=agent)).json()
    assert shown["substatus_name"]["en"]


@pytest.mark.requirement("SS-14")
async def test_a_business_is_a_requester_like_any_other_and_known_as_one(bench: Bench) -> None:
    shop = {"name": "Corner Bakery", "email": "shop@example.org", "customer_type": "business"}
    assert (await made(bench, reporter=shop)).customer_type == "business"
    assert (await made(bench, reporter={"name": "Pat", "email": "pat@example.org"})).customer_type == "resident"
