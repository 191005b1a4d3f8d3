"""Outlines of areas: checked and taken into a city folder by command; reports and look-ups carry their district."""

import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.city import load_boundaries
from contracts.intake import RequestCreated
from intake.app import build
from intake.gateways.boundaries import main
from intake.settings import Settings

CITIES = Path(__file__).parents[3] / "cities"
WEST, SOUTH = -118.30, 34.00
BenchFactory = Callable[..., Awaitable[Bench]]


def square(west: float, south: float, size: float = 0.02) -> dict[str, Any]:
    """Draw a square; a hole in its middle, since outlines may have some."""
    corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
    ring = [[west + x * size, south + y * size] for x, y in corners]
    hole = [[west + (0.45 + x * 0.1) * size, south + (0.45 + y * 0.1) * size] for x, y in reversed(corners)]
    return {"type": "Polygon", "coordinates": [ring, hole]}


def feature(told: Any, geometry: Any, name: str = "DISTRICT") -> dict[str, Any]:
    """Write an outline as a city's own export has it, with more properties than anybody asked for."""
    return {"type": "Feature", "properties": {name: told, "OBJECTID": 7, "councilor": "x"}, "geometry": geometry}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


@pytest.fixture
def city(tmp_path: Path) -> Path:
    folder = tmp_path / "los-angeles"
    shutil.copytree(CITIES / "los-angeles", folder)
    return folder


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Two districts side by side, the second of two parts, its number written as tools write it."""
    path = tmp_path / "export.geojson"
    parts = [square(WEST + 0.02, SOUTH)["coordinates"], square(WEST + 0.06, SOUTH)["coordinates"]]
    second = {"type": "MultiPolygon", "coordinates": parts}
    path.write_text(json.dumps(collection(feature("9", square(WEST, SOUTH)), feature(10.0, second))))
    return path


@pytest.mark.requirement("LOC-07")
async def test_a_report_carries_its_district_once_the_outlines_are_there(
    bench_factory: BenchFactory, city: Path, export: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "intake.gateways.boundaries", str(export), str(city)]
    done = subprocess.run(
        [*command, "--kind", "council_district", "--id", "DISTRICT"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout.startswith("2 outlines in ")
    bench = await bench_factory(build, Settings, city=city, photo_store=str(tmp_path / "photos"))
    inside, part, hole, away = (
        (SOUTH + 0.002, WEST + 0.002), (SOUTH + 0.002, WEST + 0.065),
        (SOUTH + 0.01, WEST + 0.01), (SOUTH + 0.1, WEST + 0.1),
    )  # fmt: skip
    here = [(await bench.http.get("/places/reverse", params=at(spot))).json() for spot in (inside, part, hole, away)]
    assert [place["area"].get("council_district") for place in here] == ["9", "10", None, None]
    assert [place["in_city"] for place in here] == [True, True, False, False]
    report = {"service_code": "graffiti-removal", "place": at(part)}
    made = await bench.http.post("/requests", json=report)
    assert made.status_code == 201, made.text
    outside = await bench.http.post("/requests", json=report | {"place": at(away)})
    assert (outside.status_code, outside.json()["elsewhere"]["transfers"] != []) == (201, True), "diverted, not refused"
    await bench.quiet()
    created = bench.events("request.created", RequestCreated)
    areas = {one.about.tracking_number: one.place.area for one in created}
    assert areas == {made.json()["tracking_number"]: {"council_district": "10"}, outside.json()["tracking_number"]: {}}


def at(spot: tuple[float, float]) -> dict[str, float]:
    return {"latitude": spot[0], "longitude": spot[1]}


def test_nothing_but_ids_and_shapes_is_taken_in(city: Path, export: Path) -> None:
    assert main([str(export), str(city), "--kind", "council_district", "--id", "DISTRICT"]) == 0
    kept = load_boundaries(city)["council_district"]["features"]
    assert [one["properties"] for one in kept] == [{"name": "9"}, {"name": "10"}]


def test_the_file_may_be_named_as_its_kind_and_have_the_usual_property(city: Path, tmp_path: Path) -> None:
    path = tmp_path / "neighborhood_council.geojson"
    path.write_text(json.dumps(collection(feature("OLD TOWN NC", square(WEST, SOUTH), "name"))))
    assert main([str(path), str(city)]) == 0


BOW = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
WRONG: dict[str, tuple[Any, str]] = {
    "no json": ("{", "cannot be read as JSON"),
    "no collection": (square(WEST, SOUTH), "is no GeoJSON feature collection"),
    "nothing in it": (collection(), "is no GeoJSON feature collection"),
    "an unknown district": (collection(feature("77", square(WEST, SOUTH))), "feature 1: '77' is none of the ids"),
    "no id": (collection(feature(None, square(WEST, SOUTH))), "feature 1: its property 'DISTRICT' is no id"),
    "a point": (collection(feature("9", {"type": "Point", "coordinates": [0, 0]})), "feature 1 (9): is no Polygon"),
    "a bow": (collection(feature("9", BOW)), "feature 1 (9): Self-intersection"),
    "open coordinates": (
        collection(feature("9", {"type": "Polygon", "coordinates": [[[0, "x"]]]})), "coordinates cannot be read",
    ),
    "metres": (collection(feature("9", square(360_000, 3_700_000, 9000))), "not in degrees"),
    "another city": (collection(feature("9", square(2.3, 48.8))), "9 lies nowhere in the city's bounding box"),
    "an overlap": (
        collection(feature("9", square(WEST, SOUTH)), feature("8", square(WEST + 0.0002, SOUTH))), "9 and 8 overlap",
    ),
}  # fmt: skip


@pytest.mark.requirement("LOC-07")
@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_cannot_be_used_is_refused_by_feature(
    city: Path, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given, said = WRONG[what]
    path = tmp_path / "council_district.geojson"
    path.write_text(given if isinstance(given, str) else json.dumps(given))
    assert main([str(path), str(city), "--id", "DISTRICT"]) == 1
    assert said in capsys.readouterr().err
    assert not (city / "boundaries" / "council_district.geojson").exists()


def test_an_overlap_is_told(city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "council_district.geojson"
    path.write_text(json.dumps(collection(feature("9", square(WEST, SOUTH)), feature("8", square(WEST + 0.01, SOUTH)))))
    assert main([str(path), str(city), "--id", "DISTRICT"]) == 0
    assert "9 and 8 overlap by" in capsys.readouterr().out


def test_an_unknown_kind_is_refused_with_those_there_are(
    city: Path, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(export), str(city)]) == 1
    assert "KIND=… (there are: council_district" in capsys.readouterr().err
