"""What a report must hold to be taken, by the city's catalog; every fault names its field."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final

from contracts.city import AreaKind, City, Condition, Question, Service
from contracts.frontends import Answer, Place, Reporter
from contracts.intake import FieldProblem
from contracts.vocabulary import Clock, DeliveryChannel
from intake.domain.masking import mask_code
from intake.domain.requests.report import Report

__all__ = ["Report", "address_for", "problems_of"]

_EMAIL: Final = re.compile(r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]{2,}$")
_WEB: Final = re.compile(r"^https?://[^\s/@]+(?:/\S*)?$")
_NUMBER: Final = re.compile(r"^-?\d+(?:\.\d+)?$")
_CODE: Final = re.compile(r"^[^@\x00-\x1f]{1,80}$")
_NUMBER_ELSEWHERE: Final = re.compile(r"^[\w./#:-]{1,100}$")
_LONGEST_STRING, _LONGEST_TEXT = 500, 4000
_PHONE_DIGITS: Final = range(7, 16)
_AHEAD: Final = timedelta(minutes=10)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)


def problems_of(report: Report, city: City, now: datetime) -> tuple[FieldProblem, ...]:
    """Find everything wrong with a report at once; nothing means that it is taken.

    Nothing is refused because it belongs elsewhere: a place outside the city is taken and flagged. Imported history
    may lack what the old system did not ask for, but not contradict the catalog.
    """
    service = city.services.get(report.service_code)
    if service is None or not service.enabled:
        return (_unknown_service(report.service_code, city), *_about_reporter(report.reporter))
    imported = report.clock is Clock.EVENT
    return (
        *_about_place(report.place, service, city.profile.areas, imported=imported),
        *_about_answers(report.attributes, service, imported=imported),
        *_about_reporter(report.reporter),
        *_about_time(report, now),
        *_about_writing(report),
    )


def reporter_problems(reporter: Reporter) -> tuple[FieldProblem, ...]:
    """Find what is wrong with how somebody can be reached, where they come without a report.

    >>> [wrong.field for wrong in reporter_problems(Reporter(email="pat at home", phone="12"))]
    ['reporter.email', 'reporter.phone']
    >>> reporter_problems(Reporter(email="pat@example.org"))
    ()
    """
    told = (reporter.name, reporter.email, reporter.phone, reporter.webhook_url, reporter.language)
    nul = FieldProblem(field="reporter", problem="The character NUL cannot be kept; leave it out.")
    return (*_about_reporter(reporter), *((nul,) if any("\x00" in (text or "") for text in told) else ()))


def _unknown_service(code: str, city: City) -> FieldProblem:
    near = get_close_matches(code, [s.code for s in city.services.values() if s.enabled], n=3, cutoff=0.5)
    fallback = [s for s in city.profile.triage_services if s in city.services]
    advice = ", ".join(repr(suggestion) for suggestion in dict.fromkeys((*near, *fallback))) or "see GET /services"
    return FieldProblem(field="service_code", problem=f"No service of this code is in the catalog; try {advice}.")


def _about_place(
    place: Place, service: Service, kinds: Sequence[AreaKind], *, imported: bool
) -> Iterator[FieldProblem]:
    if (place.latitude is None) != (place.longitude is None):
        missing = "latitude" if place.latitude is None else "longitude"
        yield FieldProblem(field=f"place.{missing}", problem="Latitude and longitude go together; send both.")
    elif service.location_required and not imported and place.latitude is None and not (place.address or "").strip():
        yield FieldProblem(
            field="place.address", problem=f"{service.code!r} needs a place: an address, or latitude and longitude."
        )
    known = {kind.kind: kind.ids for kind in kinds}
    for kind, area in place.area.items():
        if kind not in known:
            expected = ", ".join(known) or "none"
            yield FieldProblem(field=f"place.area.{mask_code(kind)}", problem=f"The kinds of area are: {expected}.")
        elif area not in known[kind] if known[kind] else not _CODE.match(area):
            yield FieldProblem(field=f"place.area.{kind}", problem=f"This is no {kind} of this city.")


def _about_answers(answers: Mapping[str, Answer], service: Service, *, imported: bool) -> Iterator[FieldProblem]:
    if not answers and (imported or not service.questions):
        return
    questions = {question.code: question for question in service.questions}
    for code in answers.keys() - questions.keys():
        known = ", ".join(questions) or "no questions"
        yield FieldProblem(field=f"attributes.{mask_code(code)}", problem=f"{service.code!r} asks {known}.")
    for code, question in questions.items():
        wrong = _wrong_answer(question, answers.get(code), answers, imported=imported)
        if wrong:
            yield FieldProblem(field=f"attributes.{code}", problem=wrong)


def _wrong_answer(
    question: Question, answer: Answer | None, answers: Mapping[str, Answer], *, imported: bool
) -> str | None:
    if not answer:
        asked = question.required and not imported and is_shown(question.shown_when, answers)
        return _expected(question) if asked else None
    values = (answer,) if isinstance(answer, str) else answer
    if len(values) > 1 and question.kind != "multivaluelist":
        return f"One answer is expected, not {len(values)}. {_expected(question)}"
    return None if all(_fits(question, value) for value in values) else _expected(question)


def is_shown(condition: Condition | None, answers: Mapping[str, Answer]) -> bool:
    """Tell whether a question is asked at all, given the other answers.

    >>> from contracts.city import Condition
    >>> is_shown(Condition(attribute="animal", one_of=("dead",)), {"animal": "loose"})
    False
    >>> is_shown(None, {})
    True
    """
    if condition is None:
        return True
    given = answers.get(condition.attribute, ())
    return bool(set(condition.one_of) & set((given,) if isinstance(given, str) else given))


def _fits(question: Question, value: str) -> bool:
    match question.kind:
        case "singlevaluelist" | "multivaluelist":
            return value in question.option_keys
        case "number":
            return bool(_NUMBER.match(value))
        case "datetime":
            return _is_moment(value)
        case "string":
            return len(value) <= _LONGEST_STRING
        case "text":
            return len(value) <= _LONGEST_TEXT


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _expected(question: Question) -> str:
    """Say what a question wants, in a sentence."""
    options = ", ".join(option.key for option in question.options)
    return {
        "singlevaluelist": f"Answer with one of {options}.",
        "multivaluelist": f"Answer with one or more of {options}.",
        "number": "Answer with a number, for example 3 or 2.5.",
        "datetime": "Answer with a date and time, for example 2026-11-20T09:00:00Z.",
        "string": f"Answer in at most {_LONGEST_STRING} characters.",
        "text": f"Answer in at most {_LONGEST_TEXT} characters.",
    }[question.kind]


def _about_reporter(reporter: Reporter | None) -> Iterator[FieldProblem]:
    if reporter is None:
        return
    if reporter.email and not _EMAIL.match(reporter.email):
        yield FieldProblem(field="reporter.email", problem="Expected an e-mail address, for example name@example.org.")
    if reporter.phone and sum(letter.isdigit() for letter in reporter.phone) not in _PHONE_DIGITS:
        yield FieldProblem(field="reporter.phone", problem="Expected a telephone number of 7 to 15 digits.")
    if reporter.webhook_url and not _WEB.match(reporter.webhook_url):
        yield FieldProblem(field="reporter.webhook_url", problem="Expected an http or https address.")
    if reporter.preferred_channel and not address_for(reporter, reporter.preferred_channel):
        yield FieldProblem(
            field="reporter.preferred_channel",
            problem=f"{reporter.preferred_channel.value!r} is preferred, but no address for it is given.",
        )


def address_for(reporter: Reporter, channel: DeliveryChannel) -> str | None:
    """Find where a reporter can be reached by a channel; None when they gave nothing for it.

    >>> address_for(Reporter(email="pat@example.org"), DeliveryChannel.EMAIL)
    'pat@example.org'
    """
    return _ADDRESSES[channel](reporter) if channel in _ADDRESSES else None


_ADDRESSES: Final[Mapping[DeliveryChannel, Callable[[Reporter], str | None]]] = {
    DeliveryChannel.EMAIL: lambda reporter: reporter.email,
    DeliveryChannel.WEBHOOK: lambda reporter: reporter.webhook_url,
    DeliveryChannel.SMS: lambda reporter: reporter.phone,
    DeliveryChannel.VOICE: lambda reporter: reporter.phone,
}
"""Channel -> the address a reporter gave for it; the other channels' addresses do not come with a report."""


def _about_time(report: Report, now: datetime) -> Iterator[FieldProblem]:
    if report.clock is Clock.EVENT and report.requested_at is None:
        yield FieldProblem(field="requested_at", problem="Imported history needs the time it was reported.")
    elif report.requested_at is not None and not _EARLIEST <= report.requested_at <= now + _AHEAD:
        yield FieldProblem(field="requested_at", problem="The time lies in the future, or before 1970.")


def _written(report: Report) -> Iterator[str | None]:
    yield from (report.description, report.place.address, report.place.asset_id)
    if reporter := report.reporter:
        yield from (reporter.name, reporter.email, reporter.phone, reporter.webhook_url, reporter.language)
    yield from (value for value in report.attributes.values() if isinstance(value, str))


def _named(report: Report) -> Iterator[tuple[str, str | None]]:
    names = ["description", "place.address", "place.asset_id"]
    names += [f"reporter.{name}" for name in ("name", "email", "phone", "webhook_url", "language") if report.reporter]
    names += [f"attributes.{mask_code(code)}" for code, value in report.attributes.items() if isinstance(value, str)]
    return zip(names, _written(report), strict=True)


def _about_writing(report: Report) -> Iterator[FieldProblem]:
    """Find what no database can keep: the character NUL; and outside numbers that are no numbers."""
    if "\x00" in "".join(filter(None, _written(report))):
        for field, text in _named(report):
            if text and "\x00" in text:
                yield FieldProblem(field=field, problem="The character NUL cannot be kept; leave it out.")
    if report.external_id is not None and not _NUMBER_ELSEWHERE.match(report.external_id):
        yield FieldProblem(field="external_id", problem="Expected letters, digits and . / # : - _ only.")
