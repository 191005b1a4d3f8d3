"""The gazetteer as it is kept: one JSON line a street, compressed."""

import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.city import City, load_boundaries
from intake.domain.geocoding import Gazetteer, Geocoder, NoGeocoder, Row, Spot, Street
from intake.domain.places.areas import Areas
from intake.domain.places.locating import Places

FILE_NAME: Final = "gazetteer.ndjson.gz"
_FORMAT: Final = 1


class GazetteerError(ValueError):
    """The file is no gazetteer of this format; the message says what to do."""


def open_places(city: City, gazetteer: Path | None = None) -> Places:
    """Read the gazetteer and the outlines of a city; where there is none, typed places wait for a person's look.

    Raises GazetteerError for a file that is no gazetteer, CityError for outlines that are none.
    """
    path = gazetteer or city.folder / FILE_NAME
    geocoder: Geocoder = Gazetteer(read_gazetteer(path)) if path.exists() else NoGeocoder()
    return Places(city, geocoder, Areas(city.profile.areas, load_boundaries(city.folder)))


def write_gazetteer(rows: Iterable[Row], path: Path) -> int:
    """Keep addresses, a line for each street and crossing; returns how many there are. A repeat is kept once."""
    gathered: defaultdict[tuple[Street, Street | None], set[tuple[Any, ...]]] = defaultdict(set)
    for row in rows:
        place = (row.number, round(row.spot.latitude, 6), round(row.spot.longitude, 6), row.postcode)
        gathered[row.street, row.crossing].add(place)
    count = sum(map(len, gathered.values()))
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wb") as file:
        file.write(orjson.dumps({"format": _FORMAT, "addresses": count}, option=orjson.OPT_APPEND_NEWLINE))
        for (street, crossing), at in sorted(gathered.items(), key=repr):
            line = {"street": list(street), "crossing": crossing and list(crossing), "at": sorted(at, key=repr)}
            file.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return count


def read_gazetteer(path: Path) -> Iterator[Row]:
    """Give the addresses kept. Raises GazetteerError for another format, or a file that is damaged."""
    try:
        with gzip.open(path, "rb") as file:
            if orjson.loads(file.readline()).get("format") != _FORMAT:
                raise GazetteerError(f"{path} is of another format; make it again with `make gazetteer`.")
            for line in file:
                yield from _rows(orjson.loads(line))
    except (OSError, EOFError, AttributeError, KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise GazetteerError(f"{path} cannot be read ({error}); make it again with `make gazetteer`.") from error


def _rows(line: dict[str, Any]) -> Iterator[Row]:
    street, crossing = Street(*line["street"]), Street(*line["crossing"]) if line["crossing"] else None
    for number, latitude, longitude, postcode in line["at"]:
        yield Row(street, number, crossing, postcode, Spot(latitude, longitude))
