"""Requests as points on a map (GeoJSON, RFC 7946)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

MEDIA_TYPE: Final = "application/geo+json"


def feature_collection(shown: Sequence[Mapping[str, Any]], following: str | None) -> dict[str, Any]:
    """Draw what everybody may see; a request whose position is not known has no geometry.

    >>> lamp = {"request_id": "r1", "latitude": 34.05, "longitude": -118.24, "status": "open"}
    >>> feature_collection([lamp], None)["features"][0]["geometry"]
    {'type': 'Point', 'coordinates': [-118.24, 34.05]}
    >>> feature_collection([{"request_id": "r2"}], "c")["features"][0]["geometry"] is None
    True
    """
    features = [_feature(request) for request in shown]
    return {"type": "FeatureCollection", "features": features, "next": following}


def _feature(request: Mapping[str, Any]) -> dict[str, Any]:
    known = "latitude" in request and "longitude" in request
    at = [request["longitude"], request["latitude"]] if known else None
    properties = {name: value for name, value in request.items() if name not in {"latitude", "longitude"}}
    geometry = {"type": "Point", "coordinates": at} if at else None
    return {"type": "Feature", "id": request["request_id"], "geometry": geometry, "properties": properties}
