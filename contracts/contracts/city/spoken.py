"""How residents ask for a service in their own words; what a reader of free text is first trained on."""

from typing import Final

from contracts.city.base import CityModel, LocalizedWords, Slug

FEWEST: Final = 12
"""Ways of asking for a service that each language needs: with fewer, a reader learns the phrases and not the matter."""


class Spoken(CityModel):
    """A service in residents' words, by language."""

    service: Slug
    said: LocalizedWords


class SpokenFile(CityModel):
    """`phrases.yaml`."""

    services: tuple[Spoken, ...]
