"""Where two streets cross: known, or where the addresses along both come closest."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from intake.domain.geocoding.addresses import Street
from intake.domain.geocoding.chains import Chain, Estimate
from intake.domain.geocoding.geometry import Spot, metres

_TOUCHING: Final = 250.0
_MARGIN: Final = 0.003
"""Degrees: a little more than that."""
Crossing = tuple[str, Spot, str]
"""What it is called, where it is, and its postcode."""


class Crossings:
    """The crossings of a city."""

    def __init__(self, known: Iterable[tuple[Street, Street, Spot, str]]) -> None:
        found: defaultdict[frozenset[str], list[Crossing]] = defaultdict(list)
        for one, two, spot, postcode in known:
            found[frozenset((one.name, two.name))].append((f"{one} AT {two}", spot, postcode))
        self._known: Mapping[frozenset[str], list[Crossing]] = found
        self.names = frozenset(name for pair in found for name in pair)

    def known(self, one: str, two: str) -> list[Crossing]:
        """Give the known crossings of streets of these names."""
        return self._known.get(frozenset((one, two)), [])

    def meeting(self, one: Chain, two: Chain) -> Estimate | None:
        """Say where two stretches come closest; None when they lie apart."""
        if _apart(one, two):
            return None
        first, second = (_spot(point) for point in nearest_points(_line(one), _line(two)))
        gap = metres(first, second)
        if gap > _TOUCHING:
            return None
        middle = Spot((first.latitude + second.latitude) / 2, (first.longitude + second.longitude) / 2)
        return Estimate(middle, 40.0 + gap, (_postcode(one, middle), _postcode(two, middle)))


def _apart(one: Chain, two: Chain) -> bool:
    """Tell by their boxes alone that two stretches cannot touch: most do not."""
    south, west, north, east = one.box
    below, left, above, right = two.box
    return south > above + _MARGIN or below > north + _MARGIN or west > right + _MARGIN or left > east + _MARGIN


def _line(chain: Chain) -> BaseGeometry:
    points = list(zip(chain.longitudes, chain.latitudes, strict=True))
    return LineString(points) if len(points) > 1 else Point(points[0])


def _spot(point: Point) -> Spot:
    return Spot(point.y, point.x)


def _postcode(chain: Chain, spot: Spot) -> str:
    nearest = min(range(len(chain.numbers)), key=lambda place: metres(chain.spot(place), spot))
    return chain.postcodes[nearest]
