"""Offices beside residents: who hears of what, by which way, in which language; and what is wrong in their data."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from peers import Peer
from pydantic import ValidationError
from told import AT, Inbox, closed, facts, noon, settled

from chassis.testing import Bench
from contracts.city import City, Office, load_city
from contracts.frontends import Place
from contracts.intake import RequestCreated
from contracts.sla import RequestEscalated
from contracts.vocabulary import DeliveryChannel, EscalationKind, Moment, Operator
from notify.app import build
from notify.domain.moments import News
from notify.domain.offices import PREFIX, Offices
from notify.settings import Settings

CITY = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")


def escalated(base: dict[str, Any], **given: Any) -> RequestEscalated:
    told = {"kind": EscalationKind.BREACHED, "level": 2, "role": "section-manager", "agency": "sanitation"}
    return RequestEscalated(**base, due_at=AT, **(told | given))


def office(**given: Any) -> Office:
    said = {"slug": "desk", "name": {"en": "Desk", "es": "Mesa"}, "email": "desk@sanitation.example", "language": "en"}
    return Office.model_validate(said | {"agency": "sanitation", "roles": ["duty-officer"]} | given)


def city(*offices: Office) -> City:
    return replace(CITY, offices=offices)


@pytest.mark.requirement("NOT-08")
def test_an_agencys_desk_hears_of_its_own_roles_and_of_no_other_agency() -> None:
    offices = Offices(CITY)
    told = {role: offices.told(escalated(facts(), role=role)) for role in ("section-manager", "duty-officer", "mayor")}
    assert [refs for refs, _ in told["section-manager"]] == [(PREFIX + "sanitation-desk",)]
    assert [refs for refs, _ in told["duty-officer"]] == [
        (PREFIX + "sanitation-desk", PREFIX + "sanitation-night-crew")
    ]
    assert told["mayor"] == []
    assert offices.told(escalated(facts(), agency="nobody")) == []
    assert offices.told(closed(facts())) == []


def test_each_level_and_each_target_is_told_once_of_its_own() -> None:
    offices = Offices(CITY)
    ((_, first),) = offices.told(escalated(facts()))
    ((_, again),) = offices.told(escalated(facts()))
    ((_, higher),) = offices.told(escalated(facts(), level=3, role="general-manager-office"))
    assert first.transition == again.transition != higher.transition
    assert first.moment is Moment.ESCALATED


def test_a_places_offices_are_those_of_its_areas() -> None:
    offices = Offices(CITY)
    assert offices.of_areas({"council_district": "14", "police_precinct": "Central"}) == "council-district-14"
    assert offices.of_areas({"council_district": "99"}) == offices.of_areas({}) == ""
    assert offices.hears_of_areas(Moment.LATE)
    assert not offices.hears_of_areas(Moment.CLOSED)
    assert offices.listening(["council-district-14"], Moment.LATE) == (PREFIX + "council-district-14",)
    assert offices.listening(["council-district-14"], Moment.CLOSED) == ()
    assert offices.as_news(News(Moment.LATE, "late:1")).transition == PREFIX + "late:1"


def test_every_district_and_every_working_agency_has_an_office() -> None:
    districts = {one.area_id for one in CITY.offices if one.area_kind == "council_district"}
    assert districts == {str(number) for number in range(1, 16)}
    assert {agency.slug for agency in CITY.working_agencies} <= {one.agency for one in CITY.offices}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channels": ["sms"]}, "has no address for sms; give phone"),
        ({"email": None}, "has no address for email; give email"),
        ({"channels": ["push"]}, "has no address for push; give one of email, letter, sms, voice, webhook"),
        ({"channels": ["sms"], "phone": "555"}, "phone"),
        ({"roles": []}, "does not say what it is told"),
    ],
)
def test_an_office_that_cannot_be_reached_or_hears_nothing_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        office(**wrong)


def test_an_office_is_told_how_often_its_city_says() -> None:
    digested = office(frequency="digest")
    assert Offices(city(digested)).frequency(PREFIX + "desk") == "digest"
    assert Offices(city(digested)).frequency("c1") is None


@pytest.mark.requirement("NOT-03", "NOT-10")
async def test_offices_are_told_by_their_own_channel_in_their_own_language(
    bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox, phone: Peer
) -> None:
    bench = await bench_factory(
        build,
        Settings,
        smtp_port=inbox.port,
        delivery_poll_seconds=0.02,
        telephone_api=phone.url,
        telephone_from="+1311",
    )
    await noon(bench)
    base = facts(contact_refs=())
    place = Place(area={"council_district": "14"})
    await bench.feed(RequestCreated(**base, place=place, operator=Operator.CITY_311))
    await bench.feed(escalated(base | {"sequence": 1}, role="duty-officer", level=1))
    told = {one.contact_ref: one for one in await settled(bench, 3)}
    assert told[PREFIX + "sanitation-night-crew"].channel is DeliveryChannel.SMS
    (text,) = phone.forms()
    assert text["To"] == "+12135550111"
    assert "atrasada" in text["Body"] or "meta" in text["Body"]
    by_address = {mail["To"]: mail["Content-Language"] for mail in inbox.mails}
    assert by_address == {"shift-desk@sanitation.example": "en", "district14@council.example": "es"}
