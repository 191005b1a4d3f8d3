"""What follows from reading a request: it goes to its desk at once, or rules and people decide as they would."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from contracts.city import City, LocalizedText, TriageFile
from contracts.event import Texts
from contracts.vocabulary import AssignmentCause
from routing.domain.cases import Assign, Case, Effect, Retype
from routing.domain.directory import Directory
from routing.domain.lifecycle import question_of
from routing.domain.reading.model import Guess
from routing.domain.rules import Choice, choose

_MOST_WEIGHED: Final = 12


@dataclass(frozen=True, slots=True)
class Manner:
    """How a city lets itself be helped by the reader."""

    policy: TriageFile
    services: Mapping[str, Texts]
    agencies: Mapping[str, Texts]
    triage_services: frozenset[str]

    @classmethod
    def of(cls, city: City) -> "Manner":
        """Take from a city's folder what reading needs."""
        services = {code: service.name.root for code, service in city.services.items() if service.enabled}
        agencies = {slug: agency.name.root for slug, agency in city.agencies.items()}
        return cls(city.triage, services, agencies, frozenset(city.profile.triage_services))


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a request may mean: services, agencies, and desks elsewhere, the likeliest first."""

    services: tuple[Guess, ...]
    agencies: tuple[Guess, ...] = field(default=())
    elsewhere: tuple[Guess, ...] = field(default=())


def label_of(service_code: str, agency: str | None) -> str:
    """Name what a settled request turned out to be: its service and who did it, which by area may be another agency.

    >>> label_of("graffiti-removal", "parks"), label_of("graffiti-removal", None)
    ('graffiti-removal@parks', 'graffiti-removal')
    """
    return f"{service_code}@{agency}" if agency else service_code


_ELSEWHERE: Final = ">"


def label_elsewhere(slug: str) -> str:
    """Name what a request turned out to be that a person sent out of the city's own work.

    >>> label_elsewhere("social-services-211")
    '>social-services-211'
    """
    return _ELSEWHERE + slug


def weigh_up(guesses: Sequence[Guess], agency_of: Callable[[str], str | None], manner: Manner) -> Reading:
    """Add up what is likely for each service, and for each agency; the agency of a label that names none is asked for.

    >>> manner = example_manner()
    >>> read = [Guess("pothole@streets", 0.5), Guess("pothole", 0.2), Guess("lawn", 0.2), Guess("other@parks", 0.1)]
    >>> reading = weigh_up(read, {"pothole": "streets", "lawn": "parks"}.get, manner)
    >>> [(one.label, round(one.confidence, 2)) for one in reading.services]
    [('pothole', 0.7), ('lawn', 0.2)]
    >>> [(one.label, round(one.confidence, 2)) for one in reading.agencies]
    [('streets', 0.7), ('parks', 0.3)]

    What people sent elsewhere speaks for going there, and against every service:

    >>> away = weigh_up([Guess(">the-county", 0.8), Guess("pothole", 0.2)], {}.get, manner)
    >>> away.elsewhere, away.services
    ((Guess(label='the-county', confidence=0.8),), (Guess(label='pothole', confidence=0.2),))
    """
    services, agencies, others = (defaultdict[str, float](float) for _ in range(3))
    for guess in guesses[:_MOST_WEIGHED]:
        if guess.label.startswith(_ELSEWHERE):
            others[guess.label.removeprefix(_ELSEWHERE)] += guess.confidence
            continue
        code, _, named = guess.label.partition("@")
        agency = named or agency_of(code)
        if code in manner.services and code not in manner.triage_services:
            services[code] += guess.confidence
        if agency:
            agencies[agency] += guess.confidence
    return Reading(_ranked(services), _ranked(agencies), _ranked(others))


def _ranked(shares: Mapping[str, float]) -> tuple[Guess, ...]:
    ranked = sorted(shares.items(), key=lambda one: (-one[1], one[0]))
    return tuple(Guess(label, min(1.0, share)) for label, share in ranked)


def needs_reading(case: Case, manner: Manner) -> bool:
    """Tell whether the words decide: the service is one for people to read, or a door guessed it.

    >>> from routing.domain.cases import example
    >>> needs_reading(example(description="A hole"), example_manner())
    False
    >>> needs_reading(example(description="A hole", retyped="other"), example_manner())
    True
    """
    service = case.retyped or case.about.service_code
    guessed = case.about.channel in manner.policy.guessed_channels
    return bool(case.description) and (guessed or service in manner.triage_services)


def decide(case: Case, reading: Reading, manner: Manner, directory: Directory) -> Sequence[Effect]:
    """Say what follows from a sure reading of a new request; nothing when rules, or a person, should decide.

    >>> from contracts.city import Rule
    >>> from routing.domain.cases import example
    >>> streets = Rule(id="r", version=2, services=("pothole",), agency="streets", queue="crew", reason={"en": "Road."})
    >>> desks = Directory({"pothole": (streets,)}, {"streets": ("crew",), "parks": ("lawns",)},
    ...     triage_services=frozenset({"other"}))
    >>> case = example(description="A hole", retyped="other")
    >>> sure = Reading((Guess("pothole", 0.93), Guess("lawn", 0.04)), (Guess("streets", 0.93), Guess("parks", 0.07)))
    >>> retyped, given = decide(case, sure, example_manner(), desks)
    >>> retyped.service_code, given.choice.agency, given.choice.cause.value, given.choice.runner_up
    ('pothole', 'streets', 'reading', 'parks')
    >>> given.choice.reason["en"]
    'Read as Pothole (93 % sure; next: Lawn), which Streets does.'

    Nothing follows from one that is less sure, or where others than the rules name did such work before:

    >>> unsure = Reading((Guess("pothole", 0.6), Guess("lawn", 0.3)), (Guess("streets", 0.6),))
    >>> decide(case, unsure, example_manner(), desks)
    ()
    >>> decide(case, Reading((Guess("pothole", 0.93),), (Guess("parks", 0.9),)), example_manner(), desks)
    ()
    """
    first = reading.services[0] if reading.services else Guess("", 0.0)
    if _is_sure(first, reading, manner):
        found = choose(replace(question_of(case), service_code=first.label), directory)
        if found and _agrees(found[0].agency, reading, manner):
            return (Retype(first.label), *(Assign(_explained(choice, reading, manner)) for choice in found))
    return ()


def _is_sure(first: Guess, reading: Reading, manner: Manner) -> bool:
    return bool(reading.services and first.confidence >= manner.policy.assign_from)


def _agrees(agency: str, reading: Reading, manner: Manner) -> bool:
    """Tell whether who did such work before is who the rules name: else a person should look."""
    sure = {guess.label: guess.confidence for guess in reading.agencies}
    return sure.get(agency, 0.0) >= manner.policy.assign_from


def _explained(choice: Choice, reading: Reading, manner: Manner) -> Choice:
    first = reading.services[0]
    second = next((guess.label for guess in reading.agencies if guess.label != choice.agency), None)
    reason = {
        language: _say(text, language, choice.agency, reading, manner)
        for language, text in manner.policy.reason.root.items()
    }
    return replace(choice, cause=AssignmentCause.READING, confidence=round(first.confidence, 4), runner_up=second,
                   reason=reason)  # fmt: skip


def _say(text: str, language: str, agency: str, reading: Reading, manner: Manner) -> str:
    first, *others = reading.services
    after = others[0].label if others else first.label
    names = {
        "service": _name(manner.services, first.label, language),
        "percent": str(int(first.confidence * 100)),
        "next": _name(manner.services, after, language),
        "agency": _name(manner.agencies, agency, language),
    }
    for name, said in names.items():
        text = text.replace(f"{{{{ {name} }}}}", said)
    return text


def _name(names: Mapping[str, Texts], code: str, language: str) -> str:
    return names.get(code, {}).get(language, code)


def example_manner() -> Manner:
    """Make a made-up manner, for the doctests of this module.

    >>> example_manner().policy.assign_from
    0.9
    """
    say = {"en": "Read as {{ service }} ({{ percent }} % sure; next: {{ next }}), which {{ agency }} does."}
    told: dict[str, Any] = {"assign_from": 0.9, "suggest_from": 0.25, "reason": LocalizedText(say)}
    policy = TriageFile.model_construct(**told)  # the desk's other words play no part in reading
    services = {"pothole": {"en": "Pothole"}, "lawn": {"en": "Lawn"}, "other": {"en": "Other"}}
    agencies = {"streets": {"en": "Streets"}, "parks": {"en": "Parks"}}
    return Manner(policy, services, agencies, frozenset({"other"}))
