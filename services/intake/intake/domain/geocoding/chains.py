"""One stretch of a street: its known house numbers in order, and where an unknown one must lie."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from intake.domain.geocoding.geometry import Spot, between, metres
from intake.domain.geocoding.numbering import Slope

METRES_PER_NUMBER: Final = 12.0
"""Neighbours further apart than this for each number between them lie on different stretches."""
_USUAL_METRES: Final = 2.0
_EXACT, _LEAST = 10.0, 25.0
_GAP_SHARE, _AHEAD_SHARE = 0.3, 0.5
"""The error as a share of the gap between neighbours, or of the way beyond the last: measured, 8 of 10 err less."""
_LOOK: Final = 8


class Known(NamedTuple):
    """A house number whose place is known."""

    number: int
    spot: Spot
    postcode: str


class Estimate(NamedTuple):
    """Where a number should be, how far off that may be in metres, and the postcodes around it."""

    spot: Spot
    error: float
    postcodes: tuple[str, ...]


class Chain:
    """A stretch of a street on which the numbers grow steadily."""

    __slots__ = ("box", "latitudes", "longitudes", "numbers", "postcodes")

    def __init__(self, known: Sequence[Known]) -> None:
        self.numbers = array("l", [point.number for point in known])
        self.latitudes = array("d", [point.spot.latitude for point in known])
        self.longitudes = array("d", [point.spot.longitude for point in known])
        self.postcodes = [point.postcode for point in known]
        self.box = (min(self.latitudes), min(self.longitudes), max(self.latitudes), max(self.longitudes))

    def spot(self, place: int) -> Spot:
        """Give the position of a known number by its place in the chain."""
        return Spot(self.latitudes[place], self.longitudes[place])

    def estimate(self, number: int, slope: Slope | None) -> Estimate:
        """Say where a number is: known, between its neighbours on its own side, or beyond the last known one."""
        place = bisect_left(self.numbers, number)
        if place < len(self.numbers) and self.numbers[place] == number:
            return Estimate(self.spot(place), _EXACT, (self.postcodes[place],))
        if 0 < place < len(self.numbers):
            return self._between(number, *self._bracket(number, place))
        return self._beyond(number, 0 if place == 0 else place - 1, slope)

    def _bracket(self, number: int, place: int) -> tuple[int, int]:
        """Choose the neighbours: those on the same side of the street, unless they are much further away."""
        low = next((n for n in range(place - 1, max(-1, place - _LOOK), -1) if self._aside(n, number)), place - 1)
        high = next((n for n in range(place, min(len(self.numbers), place + _LOOK)) if self._aside(n, number)), place)
        near = self.numbers[place] - self.numbers[place - 1]
        return (low, high) if self.numbers[high] - self.numbers[low] <= 2 * near else (place - 1, place)

    def _aside(self, place: int, number: int) -> bool:
        return (self.numbers[place] - number) % 2 == 0

    def _between(self, number: int, low: int, high: int) -> Estimate:
        first, last = self.spot(low), self.spot(high)
        share = (number - self.numbers[low]) / (self.numbers[high] - self.numbers[low])
        error = _LEAST + _GAP_SHARE * metres(first, last) * share * (1 - share)
        return Estimate(between(first, last, share), error, (self.postcodes[low], self.postcodes[high]))

    def _beyond(self, number: int, end: int, slope: Slope | None) -> Estimate:
        start, ahead = self.spot(end), number - self.numbers[end]
        away = abs(ahead) * _USUAL_METRES
        if slope is None:
            return Estimate(start, _LEAST + away, (self.postcodes[end],))
        spot = Spot(start.latitude + slope[0] * ahead, start.longitude + slope[1] * ahead)
        return Estimate(spot, _LEAST + _AHEAD_SHARE * away, (self.postcodes[end],))


def chains_of(known: Iterable[Known]) -> tuple[Chain, ...]:
    """Part a street's known numbers into stretches; a name used twice in a city becomes two.

    >>> far = [Known(100, Spot(33.7, -118.3), "90731"), Known(102, Spot(34.0, -118.2), "90012")]
    >>> len(chains_of(far)), len(chains_of([*far, Known(104, Spot(34.0, -118.2001), "90012")]))
    (2, 2)
    """
    open_chains: list[list[Known]] = []
    for point in sorted(known):
        fitting = [(metres(chain[-1].spot, point.spot), n) for n, chain in enumerate(open_chains)]
        away, nearest = min(fitting, default=(0.0, -1))
        if fitting and away <= METRES_PER_NUMBER * max(20, point.number - open_chains[nearest][-1].number):
            open_chains[nearest].append(point)
        else:
            open_chains.append([point])
    return tuple(Chain(chain) for chain in open_chains)
