"""Reading what people say without having been asked: feedback, praise, complaints."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chassis.errors import FieldError
from chassis.links import verify
from contracts.city import City
from contracts.survey import FeedbackKind, Stage
from contracts.vocabulary import Channel

SURVEYS: Final = "survey"
REQUESTS: Final = "manage"
AUTHORS: Final = "feedback author"
"""What the links to a survey, to one's own request and from one's own account are signed for."""

_NUMBER: Final = re.compile(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]")
"""How the city's numbers of requests look."""


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
    invitation_id: UUID | None = None
    contact: str | None = None
    token: str | None = None
    stage: Stage | None = None


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


def stage_of(told: Told, closing: Mapping[str, Any] | None) -> Stage | None:
    """Tell which part of a request's way it is about: as the link says, else its closing where it is closed.

    >>> thanks = Told(FeedbackKind.PRAISE, "Thanks", stage=Stage.INTAKE)
    >>> stage_of(thanks, {}).value, stage_of(Told(FeedbackKind.PRAISE, "Thanks"), None)
    ('intake', None)
    """
    return told.stage or (Stage.CLOSURE if closing else None)


def number_of(told: Told, closing: Mapping[str, Any] | None) -> str | None:
    """Name the request it is about: one that survey asked about, else what was typed where it looks like a number.

    Anything else that was typed there may be somebody's own, and is left out.

    >>> number_of(Told(FeedbackKind.PRAISE, "Thanks", tracking_number=" 7kq2-9mxa-4tbc-r"), None)
    '7KQ2-9MXA-4TBC-R'
    >>> number_of(Told(FeedbackKind.PRAISE, "Thanks", tracking_number="213-555-0142"), None)
    """
    if closing:
        return str(closing["about"]["tracking_number"])
    typed = (told.tracking_number or "").strip().upper()
    return typed if _NUMBER.fullmatch(typed) else None


class StrangeLinkError(ValueError):
    """A link that was not made for whom it names; the message says what to do."""


def author_of(
    told: Told, invited: Mapping[str, Any] | None, closing: Mapping[str, Any] | None, link_key: str
) -> str | None:
    """Tell whose words they are, where a link says so: of a survey, of one's account, of a request survey asked about.

    Nobody has to say who they are; whose link is known can be answered, and their words go when they are forgotten.
    Raises StrangeLinkError.

    >>> from chassis.links import sign
    >>> invitation, of = UUID(int=1), {"request_id": UUID(int=2), "contact_ref": "c1"}
    >>> token = sign("k", "survey", str(invitation))
    >>> thanks = Told(FeedbackKind.PRAISE, "Thanks", invitation_id=invitation, token=token)
    >>> author_of(thanks, of, of, "k"), author_of(Told(FeedbackKind.PRAISE, "Thanks"), None, of, "k")
    ('c1', None)
    >>> by_request = Told(FeedbackKind.PRAISE, "Thanks", contact="c2", token=sign("k", "manage", f"{UUID(int=2)}:c2"))
    >>> author_of(by_request, None, of, "k"), author_of(by_request, None, None, "k")
    ('c2', None)
    >>> by_account = Told(FeedbackKind.PRAISE, "Thanks", contact="c3", token=sign("k", "feedback author", "c3"))
    >>> author_of(by_account, None, None, "k"), author_of(by_account, None, of, "k")
    ('c3', 'c3')
    >>> author_of(by_request, None, of, "another key")
    Traceback (most recent call last):
    survey.domain.feedback.StrangeLinkError: belongs to no link of ours; leave it out to say it without your name
    """
    if told.token is None:
        return None
    author: str | None = told.contact
    if told.invitation_id is not None:
        author = invited["contact_ref"] if invited else None
        real = verify(link_key, SURVEYS, str(told.invitation_id), told.token)
    elif author is not None and verify(link_key, AUTHORS, author, told.token):
        real = True
    elif author is not None and closing is not None:
        real = verify(link_key, REQUESTS, f"{closing['request_id']}:{author}", told.token)
    else:
        return None  # of a request that nobody was asked about yet, nothing is known that a link could be held against
    if not real or author is None:
        raise StrangeLinkError("belongs to no link of ours; leave it out to say it without your name")
    return author
