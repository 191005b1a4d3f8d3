"""What every Open311 call says first: for which jurisdiction, and in which language."""

from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request

from chassis.errors import not_found
from chassis.principals import PUBLIC, allow
from contracts.city import City
from intake.domain.open311.parameters import Parameters
from intake.domain.policy import POLICY
from intake.endpoints.open311.receiving import from_address, from_form

FORMATS: Final = ("xml", "json")


def read(request: Request, fmt: str, city: City) -> Parameters:
    """Read a question to the city. Raises a 404 problem for another jurisdiction or format."""
    allow(POLICY, PUBLIC, "request.read")
    return checked(from_address(request), fmt, city)


async def read_form(request: Request, fmt: str, city: City) -> Parameters:
    """Read a form for the city. Raises a 404 problem for another jurisdiction or format."""
    return checked(await from_form(request), fmt, city)


def checked(given: Parameters, fmt: str, city: City) -> Parameters:
    """Pass on what was sent when its format and jurisdiction exist here."""
    if fmt not in FORMATS:
        raise not_found(f"format of this name; ask for {' or '.join(FORMATS)}")
    if given.get("jurisdiction_id") not in {None, city.profile.jurisdiction_id}:
        raise not_found("jurisdiction_id of this name")
    return given


def language_of(given: Parameters, city: City) -> str:
    """Tell the language asked for with `locale`, else the city's first."""
    asked = (given.get("locale") or "").partition("-")[0].partition("_")[0].lower()
    return asked if asked in city.profile.languages else city.profile.languages[0]


def zone_of(city: City) -> ZoneInfo:
    """Give the city's time zone."""
    return ZoneInfo(city.profile.time_zone)
