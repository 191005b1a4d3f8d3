"""Where a report is: found from what was told, put into its areas, and doubted aloud rather than dropped."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.city import City, Service
from contracts.frontends import Answer, Place
from contracts.vocabulary import PlaceMethod, Setting
from intake.domain.geocoding import Candidate, Geocoder, Spot
from intake.domain.places.areas import Areas

SURE: Final = 0.5
"""The confidence from which a found address is used without a person's look."""
_BESIDE: Final = 80.0
_SETTINGS: Final[Mapping[str, Setting]] = {
    "right_of_way": Setting.RIGHT_OF_WAY,
    "private": Setting.PRIVATE_PROPERTY,
}
_ASSET: Final = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")


@dataclass(frozen=True, slots=True)
class Located:
    """A place as far as it is known; `doubt` says why a person must look at it, `candidates` what it may be."""

    place: Place
    doubt: str | None = None
    candidates: tuple[Candidate, ...] = ()
    outside: bool = False

    @property
    def notices(self) -> tuple[str, ...]:
        """What the reporter is told of it."""
        return (*(("place_outside_city",) if self.outside else ()), *(("place_unverified",) if self.doubt else ()))


@dataclass(frozen=True, slots=True)
class Places:
    """What is known of a city's ground."""

    city: City
    geocoder: Geocoder
    areas: Areas

    def locate(self, place: Place, service_code: str, answers: Mapping[str, Answer]) -> Located:
        """Fill in what was not told: position or address, areas, whose ground it is, and the asset."""
        service = self.city.services[service_code]
        found, doubt, candidates = self._found(place, service)
        spot = spot_of(place) or found.get("spot")
        known: dict[str, Any] = {
            "verified": spot is not None,
            "setting": place.setting or setting_of(service, answers),
            "asset_id": place.asset_id or asset_of(service, answers),
            **{name: value for name, value in found.items() if name != "spot"},
        }
        if spot and (areas := self.areas.of(spot)):
            known["area"] = areas | place.area
        return Located(place.model_copy(update=known), doubt, candidates, spot is not None and self.is_outside(spot))

    def is_outside(self, spot: Spot) -> bool:
        """Tell whether a point surely lies outside the city: by its outline, else by its box."""
        if not self.city.profile.bounding_box.holds(*spot):
            return True
        return self.areas.holds(spot) is False

    def _found(self, place: Place, service: Service) -> tuple[dict[str, Any], str | None, tuple[Candidate, ...]]:
        """Find the position of an address, or the address of a position; else say why it is doubted."""
        spot = spot_of(place)
        if spot is not None:
            return ({} if place.address else self._beside(spot)), None, ()
        if not (place.address or "").strip():
            return {}, "nothing_told" if service.location_required else None, ()
        candidates = self.geocoder.find(place.address or "")
        if not candidates:
            return {}, "not_found", ()
        best = candidates[0]
        if best.confidence < SURE:
            return {"confidence": best.confidence}, "uncertain", candidates
        return found_at(best, place.method), None, candidates

    def _beside(self, spot: Spot) -> dict[str, Any]:
        near = self.geocoder.nearest(spot)
        return {"address": near.address} if near and near.metres <= _BESIDE else {}


def spot_of(place: Place) -> Spot | None:
    """Give the told position.

    >>> spot_of(Place(latitude=34.05, longitude=-118.24))
    Spot(latitude=34.05, longitude=-118.24)
    """
    return None if place.latitude is None or place.longitude is None else Spot(place.latitude, place.longitude)


def found_at(candidate: Candidate, method: PlaceMethod | None) -> dict[str, Any]:
    """Say what is known of a place whose address was found; the address stays as it was written.

    >>> found = found_at(Candidate("1 OAK AVE", Spot(34.0, -118.0), confidence=0.9, accuracy=25.0), None)
    >>> found["latitude"], found["accuracy_metres"], found["method"].value
    (34.0, 25.0, 'typed')
    """
    return {
        "spot": candidate.spot,
        "latitude": round(candidate.spot.latitude, 6),
        "longitude": round(candidate.spot.longitude, 6),
        "accuracy_metres": candidate.accuracy,
        "confidence": candidate.confidence,
        "method": method or PlaceMethod.TYPED,
    }


def setting_of(service: Service, answers: Mapping[str, Answer]) -> Setting | None:
    """Tell whose ground it is: by an answer that says so, else by the kind of service; None where neither does.

    >>> from types import SimpleNamespace as Some
    >>> surface = Some(code="surface", options=(Some(key="sign", setting=Setting.RIGHT_OF_WAY),))
    >>> setting_of(Some(questions=(surface,), location_kind="any"), {"surface": "sign"}).value
    'right_of_way'
    >>> setting_of(Some(questions=(), location_kind="private"), {}).value
    'private_property'
    """
    for question in service.questions:
        given = answers.get(question.code)
        told = (option.setting for option in question.options if option.setting and option.key == given)
        if setting := next(told, None):
            return setting
    return _SETTINGS.get(service.location_kind)


def asset_of(service: Service, answers: Mapping[str, Answer]) -> str | None:
    """Read the id of the one asset meant, where the service asks for it and the answer looks like one.

    >>> from types import SimpleNamespace as Some
    >>> light = Some(asset_question="pole")
    >>> asset_of(light, {"pole": "P-12"}), asset_of(light, {"pole": "the red one"})
    ('P-12', None)
    """
    given = answers.get(service.asset_question) if service.asset_question else None
    return given if isinstance(given, str) and _ASSET.match(given) else None


def elsewhere(city: City) -> dict[str, Any] | None:
    """Say where to go with a place outside the city: words in every language, and whom to ask.

    >>> from types import SimpleNamespace as Some
    >>> elsewhere(Some(profile=Some(outside=None))) is None
    True
    """
    outside = city.profile.outside
    if outside is None:
        return None
    asked = [city.transfers[slug] for slug in outside.transfers]
    transfers = [{"slug": t.slug, "name": t.name.root, "phone": t.phone, "reasons": t.reasons.root} for t in asked]
    return {"text": outside.text.root, "transfers": transfers}
