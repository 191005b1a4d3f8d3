"""Taking a report: what becomes public, what goes to the vault, and what the reporter hears at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis.ids import derived_uuid
from contracts.city import City
from contracts.event import RequestFacts, Texts
from contracts.frontends import Answer, Place
from contracts.intake import ContactProfile, ContactRecorded, RequestCreated
from contracts.vocabulary import Clock, ContactKind
from intake.domain.contacts import contact_ref, is_reachable, profile_of
from intake.domain.emergency import is_emergency
from intake.domain.masking import mask
from intake.domain.submission import Report, is_outside


class Names(NamedTuple):
    """What a new request is called, and what caused it; chance is decided by the caller."""

    request_id: UUID
    tracking_number: str
    cause: str


class Taken(NamedTuple):
    """A report that was taken: what is told, and what stays in the vault."""

    created: RequestCreated
    profile: ContactProfile | None
    diverted: ContactRecorded | None
    original: str | None
    personal_answers: Mapping[str, Answer]
    notices: tuple[str, ...]

    @property
    def reachable(self) -> bool:
        """Whether the reporter can be told of anything."""
        return bool(self.created.about.contact_refs)


def take_report(report: Report, city: City, link_key: str, names: Names, now: datetime) -> Taken:
    """Make a request of a report that the catalog permits."""
    reporter = report.reporter
    ref = contact_ref(link_key, reporter) if reporter else None
    known_names = (reporter.name,) if reporter and reporter.name else ()
    public, personal = _split(report.attributes, city, report.service_code, known_names)
    safe = mask(report.description, known_names) if report.description else ""
    diverted = is_emergency(report.description, city.profile.emergency.words.all())
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
        place=_public_place(report.place, known_names),
        attributes=public,
        operator=report.operator,
        external_ids=(report.external_id,) if report.external_id else (),
    )
    return Taken(
        created=created,
        profile=profile_of(ref, reporter) if ref and reporter else None,
        diverted=_diversion(created, names.cause, city) if diverted else None,
        original=report.description if safe != report.description else None,
        personal_answers=personal,
        notices=("place_outside_city",) if is_outside(report.place, city) else (),
    )


def _split(
    answers: Mapping[str, Answer], city: City, service_code: str, names: Sequence[str]
) -> tuple[dict[str, Answer], dict[str, Answer]]:
    """Part answers into public ones, their free words masked, and those that stay in the vault as they were given."""
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


def _public_place(place: Place, names: Sequence[str]) -> Place:
    if not place.address:
        return place
    safe = mask(place.address, names)
    return place if safe == place.address else place.model_copy(update={"address": safe})


def _diversion(created: RequestCreated, cause: str, city: City) -> ContactRecorded:
    return ContactRecorded(
        contact_id=derived_uuid("contact.recorded", cause),
        kind=ContactKind.EMERGENCY_DIVERTED,
        channel=created.about.channel,
        operator=created.operator,
        language=created.about.language,
        destination=city.profile.emergency.phone,
        reason="life_safety_words",
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
