"""Putting what is said into words: the city's phrases, in the talk's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.city import City, LocalizedText, OpeningHours, Question, Service, Transfer, fill
from contracts.event import in_language
from intake.domain.conversations.state import Talk


def say(city: City, talk: Talk, phrase: str, /, **values: object) -> str:
    """Say one of the city's phrases; `phrase` is a field of its phrasebook.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example()
    >>> say(facts.city, talk, "resumed", reference="BBBB")
    'We go on with BBBB.'
    """
    texts: LocalizedText = getattr(city.conversation.phrases, phrase)
    return " ".join(fill(texts.say(talk.language), values).split())


def name_of(city: City, talk: Talk, code: str) -> str:
    """Name a service in the talk's language.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(language="es")
    >>> name_of(facts.city, talk, "pothole")  # where a text lacks a language, the city's first is said
    'Pothole'
    """
    return city.service_name(code).say(talk.language)


def numbered(names: list[str]) -> str:
    """List what may be chosen by number.

    >>> numbered(["Graffiti", "Pothole"])
    '1 Graffiti, 2 Pothole'
    """
    return ", ".join(f"{n} {name}" for n, name in enumerate(names, 1))


def question_text(city: City, talk: Talk, question: Question) -> str:
    """Ask a question of the catalog, with its options numbered, and whether it may be left out.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example()
    >>> question_text(facts.city, talk, Question(code="n", label=LocalizedText({"en": "How deep?"}), kind="number"))
    'How deep? SKIP if you do not know.'
    """
    parts = [question.label.say(talk.language)]
    if question.options:
        parts.append(numbered([option.name.say(talk.language) for option in question.options]) + ".")
    if not question.required:
        parts.append(say(city, talk, "may_skip"))
    return " ".join(parts)


def details_text(talk: Talk, service: Service) -> str:
    """Read back what was answered.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(answers={"lane": "bike"})
    >>> details_text(talk, facts.city.services["pothole"])
    'Which lane? Bike lane.'
    """
    parts = (
        f"{question.label.say(talk.language)} {_answer_text(talk, question)}."
        for question in service.questions
        if question.code in talk.answers
    )
    return " ".join(parts)


def _answer_text(talk: Talk, question: Question) -> str:
    given = talk.answers[question.code]
    names = {option.key: option.name.say(talk.language) for option in question.options}
    return ", ".join(names.get(value, value) for value in ((given,) if isinstance(given, str) else given))


def status_text(city: City, talk: Talk, request: Mapping[str, Any]) -> str:
    """Say where a request stands, from its public view.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example()
    >>> request = {"tracking_number": "BBBB", "service_code": "pothole", "status": "open", "substatus": "in_progress"}
    >>> status_text(facts.city, talk, request | {"forecast": {"en": "Two days."}})
    'BBBB, Pothole: open. Two days.'
    """
    explained = request.get("explanation") or {}
    names = request.get("substatus_name") or {}
    words = next((w for status, w in city.statuses.items() if status.value == request["substatus"]), None)
    meaning = _pick(explained, talk) or (words.meaning.say(talk.language) if words else "")
    return say(
        city,
        talk,
        "status",
        number=request["tracking_number"],
        service=name_of(city, talk, request["service_code"]),
        status=_pick(names, talk) or request["status"],
        meaning=meaning,
        forecast="" if request["status"] == "closed" else forecast_text(city, talk, request.get("forecast") or {}),
    )


def forecast_text(city: City, talk: Talk, words: Mapping[str, str]) -> str:
    """Say when it will be done; where nothing is known, that too is said.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(language="es")
    >>> forecast_text(facts.city, talk, {"en": "Two days.", "es": "Dos días."})
    'Dos días.'
    """
    return _pick(words, talk) or city.phrases.forecast_none.say(talk.language)


def _pick(texts: Mapping[str, str], talk: Talk) -> str:
    return in_language(texts, talk.language)


def phone_of(city: City, transfer: Transfer) -> str | None:
    """Find the number of a transfer: its own, else its agency's; the first where there are several.

    >>> from contracts.city import LocalizedText
    >>> words = LocalizedText({"en": "Water"})
    >>> phone_of(None, Transfer(slug="w", name=words, kind="other", phone="555-010-1 or 2", reasons=words, source="-"))
    '555-010-1'
    """
    phone = transfer.phone
    if phone is None and transfer.agency and transfer.agency in city.agencies:
        phone = city.agencies[transfer.agency].phone
    return phone.partition(" or ")[0].strip() if phone else None


def is_open(city: City, transfer: Transfer, now: datetime) -> bool:
    """Tell whether somebody answers there now; where no hours are known, we try.

    >>> from intake.domain.conversations.examples import MONDAY, SUNDAY, example
    >>> _, facts = example()
    >>> [is_open(facts.city, facts.city.transfers["water"], day) for day in (MONDAY, SUNDAY)]
    [True, False]
    """
    agency = city.agencies.get(transfer.agency or "")
    return answers_at(city, transfer.hours or (agency.hours if agency else None), now)


def answers_at(city: City, hours: OpeningHours | None, now: datetime) -> bool:
    """Tell whether it is within these hours; on the city's holidays only what is open day and night answers.

    >>> from intake.domain.conversations.examples import MONDAY, example
    >>> city, holiday = example()[1].city, MONDAY.replace(day=3)
    >>> [answers_at(city, OpeningHours(hours), holiday) for hours in ("Mon-Fri 08:00-17:00", "24/7")]
    [False, True]
    """
    if hours is None or hours.root == "24/7":
        return True
    local = local_time(city, now)
    return local.date() not in city.calendar.holiday_dates and hours.is_open(local)


def local_time(city: City, now: datetime) -> datetime:
    """Tell the city's own time.

    >>> from intake.domain.conversations.examples import MONDAY, example
    >>> local_time(example()[1].city, MONDAY).isoformat()
    '2026-03-02T11:00:00-08:00'
    """
    return now.astimezone(ZoneInfo(city.profile.time_zone))
