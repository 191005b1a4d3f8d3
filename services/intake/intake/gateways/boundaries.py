"""`python -m intake.gateways.boundaries FILE FOLDER [--kind KIND] [--id PROPERTY]`: outlines of areas for a city.

Takes any GeoJSON feature collection, checks every outline and writes `boundaries/<kind>.geojson` of the city folder,
with nothing but ids and shapes; the ids stand under the property that city.yaml names.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from contracts.city import AreaKind, CityError, Profile, load_boundaries, load_city
from intake.domain.places.areas import area_id

_KINDS: Final = ("Polygon", "MultiPolygon")
_USUAL: Final = ("id", "name", "external_id")
_GRID: Final = 1e-6
"""Degrees; about ten centimetres."""
SLIVER, SAME = 0.05, 0.9
"""Of the smaller one's ground: outlines drawn apart overlap by slivers; by nearly all, one of them is a mistake."""


class BoundariesError(Exception):
    """The file cannot be used; the message says what is wrong, where, and what to do."""


def outlines_of(
    path: Path, kind: AreaKind, profile: Profile, named: str | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Read and check every outline, and tell where they overlap. Raises BoundariesError that names each fault."""
    features = _features(path)
    name = named or _id_property(features, kind)
    read = [_outline(number, feature, name, kind) for number, feature in enumerate(features, 1)]
    faults = [outline for outline in read if isinstance(outline, str)]
    good = [outline for outline in read if not isinstance(outline, str)]
    shared = _overlaps(good)
    faults += [f"{words}: one of them is a mistake" for words, part in shared if part >= SAME] + _away(good, profile)
    if faults:
        raise BoundariesError("\n".join(f"{path}: {fault}" for fault in faults))
    return [_feature(area, outline, kind) for area, outline in good], [words for words, _ in shared]


def _features(path: Path) -> list[Mapping[str, Any]]:
    try:
        read = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BoundariesError(f"{path} cannot be read as JSON: {error}") from error
    features = read.get("features") if isinstance(read, dict) and read.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features or not all(isinstance(one, dict) for one in features):
        raise BoundariesError(f"{path} is no GeoJSON feature collection with outlines in it; export it as one.")
    return features


def _id_property(features: Sequence[Mapping[str, Any]], kind: AreaKind) -> str:
    """Find the property that tells the outlines apart, where none was named."""
    for name in dict.fromkeys((kind.id_property, *_USUAL)):
        if all(_properties(feature).get(name) not in {None, ""} for feature in features):
            return name
    known = ", ".join(sorted({name for feature in features for name in _properties(feature)})) or "none"
    raise BoundariesError(f"No property names every outline; say which one with ID=… (there are: {known}).")


def _properties(feature: Mapping[str, Any]) -> Mapping[str, Any]:
    told = feature.get("properties")
    return told if isinstance(told, dict) else {}


def _outline(number: int, feature: Mapping[str, Any], name: str, kind: AreaKind) -> tuple[str, BaseGeometry] | str:
    """Read one outline; a text says what is wrong with it."""
    told = _properties(feature).get(name)
    if not isinstance(told, str | int | float) or isinstance(told, bool) or not str(told).strip():
        return f"feature {number}: its property '{name}' is no id; name another with ID=…"
    area = area_id(told).strip()
    if kind.ids and area not in kind.ids:
        return f"feature {number}: '{area}' is none of the ids of {kind.kind} in city.yaml; correct one of the two"
    found = _shape(feature.get("geometry"))
    return f"feature {number} ({area}): {found}" if isinstance(found, str) else (area, found)


def _shape(geometry: Any) -> BaseGeometry | str:
    if not isinstance(geometry, dict) or geometry.get("type") not in _KINDS:
        return "is no Polygon or MultiPolygon"
    try:
        found = shape(geometry)
    except (ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        return f"its coordinates cannot be read: {error}"
    if found.is_empty or not found.is_valid:
        return f"{shapely.is_valid_reason(found)}; mend the outline where you made it"
    west, south, east, north = found.bounds
    in_degrees = -180 <= west <= east <= 180 and -90 <= south <= north <= 90  # noqa: PLR2004 - the globe
    return found if in_degrees else "is not in degrees of longitude and latitude; export it as WGS 84"


def _overlaps(outlines: Sequence[tuple[str, BaseGeometry]]) -> list[tuple[str, float]]:
    """Tell which areas overlap by more than a sliver, and by how much; a place in both counts in the first one."""
    shapes = [outline for _, outline in outlines]
    pairs = shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist() if shapes else []
    found = []
    for first, second in ((a, b) for a, b in pairs if a < b and outlines[a][0] != outlines[b][0]):
        part = shapes[first].intersection(shapes[second]).area / min(shapes[first].area, shapes[second].area)
        if part > SLIVER:
            words = f"{outlines[first][0]} and {outlines[second][0]} overlap by {part:.0%} of the smaller one"
            found.append((words, part))
    return found


def _away(outlines: Sequence[tuple[str, BaseGeometry]], profile: Profile) -> list[str]:
    box = profile.bounding_box
    city = shapely.box(box.west, box.south, box.east, box.north)
    text = "lies nowhere in the city's bounding box; is it another city's, or are its coordinates swapped?"
    return [f"{area} {text}" for area, outline in outlines if not outline.intersects(city)]


def _feature(area: str, outline: BaseGeometry, kind: AreaKind) -> dict[str, Any]:
    smaller = shapely.set_precision(outline, _GRID)
    return {"type": "Feature", "properties": {kind.id_property: area}, "geometry": mapping(smaller)}


def write_boundaries(
    path: Path, folder: Path, named: str | None, kind_named: str | None
) -> tuple[Path, int, list[str]]:
    """Put a file's outlines into a city folder; gives where, how many, what overlaps. Raises CityError too."""
    profile = load_city(folder).profile
    kind = _kind(profile, kind_named or path.stem)
    features, shared = outlines_of(path, kind, profile, named)
    target = folder / "boundaries" / f"{kind.kind}.geojson"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(_lines(features)))
    load_boundaries.cache_clear()
    load_boundaries(folder)
    return target, len(features), shared


def _lines(features: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield '{"type": "FeatureCollection", "features": [\n'
    yield ",\n".join(json.dumps(feature) for feature in features)
    yield "\n]}\n"


def _kind(profile: Profile, named: str) -> AreaKind:
    kinds = {kind.kind: kind for kind in profile.areas}
    if named not in kinds:
        known = ", ".join(kinds) or "none"
        raise BoundariesError(f"'{named}' is no kind of area of city.yaml; say which with KIND=… (there are: {known}).")
    return kinds[named]


def main(arguments: Sequence[str]) -> int:
    """Make the outlines of a city; 1 when the file or the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="boundaries")
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", default=None, help="the kind of area in city.yaml; else the file's name")
    parser.add_argument("--id", default=None, help="the property that is an outline's id")
    told = parser.parse_args(arguments)
    try:
        path, count, shared = write_boundaries(told.file, told.folder, told.id, told.kind)
    except (BoundariesError, CityError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for words in shared:
        sys.stdout.write(f"{words}; a place in both counts in the first.\n")
    sys.stdout.write(f"{count} outlines in {path}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
