"""Requests of a file as routing's rules look at them: a city's own export, or its plain form."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from contracts.city import City, LegacyImport
from routing.domain.rules import Question

PLAIN: Final[Mapping[str, str]] = {
    "number": "id", "type": "type", "owner": "dept", "created": "created", "latitude": "lat", "longitude": "lon",
    "source": "channel",
}  # fmt: skip
"""Column by fact in the plain form; `type` and `dept` must be there, times are ISO 8601 in the city's own time."""


@dataclass(frozen=True, slots=True)
class Past:
    """A request that once was: its number, its type as written, who had it, and what the rules may look at.

    `service_code` and `owner` are None where the city's mapping does not know what the file says.
    """

    number: str
    type: str
    recorded: str
    service_code: str | None
    owner: str | None
    question: Question


class Shape:
    """How one file's columns and codes are read; raises ValueError, naming file and columns, for an unknown shape."""

    def __init__(self, path: Path, columns: Mapping[str, str], city: City) -> None:
        self._path, self._city = path, city
        shapes = [(m, _columns(m)) for m in city.imports.values()] + [(None, dict(PLAIN))]
        for mapping, named in shapes:
            if columns.keys() >= {named["type"], named["owner"]}:
                self._mapping, self._named = mapping, {fact: n for fact, n in named.items() if n in columns}
                break
        else:
            wanted = " or ".join(f"{named['type']} and {named['owner']}" for _, named in shapes)
            raise ValueError(f"{path} needs the columns {wanted}; it has {', '.join(columns) or 'none'}.")
        self._types, self._owners = _types(city), _owners(city)
        self._sources = {k: v for m in city.imports.values() for k, v in m.sources.items()}
        self._zone = ZoneInfo(self._mapping.time_zone if self._mapping else city.profile.time_zone)
        self._time_format = self._mapping.time_format if self._mapping else None

    def read(self, number: int, row: Mapping[str, str]) -> Past:
        """Read one row; raises ValueError that names file, row and column."""
        told = {fact: (row.get(column) or "").strip() for fact, column in self._named.items()}
        if not told["type"]:
            raise self._wrong(number, "type", "is empty")
        code, source = self._types.get(told["type"].casefold()), self._sources.get(told.get("source", ""))
        areas = {kind: _tidy(row[column]) for kind, column in self._areas(row).items() if row.get(column)}
        spot, opened_at = self._spot(number, told), self._moment(number, told)
        channel = source.channel if source else None
        question = Question(code or "", {}, areas, spot, None, channel, opened_at, is_history=True)
        owner = self._owners.get(told["owner"].casefold())
        return Past(told.get("number") or str(number), told["type"], told["owner"], code, owner, question)

    def _areas(self, row: Mapping[str, str]) -> Mapping[str, str]:
        if self._mapping:
            return self._mapping.columns.areas
        return {"council_district": "cd", "neighborhood_council": "nc"} if "cd" in row else {}

    def _spot(self, number: int, told: Mapping[str, str]) -> tuple[float, float] | None:
        if not (told.get("latitude") and told.get("longitude")):
            return None
        return self._degrees(number, told, "latitude", 90), self._degrees(number, told, "longitude", 180)

    def _degrees(self, number: int, told: Mapping[str, str], fact: str, most: float) -> float:
        try:
            degrees = float(told[fact])
        except ValueError:
            raise self._wrong(number, fact, f"{told[fact]!r} is no number") from None
        if not -most <= degrees <= most:
            raise self._wrong(number, fact, f"{told[fact]} is no number of degrees")
        return degrees

    def _moment(self, number: int, told: Mapping[str, str]) -> datetime | None:
        text, form = told.get("created"), self._time_format
        if not text:
            return None
        try:
            moment = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError:
            raise self._wrong(number, "created", f"{text!r} is no time as {form or 'ISO 8601'}") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)

    def _wrong(self, number: int, fact: str, text: str) -> ValueError:
        return ValueError(f"{self._path}, row {number}, column {self._named[fact]}: {text}.")


def read_past(path: Path, rows: Iterator[Mapping[str, str]], city: City) -> Iterator[Past]:
    """Read every request of a file, from row 2, behind the heading, on. Raises ValueError for what it cannot read."""
    first = next(rows, None)
    if first is None:
        raise ValueError(f"{path} has no rows.")
    shape = Shape(path, first, city)
    yield shape.read(2, first)
    for number, row in enumerate(rows, 3):
        yield shape.read(number, row)


def _columns(mapping: LegacyImport) -> dict[str, str]:
    columns = mapping.columns
    return {fact: getattr(columns, fact) for fact in PLAIN}


def _types(city: City) -> dict[str, str]:
    """Services by every name an older file may give them: codes, names, and the mappings of exports last."""
    named = {name: code for code, service in city.services.items() for name in (code, *service.name.root.values())}
    named |= {name: code for code, service in city.services.items() for name in service.legacy_types}
    named |= {name: code for mapping in city.imports.values() for name, code in mapping.types.items()}
    return {name.casefold(): code for name, code in named.items()}


def _owners(city: City) -> dict[str, str]:
    """Agencies by every code an older file may give them; a code that was renamed is listed under both."""
    named = {name: slug for slug, agency in city.agencies.items() for name in (slug, *agency.codes)}
    named |= {name: slug for mapping in city.imports.values() for name, slug in mapping.owners.items()}
    return {name.casefold(): slug for name, slug in named.items()}


def _tidy(area: str) -> str:
    """Write a number of an area as people do: `13.0` is `13`."""
    return area.removesuffix(".0")
