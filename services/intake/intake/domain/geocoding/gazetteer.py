"""The offline geocoder: a city's known addresses, read along their streets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from intake.domain.geocoding.addresses import Street, Written, read_address
from intake.domain.geocoding.chains import Chain, Estimate, Known, chains_of
from intake.domain.geocoding.crossings import Crossings
from intake.domain.geocoding.geometry import Spot, metres
from intake.domain.geocoding.interface import Candidate, Near
from intake.domain.geocoding.names import Names
from intake.domain.geocoding.nearest import Nearest
from intake.domain.geocoding.numbering import Numbering
from intake.domain.geocoding.postcodes import Postcodes

MOST: Final = 5
_WRONG_TYPE, _NO_TYPE = 0.65, 0.97
_WRONG_DIRECTION, _NO_DIRECTION = 0.55, 0.97
_NO_POSTCODE: Final = 0.97
_SAME_PLACE: Final = 150.0
_HALF_SURE: Final = 320.0
"""An expected error of so many metres halves the confidence."""


class Row(NamedTuple):
    """One known address: a number on a street, or a crossing of two."""

    street: Street
    number: int | None
    crossing: Street | None
    postcode: str
    spot: Spot


class _Stretch(NamedTuple):
    street: Street
    chain: Chain


class Gazetteer:
    """Finds addresses among a city's known ones; a number nobody knows is placed between its neighbours."""

    def __init__(self, rows: Iterable[Row]) -> None:
        streets: defaultdict[Street, set[Known]] = defaultdict(set)
        crossings: list[Row] = []
        for row in rows:
            if row.number is not None:
                streets[row.street].add(Known(row.number, row.spot, row.postcode))
            elif row.crossing is not None:
                crossings.append(row)
        self._stretches = _stretches(streets)
        self._crossings = Crossings(
            (row.street, row.crossing, row.spot, row.postcode) for row in crossings if row.crossing
        )
        self._names = Names([*self._stretches, *self._crossings.names])
        self._numbering = Numbering(
            (street.direction, point.number, point.spot) for street, known in streets.items() for point in known
        )
        self._postcodes = Postcodes((point.postcode, point.spot) for known in streets.values() for point in known)
        self._nearest = Nearest(
            (stretch.street, stretch.chain) for found in self._stretches.values() for stretch in found
        )
        self.addresses = sum(map(len, streets.values()))

    def find(self, text: str) -> tuple[Candidate, ...]:
        """Find up to five candidates, the most likely first; none when no street is like it."""
        written = read_address(text)
        return _ranked(self._candidates(written)) if written else ()

    def nearest(self, spot: Spot) -> Near | None:
        """Find the known address nearest to a point, within some 500 metres."""
        return self._nearest.find(spot)

    def _candidates(self, written: Written) -> Iterator[Candidate]:
        if written.crossing is not None:
            yield from self._crossing_candidates(written, written.crossing)
            return
        for stretch, score in self._matches(written.street):
            estimate = self._estimate(stretch, written.number)
            number = f"{written.number} " if written.number is not None else ""
            yield self._candidate(f"{number}{stretch.street}", estimate, score, written.postcode)

    def _estimate(self, stretch: _Stretch, number: int | None) -> Estimate:
        if number is None:
            return _middle(stretch.chain)
        slope = self._numbering.slope(stretch.street.direction, stretch.chain.spot(0))
        return stretch.chain.estimate(number, slope)

    def _matches(self, wanted: Street) -> Iterator[tuple[_Stretch, float]]:
        for name, likeness in self._like(wanted).items():
            for stretch in self._stretches.get(name, ()):
                yield stretch, likeness * _fitting(wanted, stretch.street)

    def _like(self, wanted: Street) -> Mapping[str, float]:
        """Find names like the one written; when none is, its last word may be a misspelt type."""
        found = self._names.like(wanted.name)
        shorter, _, last = wanted.name.rpartition(" ")
        if found or wanted.type or not shorter or last[0].isdigit():
            return found
        return {name: likeness * _NO_TYPE for name, likeness in self._names.like(shorter).items()}

    def _crossing_candidates(self, written: Written, other: Street) -> Iterator[Candidate]:
        ones, others = self._like(written.street), self._like(other)
        for one, likeness in ones.items():
            for two, second in others.items():
                known = self._crossings.known(one, two)
                for label, spot, postcode in known:
                    estimate = Estimate(spot, 15.0, (postcode,))
                    yield self._candidate(label, estimate, likeness * second, written.postcode)
                if not known:
                    yield from self._met(written, one, two, likeness * second)

    def _met(self, written: Written, one: str, two: str, score: float) -> Iterator[Candidate]:
        """Say where two streets should meet, from the known addresses along both."""
        for first in self._stretches.get(one, ()):
            for second in self._stretches.get(two, ()):
                found = self._crossings.meeting(first.chain, second.chain)
                if found:
                    label = f"{first.street} AT {second.street}"
                    fits = (
                        score
                        * _fitting(written.street, first.street)
                        * _fitting(written.crossing or second.street, second.street)
                    )
                    yield self._candidate(label, found, fits, written.postcode)

    def _candidate(self, label: str, estimate: Estimate, score: float, postcode: str | None) -> Candidate:
        here = estimate.postcodes[0] if estimate.postcodes else ""
        sure = score * self._agreeing(postcode, estimate) / (1 + (estimate.error / _HALF_SURE) ** 2)
        return Candidate(f"{label}, {here}" if here else label, estimate.spot, sure, estimate.error)

    def _agreeing(self, postcode: str | None, estimate: Estimate) -> float:
        if postcode is None:
            return _NO_POSTCODE
        return 1.0 if postcode in estimate.postcodes else self._postcodes.fitting(postcode, estimate.spot)


def _stretches(streets: Mapping[Street, Iterable[Known]]) -> Mapping[str, list[_Stretch]]:
    found: defaultdict[str, list[_Stretch]] = defaultdict(list)
    for street, known in streets.items():
        found[street.name] += [_Stretch(street, chain) for chain in chains_of(known)]
    return found


def _middle(chain: Chain) -> Estimate:
    length = metres(chain.spot(0), chain.spot(-1))
    return Estimate(chain.spot(len(chain.numbers) // 2), 300.0 + length / 2, tuple(set(chain.postcodes)))


def _fitting(wanted: Street, street: Street) -> float:
    """Judge direction and type; one that was left out says little, a different one a lot."""
    kind = 1.0 if wanted.type == street.type else _WRONG_TYPE if wanted.type and street.type else _NO_TYPE
    if wanted.direction == street.direction:
        return kind
    return kind * (_WRONG_DIRECTION if wanted.direction and street.direction else _NO_DIRECTION)


def _ranked(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Order by confidence; places that rival the best take from its confidence."""
    ranked = sorted(found, key=lambda candidate: -candidate.confidence)
    kept: list[Candidate] = []
    for candidate in ranked:
        if len(kept) < MOST and all(metres(candidate.spot, other.spot) > _SAME_PLACE for other in kept):
            kept.append(candidate)
    weights = [candidate.confidence**4 for candidate in kept]
    total = sum(weights) or 1.0
    return tuple(
        Candidate(c.address, c.spot, round(c.confidence * weight / total, 3), round(c.accuracy, 1))
        for c, weight in zip(kept, weights, strict=True)
    )
