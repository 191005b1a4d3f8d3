"""Nobody types anything twice: each field of a notice is in each system, and the register says what is missing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from systems_played import PICTURE, SERVICES, Systems, dumped, eventually, notice, sent, tell

from adapters.domain.order import Action, Errand, order_of
from adapters.domain.register import pairs, register
from adapters.domain.rows import COLUMNS, row_of
from adapters.domain.sap import LONG, long_text, notification_of
from chassis.testing import Bench
from contracts.city import load_city
from contracts.routing import AgencyNotice

CITY = load_city(Path(__file__).parents[3] / "cities/los-angeles")
LEFT_OUT = {
    "request_id": "a name for machines; the reference is the tracking number",
    "notice_id": "the errand is named after it",
    "sequence": "errands are run in order",
    "kind": "it decides what is done",
    "assignment_id": "the adapter echoes it",
    "about": "looked for field by field below",
    "message_ref": "a name for machines",
    "update_id": "a name for machines",
    "code": "in the words of a refusal",
    "allowed": "in the words of a refusal",
    "appointment": "told in words by its message",
    "crew": "in the sentence of praise",
    "rating": "in the sentence of praise",
    "words_url": "in the sentence of praise",
    "text": "an assignment has none",
    "photos": "looked for by their bytes or address below",
    "priority": "looked for below",
}
"""Fields of a notice that are not looked for as they stand, and why."""


def wanted(agency: str) -> dict[str, str]:
    """Say what must be found in the agency's system, field by field."""
    told = notice(agency)
    assert told.place is not None
    mapping = CITY.adapters[agency].mapping
    answers = {
        f"attributes.{name}": mapping.values.get(name, {}).get(str(one), str(one))
        for name, answer in told.attributes.items()
        for one in (answer if isinstance(answer, list | tuple) else [answer])
    }
    return {
        "queue": "desk",
        "description": "Water runs out of the wall & smells, says «Ana».",
        "place.address": "100 W 1st St",
        "place.latitude": "34.0522",
        "place.longitude": "-118.2437",
        "due_at": "2026-03-09T08:00:00Z",
        "details_url": "http://intake.example/requests/1/details",
        "about.tracking_number": "T-1",
        "about.service_code": mapping.types[told.about.service_code],
        "priority": mapping.priorities["normal"],
        **answers,
    }


def test_every_field_of_a_notice_is_looked_for_or_has_its_reason() -> None:
    looked_for = {name.partition(".")[0] for name in wanted("fire")}
    assert set(AgencyNotice.model_fields) - looked_for - set(LEFT_OUT) == set()


@pytest.mark.requirement("INT-02", "INT-16", "INT-17", "RTE-22")
@pytest.mark.parametrize("agency", SERVICES)
async def test_each_field_arrives_in_each_system(bench: Bench, systems: Systems, agency: str) -> None:
    await tell(bench, agency, notice(agency))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records(agency)

    (record,) = await eventually(booked, "the record")
    text = dumped(record)
    missing = {name: value for name, value in wanted(agency).items() if dumped(value).strip('"') not in text}
    assert missing == {}
    photo, size = "ab" * 32, len(PICTURE)
    by_address, by_bytes = f"{systems.photos}/photos/{photo}" in text, size in record["attachments"].values()
    assert by_address or by_bytes, record


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
    told = notice(agency)
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
    assert long_text(errand("engineering")) in made[LONG]


def test_a_row_has_every_column() -> None:
    row = row_of(errand("fire"))
    assert list(row) == list(COLUMNS)
    assert row["photos"] == f"{'ab' * 32}.jpg"


@pytest.mark.requirement("INT-11")
def test_the_register_names_what_is_unfinished() -> None:
    assert ("fire", "fire-safety") in pairs(CITY)
    entries = {(one.agency, one.service): one for one in register(CITY, {"fire": 2})}
    assert entries["transportation", "parking-meter"].link == "none"
    assert "wanted is two ways" in entries["transportation", "parking-meter"].unfinished[0]
    assert entries["sanitation", "illegal-dumping"].unfinished == ()
    assert entries["fire", "fire-safety"].unfinished == ("2 exceptions of this agency wait for a person.",)
