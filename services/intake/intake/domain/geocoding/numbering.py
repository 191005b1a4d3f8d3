"""How house numbers grow across a neighbourhood: parallel streets count alike."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from intake.domain.geocoding.geometry import Spot

_CELLS: Final = (0.02, 0.06)
"""Degrees: about two kilometres, and six where too little is known within two."""
_FEWEST, _FIT = 6, 0.5
Slope = tuple[float, float]
"""Degrees of latitude and of longitude for one house number."""
_Key = tuple[str, float, int, int]


class Numbering:
    """The growth of house numbers by neighbourhood and direction, learnt from the known addresses."""

    def __init__(self, known: Iterable[tuple[str, int, Spot]]) -> None:
        gathered: defaultdict[_Key, list[tuple[int, Spot]]] = defaultdict(list)
        for direction, number, spot in known:
            if direction:
                for key in _keys(direction, spot):
                    gathered[key].append((number, spot))
        self._slopes: Mapping[_Key, Slope] = {
            key: slope for key, points in gathered.items() if (slope := _fit(key[0], points))
        }

    def slope(self, direction: str, spot: Spot) -> Slope | None:
        """Tell how far one house number goes here; None where too little is known."""
        return next((self._slopes[key] for key in _keys(direction, spot) if key in self._slopes), None)


def _keys(direction: str, spot: Spot) -> list[_Key]:
    return [(direction, size, int(spot.latitude // size), int(spot.longitude // size)) for size in _CELLS]


def _fit(direction: str, points: list[tuple[int, Spot]]) -> Slope | None:
    """Fit a line through number and position along the streets' direction, if they go together at all."""
    if len(points) < _FEWEST:
        return None
    upright = direction in {"N", "S"}
    numbers = [float(number) for number, _ in points]
    places = [spot.latitude if upright else spot.longitude for _, spot in points]
    mean_n, mean_p = sum(numbers) / len(points), sum(places) / len(points)
    cov = sum((n - mean_n) * (p - mean_p) for n, p in zip(numbers, places, strict=True))
    var_n = sum((n - mean_n) ** 2 for n in numbers)
    var_p = sum((p - mean_p) ** 2 for p in places)
    if not var_n or not var_p or cov * cov < _FIT * var_n * var_p:
        return None
    return (cov / var_n, 0.0) if upright else (0.0, cov / var_n)
