"""Outlines of a city's areas, where their licence let them be shipped."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from contracts.city.load import load_city
from contracts.city.problems import CityError, Problem


@lru_cache(maxsize=8)
def load_boundaries(folder: Path) -> dict[str, dict[str, Any]]:
    """Return GeoJSON feature collections by kind of area; empty where the city ships none.

    Raises CityError for a file that is no feature collection, or of a kind that city.yaml does not name.
    """
    kinds = {area.kind for area in load_city(folder).profile.areas}
    paths = sorted((folder / "boundaries").glob("*.geojson"))
    problems = [problem for path in paths for problem in _problems(path, kinds)]
    if problems:
        raise CityError(folder, problems)
    return {path.stem: json.loads(path.read_bytes()) for path in paths}


def _problems(path: Path, kinds: set[str]) -> list[Problem]:
    """Return what is wrong with one file."""
    if path.stem not in kinds:
        return [Problem(path, 1, "the file", f"'{path.stem}' is no kind of area of city.yaml; rename the file")]
    try:
        right = json.loads(path.read_bytes()).get("type") == "FeatureCollection"
    except (json.JSONDecodeError, AttributeError):
        right = False
    return [] if right else [Problem(path, 1, "the file", "is no GeoJSON feature collection; export it as one")]
