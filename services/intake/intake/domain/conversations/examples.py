"""A small made-up city that talks, for the doctests of this package."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, Final

from contracts.city import (
    Calendar,
    Choice,
    City,
    Conversation,
    Handoff,
    Holiday,
    LocalizedText,
    LocalizedWords,
    Menu,
    OpeningHours,
    Option,
    Profile,
    Question,
    Service,
    Survey,
    SurveyByKeys,
    SurveyQuestion,
    Transfer,
)
from contracts.city.conversation import Agents, ListenedFor, Phrasebook
from intake.domain.conversations.state import Facts, Talk
from intake.domain.conversations.understanding import KeywordAnswers, KeywordTypes

MONDAY: Final = datetime(2026, 3, 2, 19, tzinfo=UTC)
"""Eleven in the morning there."""
SUNDAY: Final = datetime(2026, 3, 1, 19, tzinfo=UTC)

_REST: Final[Mapping[str, Any]] = {}
"""What nobody talks about is left out."""

_SAID: Final[Mapping[str, str]] = {
    "greeting": "{{ city }} 311. What needs fixing?",
    "ask_problem": "What needs fixing?",
    "ask_place": "Where is it?",
    "ask_photo": "A photo, or SKIP?",
    "photo_kept": "Thank you for the photo.",
    "may_skip": "SKIP if you do not know.",
    "wrong_answer": "We could not read that.",
    "not_understood": "We did not understand.",
    "nothing_sent": "Nothing was sent.",
    "not_made": "We could not send it: {{ problem }}",
    "resumed": "We go on with {{ reference }}.",
    "propose": "Is it {{ service }}?",
    "propose_as_said": "In your own words?",
    "confirm": "{{ service }}, {{ place }}. {{ details }} Send it?",
    "status": "{{ number }}, {{ service }}: {{ status }}. {{ forecast }}",
    "transfer": "{{ name }} can help: {{ phone }}.",
    "transfer_closed": "{{ name }} answers {{ hours }}.",
    "agent": "A person goes on with {{ reference }}.",
    "callback": "We call you back.",
    "voicemail": "Speak after the tone.",
}
_HEARD: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "yes": {"en": ("yes",)},
    "no": {"en": ("no",)},
    "skip": {"en": ("skip",)},
    "stop": {"en": ("stop",), "es": ("alto",)},
    "start": {"en": ("start",), "es": ("empezar",)},
    "help": {"en": ("help",), "es": ("ayuda",)},
    "cancel": {"en": ("cancel",)},
    "agent": {"en": ("agent",)},
    "questions": {"en": ("when",)},
    "courtesies": {"en": ("hello", "hi", "thank you", "thanks", "a question")},
}


def example(now: datetime = MONDAY, **changes: Any) -> tuple[Talk, Facts]:
    """Begin a talk with a made-up city, as far as it has come by these changes.

    >>> talk, facts = example(step="place", service_code="pothole")
    >>> facts.city.profile.name, talk.step
    ('Riverton', 'place')
    """
    city = _city()
    return Talk(**{"reference": "AAAA", "language": "en", **changes}), Facts(
        city, KeywordTypes(city), KeywordAnswers([]), now
    )


def surveyed(**changes: Any) -> tuple[Talk, Facts]:
    """Begin a talk with somebody who was asked about a closing.

    >>> surveyed()[1].invited["channel"]
    'sms'
    """
    talk, facts = example(**changes)
    invited = {"invitation_id": "1", "request_id": "2", "contact_ref": "c1", "channel": "sms"}
    return talk, replace(facts, city=replace(facts.city, survey=_survey()), invited=invited)


def _survey() -> Survey:
    done = SurveyQuestion(code="done", kind="yes_no", label=_en("Is it done?"), required=True)
    ends = {"lowest": _en("Poor"), "highest": _en("Good")}
    quality = SurveyQuestion(code="quality", kind="rating", label=_en("How good is it?"), **ends)
    keys = SurveyByKeys(
        yes_no=_en("{{ question }} 1 yes, 2 no."),
        rating=_en("{{ question }} 1 ({{ lowest }}) to 5 ({{ highest }}), 0 to skip."),
        offer=_en("Press star to answer."),
    )
    words = {"introduction": _en("Tell us."), "thanks": _en("Thank you.")}
    terms = {"link_valid_days": 30, "dispute_days": 14, "immediate_disputes": 2}
    return Survey(questions=(done, quality), by_keys=keys, **words, **terms)


def _city() -> City:
    parts: dict[str, Any] = {part.name: {} for part in fields(City)}
    known = {
        "profile": _profile(),
        "services": {service.code: service for service in (_service("pothole", _lane()), _service("other"))},
        "transfers": {"water": _water()},
        "calendar": Calendar.model_construct(
            **_REST, holidays=(Holiday(date=MONDAY.date().replace(day=3), name=_en("Day")),)
        ),
        "conversation": _conversation(),
    }
    return City(**parts | known)


def _en(text: str) -> LocalizedText:
    return LocalizedText({"en": text})


def _profile() -> Profile:
    danger = LocalizedWords({"en": ("gas leak",), "es": ("fuga de gas",)})
    call = LocalizedText({"en": "If anyone is in danger, call 911 now.", "es": "Si hay peligro, llame al 911."})
    hunger = Handoff(phone="211", words=LocalizedWords({"en": ("hungry",)}), text=_en("Call 211."))
    return Profile.model_construct(
        **_REST,
        name="Riverton",
        time_zone="America/Los_Angeles",
        languages=("en", "es"),
        phone="311",
        triage_services=("other",),
        emergency=Handoff(phone="911", words=danger, text=call),
        social_services=hunger,
    )


def _lane() -> Question:
    lanes = (Option(key="car", name=_en("Car lane")), Option(key="bike", name=_en("Bike lane")))
    return Question(code="lane", label=_en("Which lane?"), kind="singlevaluelist", required=True, options=lanes)


def _service(code: str, *questions: Question) -> Service:
    return Service.model_construct(
        **_REST, code=code, name=_en(code.capitalize()), keywords=LocalizedWords({"en": (code,)}), questions=questions
    )


def _water() -> Transfer:
    return Transfer(
        slug="water",
        name=_en("Water Office"),
        kind="utility",
        phone="555-0101",
        hours=OpeningHours("Mon-Fri 08:00-17:00"),
        reasons=_en("Water bills"),
        keywords=LocalizedWords({"en": ("water bill",)}),
        source="-",
    )


def _conversation() -> Conversation:
    choices = (
        Choice(key="1", words=LocalizedWords({"en": ("report",)}), does="report", service="pothole"),
        Choice(key="2", words=LocalizedWords({"en": ("water",)}), does="transfer", transfer="water"),
    )
    return Conversation(
        region="US",
        agents=Agents(phone="555-0100", hours=OpeningHours("Mon-Fri 08:00-17:00")),
        phrases=Phrasebook(**{name: _en(_SAID.get(name, name)) for name in Phrasebook.model_fields}),
        words=ListenedFor(**{name: LocalizedWords(_HEARD.get(name, {})) for name in ListenedFor.model_fields}),
        voice=Menu(say=_en("Press 1 to report, 2 for water."), choices=choices),
    )
