"""Query parameters that hold more than one value."""

from chassis.errors import FieldError, invalid

_CORNERS = 4


def box(bbox: str | None) -> tuple[float, float, float, float] | None:
    """Read `west,south,east,north`. Raises a 422 problem naming it.

    >>> box("-118.5,33.9,-118.1,34.2")
    (-118.5, 33.9, -118.1, 34.2)
    """
    if not bbox:
        return None
    corners = _numbers(bbox)
    if len(corners) != _CORNERS:
        raise invalid([FieldError(field="bbox", problem="Expected west,south,east,north in degrees.")])
    west, south, east, north = corners
    return west, south, east, north


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError:
        return ()


def listed(values: str | None) -> tuple[str, ...]:
    """Read values separated by commas.

    >>> listed("graffiti, potholes")
    ('graffiti', 'potholes')
    """
    return tuple(value.strip() for value in (values or "").split(",") if value.strip() and value.isprintable())
