"""Nobody types anything twice: each field of a notice is in each system, and the register says what is missing."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel
from systems_played import PICTURE, SERVICES, Systems, dumped, eventually, notice, sent, tell

from adapters.domain.order import Action, Errand, order_of
from adapters.domain.register import pairs, register
from adapters.domain.rows import COLUMNS, row_of
from adapters.domain.sap import LONG, LONG_MOST, notification_of
from chassis.testing import Bench
from contracts.city import load_city
from contracts.frontends import Place
from contracts.intake import AppointmentChanged, Photo
from contracts.routing import AgencyNotice
from contracts.vocabulary import Channel

CITY = load_city(Path(__file__).parents[3] / "cities/los-angeles")
PHOTOS = (Photo(photo_id="ab" * 32, width=800, height=600), Photo(photo_id="cd" * 32, width=800, height=600))
PLACE = Place(address="100 W 1st St", latitude=34.0522, longitude=-118.2437, area={"council_district": "14"},
              verified=True, method="asset", accuracy_metres=12.5, confidence=0.75, asset_id="LIGHT-7001",
              setting="private_property")  # fmt: skip
SLOT = AppointmentChanged(state="booked", appointment_id=UUID(int=77), starts_at="2026-03-05T16:00:00Z",
                          ends_at="2026-03-05T18:00:00Z")  # fmt: skip
LEFT_OUT = {
    "request_id": "a name for machines; the reference is the tracking number",
    "notice_id": "the errand is named after it",
    "sequence": "errands are run in order",
    "kind": "it decides what is done",
    "assignment_id": "the adapter echoes it",
    "message_ref": "a name for machines",
    "update_id": "a name for machines",
    "about.contact_refs": "whom the city tells; the agency is told nobody",
    "about.clock": "imported history is not handed over",
    "photos.content_type": "the picture says it itself",
    "photos.width": "the picture says it itself",
    "photos.height": "the picture says it itself",
    "appointment.kind": "a name for machines",
    "appointment.appointment_id": "a name for machines",
    "priority": "in the agency's own code, below",
    "attributes": "in the agency's own codes, below",
}
"""Fields of the inbox that nobody has to be told, and why."""
ASSIGNED = {
    "queue": "desk",
    "description": "Water runs out of the wall & smells, says «Ana».",
    "place.address": "100 W 1st St",
    "place.latitude": "34.0522",
    "place.longitude": "-118.2437",
    "place.area": "14",
    "place.verified": "erified",
    "place.method": "asset",
    "place.accuracy_metres": "12.5",
    "place.confidence": "0.75",
    "place.asset_id": "LIGHT-7001",
    "place.setting": "private_property",
    "due_at": "2026-03-09T08:00:00Z",
    "details_url": "http://intake.example/requests/1/details",
    "about.tracking_number": "T-1",
    "about.language": "es",
    "about.channel": "phone",
    "about.opened_at": "2026-03-02T08:00:00Z",
}
"""What an assignment must put into every system, field by field; photos, type and answers beside."""
LATER: dict[str, dict[str, str]] = {
    "praised": {"crew": "Night crew 12", "rating": "4 of 5", "words_url": "http://survey.example/words/1"},
    "update_refused": {
        "text": "Send evidence.",
        "code": "evidence_missing",
        "field": "about: evidence",
        "allowed": "crew_note",
    },
    "amended": {
        "appointment.state": "booked",
        "appointment.starts_at": "2026-03-05T16:00:00Z",
        "appointment.ends_at": "2026-03-05T18:00:00Z",
    },
}
"""What later notices must put there, by their kind."""
ELSEWHERE = frozenset({"photos.photo_id", "about.service_code"})
"""Looked for below, in the words or the codes of each system."""


def fields_of(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """List every field of a model, down to the last."""
    for name, field in model.model_fields.items():
        within = next((one for one in (field.annotation, *flat(field.annotation)) if is_model(one)), None)
        if within is None:
            yield f"{before}{name}"
        else:
            yield from fields_of(within, f"{before}{name}.")


def flat(annotation: Any) -> Iterator[Any]:
    for one in get_args(annotation):
        yield one
        yield from flat(one)


def is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def whole(agency: str, **more: Any) -> AgencyNotice:
    """Make an assignment in which every field is filled."""
    plain = notice(agency)
    about = plain.about.model_copy(update={"language": "es", "channel": Channel.PHONE})
    return notice(agency, place=PLACE, photos=PHOTOS, **more).model_copy(update={"about": about})


def coded(agency: str) -> dict[str, str]:
    """Say what must be there in the agency's own codes."""
    told, mapping = notice(agency), CITY.adapters[agency].mapping
    answers = {
        f"attributes.{name}": mapping.values.get(name, {}).get(str(one), str(one))
        for name, answer in told.attributes.items()
        for one in (answer if isinstance(answer, list | tuple) else [answer])
    }
    return {"type": mapping.types[told.about.service_code], "priority": mapping.priorities["normal"], **answers}


def missing(wanted: Mapping[str, str], text: str) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if dumped(value).strip('"') not in text}


@pytest.mark.requirement("INT-02")
def test_every_field_of_the_inbox_is_looked_for_or_has_its_reason() -> None:
    every = set(fields_of(AgencyNotice))
    looked_for = {*ASSIGNED, *ELSEWHERE, *(name for told in LATER.values() for name in told)}
    assert every - looked_for - LEFT_OUT.keys() == set(), "say how each system is told of it"
    assert (looked_for | LEFT_OUT.keys()) - every == set(), "the contract has no such field"


@pytest.mark.requirement("INT-02", "INT-16", "INT-17", "RTE-22")
@pytest.mark.parametrize("agency", SERVICES)
async def test_each_field_arrives_in_each_system(bench: Bench, systems: Systems, agency: str) -> None:
    await tell(bench, agency, whole(agency))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records(agency)

    (record,) = await eventually(booked, "the record")
    text = dumped(record)
    assert missing({**ASSIGNED, **coded(agency)}, text) == {}
    assert "not verified" not in text
    for photo in PHOTOS:
        by_address = f"{systems.photos}/photos/{photo.photo_id}" in text
        by_bytes = [size for name, size in record["attachments"].items() if name.startswith(photo.photo_id[:32])]
        assert by_address or by_bytes == [len(PICTURE)], record


@pytest.mark.requirement("INT-02")
@pytest.mark.parametrize("agency", SERVICES)
async def test_what_is_told_later_arrives_in_each_system_too(bench: Bench, systems: Systems, agency: str) -> None:
    await tell(bench, agency, whole(agency))
    praised = notice(agency, "praised", 2, crew="Night crew 12", rating=4, words_url="http://survey.example/words/1")
    wrong: dict[str, Any] = {"code": "evidence_missing", "field": "evidence", "allowed": ("crew_note",)}
    refused = notice(agency, "update_refused", 3, text="Send evidence.", **wrong)
    await tell(bench, agency, praised, refused, notice(agency, "amended", 4, place=PLACE, appointment=SLOT))
    await sent(bench, 4)

    async def told() -> object:
        found = dumped(systems.records(agency))
        return not any(missing(wanted, found) for wanted in LATER.values())

    await eventually(told, f"every field of {LATER}")


def test_no_fact_is_cut_off_behind_a_long_description() -> None:
    long = replace(errand("engineering"), order={**errand("engineering").order, "description": "Very deep. " * 400})
    text = notification_of(long, {})[LONG]
    assert len(text) <= LONG_MOST
    assert missing({name: ASSIGNED[name] for name in ("place.asset_id", "details_url", "place.setting")}, text) == {}


@pytest.mark.requirement("INT-02")
async def test_a_corrected_place_arrives(bench: Bench, systems: Systems) -> None:
    for agency in SERVICES:
        await tell(bench, agency, notice(agency))
        moved = PLACE.model_copy(update={"address": "7 Elm Ct", "asset_id": "TREE-9"})
        await tell(bench, agency, notice(agency, "amended", 2, place=moved))
    await sent(bench, 8)

    async def told() -> object:
        texts = {agency: dumped(systems.records(agency)) for agency in SERVICES}
        return all("7 Elm Ct" in text and "TREE-9" in text for text in texts.values())

    await eventually(told, "the place in every system")


@pytest.mark.requirement("INT-02")
async def test_a_correction_and_a_message_arrive_too(bench: Bench, systems: Systems) -> None:
    for agency in SERVICES:
        await tell(bench, agency, notice(agency))
        await tell(bench, agency, notice(agency, "message", 2, text="The dog is friendly."))
        await tell(bench, agency, notice(agency, "amended", 3, description="It is the blue house, not the red."))
    await sent(bench, 12)

    async def told() -> object:
        texts = {agency: dumped(systems.records(agency)) for agency in SERVICES}
        return all("friendly" in text and "blue house" in text for text in texts.values())

    await eventually(told, "the words in every system")


def errand(agency: str) -> Errand:
    told = whole(agency)
    order: dict[str, Any] = order_of(told, "A service", "http://photos")
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Errand("e-1", Action.CREATE, "T-1", None, None, 0, "WALK", "3", {"damage": "access"}, order, at)


def test_a_notification_holds_items_short_text_and_long_text() -> None:
    made = notification_of(errand("engineering"), {"notification_type": "M2", "plant": "1000", "user": "CITY"})
    assert (made["NotificationType"], made["MaintenancePlanningPlant"], made["ReportedByUser"]) == (
        "M2",
        "1000",
        "CITY",
    )
    assert made["to_Item"][0]["MaintNotifItemText"] == "damage: access"
    assert "Asset: LIGHT-7001" in made[LONG]


def test_a_row_has_every_column() -> None:
    row = row_of(errand("fire"))
    assert list(row) == list(COLUMNS)
    assert row["photos"] == f"{'ab' * 32}.jpg;{'cd' * 32}.jpg"


@pytest.mark.requirement("INT-11")
def test_the_register_names_what_is_unfinished() -> None:
    assert ("fire", "fire-safety") in pairs(CITY)
    entries = {(one.agency, one.service): one for one in register(CITY, {"fire": 2})}
    assert entries["transportation", "parking-meter"].link == "none"
    assert "wanted is two ways" in entries["transportation", "parking-meter"].unfinished[0]
    assert entries["sanitation", "illegal-dumping"].unfinished == ()
    assert entries["fire", "fire-safety"].unfinished == ("2 exceptions of this agency wait for a person.",)
