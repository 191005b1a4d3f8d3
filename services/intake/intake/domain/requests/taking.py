"""Taking a report: what becomes public, what goes to the vault, and what the reporter hears at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis.ids import derived_uuid
from contracts.city import City
from contracts.event import RequestFacts, Texts
from contracts.frontends import Answer, Place
from contracts.intake import Call, ContactProfile, ContactRecorded, Photo, RequestCreated
from contracts.vocabulary import Clock, ContactKind, CustomerType
from intake.domain.duplicates import Candidate
from intake.domain.masking import mask, mask_reference
from intake.domain.people.contacts import contact_ref, is_reachable, profile_of
from intake.domain.places.locating import Located
from intake.domain.requests.emergency import calls_for, told_to_call
from intake.domain.requests.report import Report


class Names(NamedTuple):
    """What a new request is called, and what caused it; chance is decided by the caller."""

    request_id: UUID
    tracking_number: str
    cause: str


class Taken(NamedTuple):
    """A report that was taken: what is told, and what stays in the vault."""

    created: RequestCreated
    profile: ContactProfile | None
    original: str | None
    personal_answers: Mapping[str, Answer]
    located: Located
    handed_on: tuple[ContactRecorded, ...] = ()
    similar: tuple[Candidate, ...] = ()

    @property
    def reachable(self) -> bool:
        """Whether the reporter can be told of anything."""
        return bool(self.created.about.contact_refs)


def take_report(
    report: Report,
    city: City,
    link_key: str,
    names: Names,
    now: datetime,
    located: Located,
    photos: tuple[Photo, ...] = (),
) -> Taken:
    """Make a request of a report that the catalog permits, at the place that was found."""
    reporter = report.reporter
    ref = contact_ref(link_key, reporter) if reporter else None
    known_names = (reporter.name,) if reporter and reporter.name else ()
    public, personal = split_answers(report.attributes, city, report.service_code, known_names)
    safe = mask(report.description, known_names) if report.description else ""
    is_now = report.clock is Clock.WALL  # an old system's history tells nobody to call
    calls = calls_for(report.description, city) if is_now else ()
    created = RequestCreated(
        request_id=names.request_id,
        sequence=1,
        about=RequestFacts(
            tracking_number=names.tracking_number,
            service_code=report.service_code,
            language=reporter.language if reporter else city.profile.languages[0],
            contact_refs=(ref,) if ref and is_reachable(reporter) else (),
            channel=report.channel,
            opened_at=report.requested_at if report.requested_at and report.clock is Clock.EVENT else now,
            clock=report.clock,
        ),
        description=safe,
        place=public_place(located.place, known_names),
        attributes=public,
        operator=report.operator,
        external_ids=(report.external_id,) if report.external_id else (),
        photos=photos,
        customer_type=reporter.customer_type if reporter else CustomerType.RESIDENT,
        told_to_call=calls,
    )
    outside = (_referral(created, names.cause, city),) if located.outside else ()
    return Taken(
        created=created,
        profile=profile_of(ref, reporter, now) if ref and reporter else None,
        original=report.description if safe != report.description else None,
        personal_answers=personal,
        located=located,
        handed_on=(*(_told(created, call, names.cause, city) for call in calls), *outside),
    )


def split_answers(
    answers: Mapping[str, Answer], city: City, service_code: str, names: Sequence[str]
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Part answers into public ones, their free words masked, and those that stay in the vault as they were given.

    >>> from types import SimpleNamespace as Some
    >>> asked = {"size": Some(personal=False, kind="number"), "plate": Some(personal=True, kind="string"),
    ...     "more": Some(personal=False, kind="text")}
    >>> city = Some(services={"pothole": Some(question=asked.get)})
    >>> split_answers({"size": "2", "plate": "7ABC123", "more": "Ask Pat"}, city, "pothole", ["Pat"])
    ({'size': '2', 'more': 'Ask [name]'}, {'plate': '7ABC123', 'more': 'Ask Pat'})
    """
    public: dict[str, Answer] = {}
    personal: dict[str, Answer] = {}
    service = city.services[service_code]
    for code, answer in answers.items():
        question = service.question(code)
        if question is None or question.personal:
            personal[code] = answer
        elif question.kind in {"string", "text"} and isinstance(answer, str):
            public[code] = mask(answer, names)
            personal |= {code: answer} if public[code] != answer else {}
        else:
            public[code] = answer
    return public, personal


def public_place(place: Place, names: Sequence[str]) -> Place:
    """Mask what a place says in words.

    >>> public_place(Place(address="12 Elm St, call 555-010-4477"), ()).address
    '12 Elm St, call [phone]'
    """
    address = mask(place.address, names) if place.address else place.address
    asset = mask_reference(place.asset_id, names) if place.asset_id else place.asset_id
    if address == place.address and asset == place.asset_id:
        return place
    return place.model_copy(update={"address": address, "asset_id": asset})


def _told(created: RequestCreated, call: Call, cause: str, city: City) -> ContactRecorded:
    about = created.about
    return told_to_call(
        call,
        cause,
        city,
        about.channel,
        language=about.language,
        operator=created.operator,
        request_id=created.request_id,
        contact_ref=next(iter(about.contact_refs), None),
    )


def _referral(created: RequestCreated, cause: str, city: City) -> ContactRecorded:
    outside = city.profile.outside
    return ContactRecorded(
        contact_id=derived_uuid("contact.recorded", "outside", cause),
        kind=ContactKind.REFERRED_ONWARD,
        channel=created.about.channel,
        operator=created.operator,
        language=created.about.language,
        destination=next(iter(outside.transfers), None) if outside else None,
        reason="place_outside_city",
        request_id=created.request_id,
        contact_ref=next(iter(created.about.contact_refs), None),
    )


def forecast_words(forecast: Mapping[str, Any] | None, city: City) -> Texts:
    """Say when it will be done; where history is thin, say so and give the target.

    >>> forecast_words({"words": {"en": "About 3 days."}, "target_words": {}, "basis": {"method": "history"}}, None)
    {'en': 'About 3 days.'}
    >>> thin = {"words": {"en": "No figure yet."}, "target_words": {"en": "Due in 5 days."}, "basis": {"method": ""}}
    >>> thin["basis"]["method"] = "none"
    >>> forecast_words(thin, None)
    {'en': 'No figure yet. Due in 5 days.'}
    """
    if forecast is None:
        return {language: city.phrases.forecast_none.say(language) for language in city.profile.languages}
    words: Texts = forecast["words"]
    if forecast["basis"].get("method") not in {"none", "target"}:
        return words
    targets = forecast["target_words"]
    return {
        language: text if targets.get(language, "") in text else f"{text} {targets[language]}"
        for language, text in words.items()
    }
