"""Which areas a point lies in, by the outlines of a city."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from contracts.city import AreaKind
from intake.domain.geocoding import Spot

_FEATURES: Final = "features"
_ROUGH: Final = 0.0005
"""Degrees, about fifty metres: as fine as a page is drawn."""


class Areas:
    """A city's outlines by kind of area; GeoJSON feature collections, loaded once."""

    def __init__(self, kinds: Sequence[AreaKind], outlines: Mapping[str, Mapping[str, Any]]) -> None:
        self._layers = {kind.kind: _Layer(kind, outlines[kind.kind]) for kind in kinds if kind.kind in outlines}
        self._whole = next(
            (self._layers[kind.kind] for kind in kinds if kind.whole and kind.kind in self._layers), None
        )

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of area whose outlines are known."""
        return frozenset(self._layers)

    def ids(self, kind: str) -> tuple[str, ...]:
        """Name the areas of a kind whose outlines are known."""
        return self._layers[kind].names if kind in self._layers else ()

    def outlines(self, kind: str, area: str | None = None) -> list[list[tuple[float, float]]]:
        """Give the outlines of a kind of area, or of one area, roughly: longitudes and latitudes to draw."""
        return self._layers[kind].rings(area) if kind in self._layers else []

    def of(self, spot: Spot) -> dict[str, str]:
        """Name the area of each kind that a point lies in; a kind without one is left out."""
        found = {kind: layer.find(spot) for kind, layer in self._layers.items()}
        return {kind: area for kind, area in found.items() if area}

    def holds(self, spot: Spot) -> bool | None:
        """Tell whether a point lies in the city by its outline; None where none is known."""
        return None if self._whole is None else self._whole.find(spot) is not None


class _Layer:
    def __init__(self, kind: AreaKind, outlines: Mapping[str, Any]) -> None:
        features = [feature for feature in outlines[_FEATURES] if feature.get("geometry")]
        shapes: list[BaseGeometry] = [shape(feature["geometry"]) for feature in features]
        shapely.prepare(shapes)
        self._ids = [area_id(feature["properties"].get(kind.id_property)) for feature in features]
        self._tree = shapely.STRtree(shapes)
        self.names = tuple(sorted(set(self._ids)))

    def rings(self, area: str | None) -> list[list[tuple[float, float]]]:
        chosen = [one for name, one in zip(self._ids, self._tree.geometries, strict=True) if area in {None, name}]
        rough = shapely.get_parts(shapely.simplify(chosen, _ROUGH))
        return [list(part.exterior.coords) for part in rough if part.geom_type == "Polygon"]

    def find(self, spot: Spot) -> str | None:
        found = self._tree.query(shapely.Point(spot.longitude, spot.latitude), predicate="intersects")
        return self._ids[int(found[0])] if len(found) else None


def area_id(told: object) -> str:
    """Write an id as text; GeoJSON made by tools has 13.0 for 13.

    >>> area_id(13.0), area_id("13"), area_id("SYLMAR NC")
    ('13', '13', 'SYLMAR NC')
    """
    return str(int(told)) if isinstance(told, float) and told.is_integer() else str(told)
