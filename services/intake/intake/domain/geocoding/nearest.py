"""The known address nearest to a point, by a grid of small cells."""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

from intake.domain.geocoding.addresses import Street
from intake.domain.geocoding.chains import Chain
from intake.domain.geocoding.geometry import Spot, metres
from intake.domain.geocoding.interface import Near

_CELL: Final = 0.001
"""Degrees: about 100 metres."""
_RINGS: Final = 4


class Nearest:
    """Known addresses by the cell they lie in."""

    def __init__(self, stretches: Iterable[tuple[Street, Chain]]) -> None:
        self._stretches = tuple(stretches)
        self._cells: defaultdict[tuple[int, int], array[int]] = defaultdict(lambda: array("l"))
        for place, (_, chain) in enumerate(self._stretches):
            for point in range(len(chain.numbers)):
                self._cells[_cell(chain.spot(point))].extend((place, point))

    def find(self, spot: Spot) -> Near | None:
        """Give the nearest known address, looking ever further out to some 400 metres."""
        found: list[tuple[float, int, int]] = []
        for ring in range(_RINGS + 1):
            near_enough = bool(found)  # one ring more: a corner of this one may be further than a side of the next
            found += [
                (metres(spot, self._stretches[place][1].spot(n)), place, n) for place, n in self._ring(spot, ring)
            ]
            if near_enough:
                break
        return self._named(*min(found)) if found else None

    def _named(self, away: float, place: int, point: int) -> Near:
        street, chain = self._stretches[place]
        suffix = f", {chain.postcodes[point]}" if chain.postcodes[point] else ""
        return Near(f"{chain.numbers[point]} {street}{suffix}", round(away, 1))

    def _ring(self, spot: Spot, ring: int) -> Iterator[tuple[int, int]]:
        row, column = _cell(spot)
        for north in range(-ring, ring + 1):
            for east in range(-ring, ring + 1) if abs(north) == ring else {-ring, ring}:
                kept = self._cells.get((row + north, column + east), ())
                yield from zip(kept[::2], kept[1::2], strict=True)


def _cell(spot: Spot) -> tuple[int, int]:
    return int(spot.latitude // _CELL), int(spot.longitude // _CELL)
