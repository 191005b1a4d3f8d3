"""What a photo shows: behind an interface that a city may fill; by default nothing is recognised."""

from collections.abc import Mapping
from importlib import import_module
from typing import Protocol


class Recogniser(Protocol):
    """Looks at photos."""

    async def see(self, picture: bytes) -> Mapping[str, float]:
        """Say what a JPEG shows: labels, in any of the city's languages, and how sure (0 to 1)."""


class NoRecogniser:
    """Sees nothing: the default."""

    async def see(self, _picture: bytes) -> Mapping[str, float]:
        """See nothing."""
        return {}


def open_recogniser(place: str | None) -> Recogniser:
    """Make the recogniser that `package.module:Class` names; none is one that sees nothing."""
    if place is None:
        return NoRecogniser()
    module, _, name = place.partition(":")
    made: Recogniser = getattr(import_module(module), name)()
    return made
