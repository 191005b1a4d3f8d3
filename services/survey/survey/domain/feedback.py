"""Reading what people say without having been asked: feedback, praise, complaints."""

from dataclasses import dataclass

from chassis.errors import FieldError
from contracts.city import City
from contracts.survey import FeedbackKind
from contracts.vocabulary import Channel

LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says; all but `kind` and `text` may be missing."""

    kind: FeedbackKind
    text: str
    category: str | None = None
    agency: str | None = None
    crew: str | None = None
    service_code: str | None = None
    tracking_number: str | None = None
    rating: int | None = None
    via: Channel = Channel.WEB
    language: str | None = None


def problems_of(told: Told, city: City) -> list[FieldError]:
    """Name every field that cannot be taken.

    A complaint says what it is about, so that the like can be counted; agency and service must be the city's.

    >>> from types import SimpleNamespace as Some
    >>> city = Some(survey=Some(categories=(Some(code="late"),)), agencies={"lights": 1}, services={})
    >>> complaint = Told(FeedbackKind.COMPLAINT, "It hums", agency="parks")
    >>> [error["field"] for error in problems_of(complaint, city)]
    ['category', 'agency']
    >>> problems_of(Told(FeedbackKind.PRAISE, "Thank you"), city)
    []
    """
    errors: list[FieldError] = []
    if not told.text.strip() or "\x00" in told.text:
        errors.append({"field": "text", "problem": "is empty; say in your own words what it is about"})
    categories = {category.code for category in city.survey.categories}
    if told.kind is FeedbackKind.COMPLAINT and categories and told.category not in categories:
        errors.append({"field": "category", "problem": f"must be one of {', '.join(sorted(categories))}"})
    if told.agency is not None and told.agency not in city.agencies:
        errors.append({"field": "agency", "problem": "is no agency of this city; leave it out where you do not know"})
    if told.service_code is not None and told.service_code not in city.services:
        errors.append({"field": "service_code", "problem": "is no service of this city; leave it out"})
    return errors


def whose(told: Told, city: City, closed_by: str | None) -> str:
    """Return whose matter it is: the agency named, else the one that closed the request, else the one that runs 311.

    >>> from types import SimpleNamespace as Some
    >>> city = Some(profile=Some(operator_agency="city-311"))
    >>> thanks = Told(FeedbackKind.PRAISE, "Thanks")
    >>> whose(thanks, city, "lights"), whose(thanks, city, None)
    ('lights', 'city-311')
    """
    return told.agency or closed_by or city.profile.operator_agency
