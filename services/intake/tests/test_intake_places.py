"""Places: found offline, put into their areas, doubted aloud, corrected by a person."""

import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.testing import Bench
from contracts.city import load_city
from contracts.frontends import Place
from contracts.intake import ContactRecorded, DetailsAmended, RequestCreated, RequestUpdated
from contracts.vocabulary import ContactKind, PlaceMethod, Setting
from intake.app import build
from intake.domain.geocoding import Gazetteer, Spot, metres, read_address
from intake.evaluating.__main__ import main as evaluate
from intake.gateways.gazetteer import FILE_NAME, AddressFile, GazetteerError, open_places, read_gazetteer
from intake.gateways.gazetteer.__main__ import main as make_gazetteer
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
CITIES = Path(__file__).parents[3] / "cities"
SOUTH, WEST = 34.0, -118.3
STEP = 0.00001
"""Degrees for one house number on the made-up grid: about a metre."""


def known_addresses() -> list[str]:
    """Draw up a town on a grid: avenues run north and streets east, a hundred numbers a block."""
    lines = ["address,zip,lat,lon"]
    avenues, streets = ("OAK AVE", "ELM AVE", "CEDAR BLVD", "CESAR E CHAVEZ AVE"), ("1ST ST", "2ND ST", "MAIN ST")
    for across, name in enumerate(avenues):
        lines += [
            f"{n} N {name},90001,{SOUTH + n * STEP:.6f},{WEST + across * 0.002 + n % 2 * 0.0002:.6f}"
            for n in (100, 101, 150, 199, 200, 251, 300)
        ]
    for up, name in enumerate(streets):
        lines += [
            f"{n} W {name},90002,{SOUTH + 0.0015 + up * 0.001:.6f},{WEST + n * STEP:.6f}" for n in (100, 120, 200, 300)
        ]
    return [*lines, f"OAK AVE AT PINE ST,90001,{SOUTH + 0.005},{WEST}", "no address,90001,34.0,-118.3", "1 X ST,9,,"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy a city, with a gazetteer and the outline of one district."""
    folder = tmp_path_factory.mktemp("city") / "los-angeles"
    shutil.copytree(CITIES / "los-angeles", folder)
    source = folder.parent / "addresses.csv"
    source.write_text("\n".join(known_addresses()))
    assert make_gazetteer([str(source), str(folder)]) == 0
    ring = [[-118.31, 33.99], [-118.28, 33.99], [-118.28, 34.02], [-118.31, 34.02], [-118.31, 33.99]]
    district = {
        "type": "Feature",
        "properties": {"name": "9"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    outline = {"type": "FeatureCollection", "features": [district]}
    (folder / "boundaries" / "council_district.geojson").write_text(json.dumps(outline))
    return folder


@pytest.fixture(scope="module")
def geocoder(town: Path) -> Gazetteer:
    return Gazetteer(read_gazetteer(town / FILE_NAME))


@pytest.fixture
async def bench(bench_factory: BenchFactory, town: Path) -> Bench:
    return await bench_factory(build, Settings, city=town)


async def report(bench: Bench, place: dict[str, Any], **changes: Any) -> tuple[dict[str, Any], RequestCreated]:
    body = {"service_code": "graffiti-removal", "place": place} | changes
    answer = await bench.http.post("/requests", json=body)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    made = dict(answer.json())
    told: list[RequestCreated] = bench.events("request.created", RequestCreated)
    return made, next(created for created in told if str(created.request_id) == made["request_id"])


WAYS = [
    ("150 N OAK AVE, 90001", 150, "OAK"),
    ("150 north oak avenue", 150, "OAK"),
    ("150 Oak", 150, "OAK"),
    ("150 N. Cedra Boulevard", 150, "CEDAR"),
    ("150 N Oak Ave Apt 4, Los Angeles, CA 90001", 150, "OAK"),
    ("Avenida Oak 150", 150, "OAK"),
    ("175 N OAK AVE", 175, "OAK"),
    ("225 Ceder Blvd", 225, "CEDAR"),
    ("280 N Avenida César Chávez", 280, "CESAR E CHAVEZ"),
    ("360 N Oak Ave", 360, "OAK"),
]


@pytest.mark.requirement("LOC-02")
@pytest.mark.parametrize(("written", "number", "street"), WAYS)
def test_an_address_is_found_however_it_is_written(geocoder: Gazetteer, written: str, number: int, street: str) -> None:
    best = geocoder.find(written)[0]
    assert street in best.address
    assert abs(best.spot.latitude - (SOUTH + number * STEP)) < 40 * STEP
    assert best.confidence >= 0.5


@pytest.mark.requirement("LOC-02")
@pytest.mark.parametrize("written", ["Oak & 1st", "corner of 1st St and Oak Ave", "esquina de la 1a y Oak", "Oak/1st"])
def test_a_crossing_is_where_its_streets_meet(geocoder: Gazetteer, written: str) -> None:
    assert metres(geocoder.find(written)[0].spot, Spot(SOUTH + 0.0015, WEST)) < 120


@pytest.mark.requirement("LOC-02")
def test_a_known_crossing_is_found_in_either_order(geocoder: Gazetteer) -> None:
    assert geocoder.find("Pine St at Oak Ave")[0].spot == geocoder.find("Oak Ave & Pine")[0].spot == (34.005, -118.3)


@pytest.mark.requirement("LOC-02")
@pytest.mark.parametrize("written", ["150 Nowhere Blvd", "", "?", "N/R", "90001", "1/2", "& &", "the big tree"])
def test_what_is_no_address_of_the_city_is_never_found_for_sure(geocoder: Gazetteer, written: str) -> None:
    assert all(candidate.confidence < 0.5 for candidate in geocoder.find(written))


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    written = read_address(text)
    assert written is None or written.street.name


@pytest.mark.requirement("LOC-02")
def test_numbers_alike_are_not_streets_alike(geocoder: Gazetteer) -> None:
    assert geocoder.find("150 W 3rd St") == ()


def test_the_nearest_address_is_found_within_reach_only(geocoder: Gazetteer) -> None:
    near = geocoder.nearest(Spot(SOUTH + 0.00151, WEST + 0.0012))
    assert near is not None
    assert near.address == "120 W 1ST ST, 90002"
    assert near.metres < 5
    assert geocoder.nearest(Spot(34.3, -118.5)) is None


def test_rows_that_cannot_be_used_are_counted(town: Path) -> None:
    file = AddressFile(town.parent / "addresses.csv")
    assert len(list(file.rows())) == 41
    assert dict(file.faults) == {"neither house number nor crossing": 1, "no position": 1}


def test_a_damaged_gazetteer_is_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"nothing")
    with pytest.raises(GazetteerError, match="make it again"):
        open_places(load_city(CITIES / "san-diego"), path)


@pytest.mark.requirement("LOC-02", "OPS-15")
def test_the_geocoder_is_measured_on_any_file(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(["geocoder", str(town), str(town.parent / "addresses.csv")]) == 0
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0 < measured["match_rate"] <= measured["candidate_rate"] <= 1
    assert measured["median_m"] < 60
    assert sum(band["count"] for band in measured["by_confidence"]) <= measured["tested"]
    assert evaluate(["geocoder", str(town), str(town.parent / "addresses.csv"), "--split", "streets"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["match_rate"] == 0
    assert evaluate(["geocoder", str(town), str(town / "city.yaml")]) == 1
    assert evaluate(["nothing"]) == 2


@pytest.mark.requirement("LOC-01", "LOC-02", "LOC-07")
async def test_a_typed_address_gets_its_position_district_and_confidence(bench: Bench) -> None:
    made, created = await report(bench, {"address": "175 Oak Ave"})
    place = created.place
    assert "notices" not in made
    assert place.verified
    assert place.latitude == pytest.approx(SOUTH + 175 * STEP, abs=20 * STEP)
    assert (place.method, place.area) == (PlaceMethod.TYPED, {"council_district": "9"})
    assert place.confidence is not None
    assert place.confidence > 0.8
    assert place.address == "175 Oak Ave"
    shown = (await bench.http.get(f"/requests/{made['tracking_number']}")).json()
    assert (shown["place_verified"], shown["place_method"]) == (True, "typed")


@pytest.mark.requirement("LOC-01", "LOC-07")
async def test_a_told_position_is_kept_and_gets_the_nearest_address(bench: Bench) -> None:
    told = {"latitude": 34.0012, "longitude": -118.3, "method": "gps", "accuracy_metres": 8, "area": {}}
    _, created = await report(bench, told)
    place = created.place
    assert (place.latitude, place.longitude, place.accuracy_metres) == (34.0012, -118.3, 8)
    assert (place.method, place.area) == (PlaceMethod.GPS, {"council_district": "9"})
    assert place.address is not None
    assert "OAK AVE" in place.address


@pytest.mark.requirement("LOC-03")
async def test_an_address_nobody_finds_is_taken_and_waits_for_a_person(bench: Bench) -> None:
    made, created = await report(bench, {"address": "99 Nowhere Blvd", "verified": True})
    assert made["notices"] == ["place_unverified"]
    assert not created.place.verified
    waiting = await bench.http.get("/places/unverified", headers=bench.token("agent"))
    (place,) = waiting.json()["places"]
    assert (place["tracking_number"], place["doubt"]) == (made["tracking_number"], "not_found")
    assert (await bench.http.get("/places/unverified")).status_code == 403


@pytest.mark.requirement("LOC-02", "LOC-03")
async def test_an_agent_corrects_the_pin_and_everybody_hears(bench: Bench) -> None:
    made, _ = await report(bench, {"address": "99 Nowhere Blvd"})
    path, agent = f"/requests/{made['tracking_number']}/place", bench.token("agent")
    pin = {"latitude": 34.0012, "longitude": -118.3, "address": "120 N Oak Ave"}
    assert (await bench.http.post(path, json=pin)).status_code == 403
    unclear = await bench.http.post(path, json={"address": "98 Nowhere Blvd"}, headers=agent)
    assert unclear.status_code == 422
    assert "send latitude and longitude" in unclear.json()["detail"]
    assert (await bench.http.post(path, json={"latitude": 34.0}, headers=agent)).status_code == 422
    answer = await bench.http.post(path, json=pin, headers=agent)
    assert answer.status_code == 200, answer.text
    await bench.quiet()
    (updated,) = bench.events("request.updated", RequestUpdated)
    assert isinstance(updated.change, DetailsAmended)
    assert updated.change.place == Place.model_validate(answer.json()["place"])
    assert (updated.change.place.method, updated.change.place.area) == (PlaceMethod.PIN, {"council_district": "9"})
    shown = (await bench.http.get(f"/requests/{made['tracking_number']}")).json()
    assert (shown["latitude"], shown["address"], shown["place_verified"]) == (34.0012, "120 N Oak Ave", True)
    assert (await bench.http.get("/places/unverified", headers=agent)).json()["places"] == []
    (noted,) = await bench.rows("intake", "SELECT action, object FROM audit WHERE action = 'place.correct'")
    assert noted["object"] == made["request_id"]


async def test_a_closed_request_stays_where_it_is(bench: Bench) -> None:
    made, _ = await report(bench, {"address": "99 Nowhere Blvd"})
    path, agent = f"/requests/{made['tracking_number']}", bench.token("agent")
    assert (await bench.http.post(f"{path}/cancel", headers=agent)).status_code == 200
    answer = await bench.http.post(f"{path}/place", json={"address": "150 N Oak Ave"}, headers=agent)
    assert answer.status_code == 409
    assert (await bench.http.get("/places/unverified", headers=agent)).json()["places"] == []


@pytest.mark.requirement("LOC-10")
@pytest.mark.parametrize("spot", [(32.7, -117.1), (34.2, -118.4)])
async def test_a_place_outside_is_taken_and_told_where_to_go(bench: Bench, spot: tuple[float, float]) -> None:
    made, _ = await report(bench, {"latitude": spot[0], "longitude": spot[1]})
    assert made["notices"] == ["place_outside_city"]
    assert set(made["elsewhere"]["text"]) == {"en", "es"}
    assert made["elsewhere"]["transfers"][0]["slug"] == "county-services"
    (contact,) = bench.events("contact.recorded", ContactRecorded)
    assert (contact.kind, contact.destination) == (ContactKind.REFERRED_ONWARD, "county-services")


@pytest.mark.requirement("LOC-08", "LOC-09")
async def test_whose_ground_and_which_asset_are_told_by_catalog_and_answers(bench: Bench) -> None:
    place = {"latitude": 34.0012, "longitude": -118.3}
    light = {"service_code": "single-streetlight-issue", "attributes": {"problem": "out", "pole_number": "P-1204"}}
    _, created = await report(bench, place, **light)
    assert (created.place.setting, created.place.asset_id) == (Setting.RIGHT_OF_WAY, "P-1204")
    _, created = await report(bench, place, attributes={"surface": "sign"})
    assert created.place.setting is Setting.RIGHT_OF_WAY
    _, created = await report(bench, place, attributes={"surface": "wall"})
    assert created.place.setting is None
    _, created = await report(bench, place | {"setting": "private_property"})
    assert created.place.setting is Setting.PRIVATE_PROPERTY


async def test_an_asset_is_a_number_and_no_place_for_words(bench: Bench) -> None:
    _, created = await report(bench, {"latitude": 34.0, "longitude": -118.3, "asset_id": "pat@example.org"})
    assert created.place.asset_id == "[e-mail]"
    bad = {"service_code": "graffiti-removal", "place": {"address": "1 Elm St", "asset_id": "a\x00b"}}
    answer = await bench.http.post("/requests", json=bad)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "place.asset_id")


async def test_places_are_looked_up_by_everybody(bench: Bench) -> None:
    found = (await bench.http.get("/places", params={"address": "150 oak ave"})).json()["candidates"]
    assert (found[0]["address"], found[0]["area"]) == ("150 N OAK AVE, 90001", {"council_district": "9"})
    here = (await bench.http.get("/places/reverse", params={"latitude": 34.0015, "longitude": -118.3})).json()
    assert (here["in_city"], here["nearest"]["address"]) == (True, "150 N OAK AVE, 90001")
    away = (await bench.http.get("/places/reverse", params={"latitude": 40, "longitude": -118.3})).json()
    assert (away["in_city"], away["nearest"]) == (False, None)
    assert away["elsewhere"]["transfers"]


@pytest.mark.requirement("LOC-03")
async def test_a_city_without_gazetteer_takes_every_address(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings)
    made, created = await report(bench, {"address": "150 N Oak Ave"})
    assert made["notices"] == ["place_unverified"]
    assert created.place.latitude is None
    assert (await bench.http.get("/places", params={"address": "150 N Oak Ave"})).json() == {"candidates": []}
