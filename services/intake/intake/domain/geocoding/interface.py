"""What every geocoder does, whoever makes it."""

from dataclasses import dataclass
from typing import Protocol

from intake.domain.geocoding.geometry import Spot


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may be meant. `confidence` (0 to 1): how sure that it is; `accuracy`: how far off in metres."""

    address: str
    spot: Spot
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Near:
    """The known address nearest to a point, and how far away in metres."""

    address: str
    metres: float


class Geocoder(Protocol):
    """Finds places by their address, and addresses by their place; in memory, at once."""

    def find(self, text: str) -> tuple[Candidate, ...]:
        """Find up to five candidates, the most likely first; none when nothing is like it."""

    def nearest(self, spot: Spot) -> Near | None:
        """Find the address nearest to a point; None when there is none around."""


class NoGeocoder:
    """A city without a gazetteer: nothing is found, every typed place waits for somebody to look at it."""

    def find(self, _text: str) -> tuple[Candidate, ...]:
        """Find nothing."""
        return ()

    def nearest(self, _spot: Spot) -> Near | None:
        """Find nothing."""
        return None
