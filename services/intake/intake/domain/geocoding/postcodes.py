"""Where each postcode lies, learnt from the known addresses: whether a place is near the one that was written."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from intake.domain.geocoding.geometry import Spot, metres

_NEAR: Final = 1500.0
_WITHIN, _BESIDE, _FAR, _UNKNOWN = 0.95, 0.8, 0.25, 0.45


class Postcodes:
    """The middle and reach of each postcode."""

    def __init__(self, known: Iterable[tuple[str, Spot]]) -> None:
        gathered: defaultdict[str, list[Spot]] = defaultdict(list)
        for postcode, spot in known:
            if postcode:
                gathered[postcode].append(spot)
        self._reaches: Mapping[str, tuple[Spot, float]] = {code: _reach(spots) for code, spots in gathered.items()}

    def fitting(self, postcode: str, spot: Spot) -> float:
        """Judge how well a place agrees with a postcode: inside, beside, far away, or a code nobody knows."""
        if postcode not in self._reaches:
            return _UNKNOWN
        middle, reach = self._reaches[postcode]
        beyond = metres(middle, spot) - reach
        return _WITHIN if beyond <= 0 else _BESIDE if beyond <= _NEAR else _FAR


def _reach(spots: list[Spot]) -> tuple[Spot, float]:
    count = len(spots)
    middle = Spot(sum(spot.latitude for spot in spots) / count, sum(spot.longitude for spot in spots) / count)
    away = sorted(metres(middle, spot) for spot in spots)
    return middle, away[int(0.9 * (count - 1))]
