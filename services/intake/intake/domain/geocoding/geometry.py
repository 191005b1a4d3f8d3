"""Distances on the ground, good to a metre within a city."""

import math
from typing import Final, NamedTuple

METRES_PER_DEGREE: Final = 111_195.0


class Spot(NamedTuple):
    """A point in WGS 84 degrees."""

    latitude: float
    longitude: float


def metres(one: Spot, other: Spot) -> float:
    """Measure the distance between two points in metres.

    >>> round(metres(Spot(34.0, -118.0), Spot(34.001, -118.001)))
    144
    """
    north = one.latitude - other.latitude
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return math.hypot(north, east) * METRES_PER_DEGREE


def between(one: Spot, other: Spot, share: float) -> Spot:
    """Go a share of the way from one point to the other; below 0 or above 1 it is beyond them.

    >>> between(Spot(34.0, -118.0), Spot(35.0, -118.0), 0.5)
    Spot(latitude=34.5, longitude=-118.0)
    """
    return Spot(
        one.latitude + (other.latitude - one.latitude) * share,
        one.longitude + (other.longitude - one.longitude) * share,
    )
