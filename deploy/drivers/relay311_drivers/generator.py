"""A plausible day of a city's reports, made from a seed: the same seed makes the same day."""

import random
from collections.abc import Iterator
from typing import Final

from contracts.city import City, Question, Service
from contracts.frontends import Answer, Place, Reporter, RequestSubmitted
from contracts.vocabulary import Channel
from relay311_drivers.year.volumes import mix_of

SUBMITTER: Final = "sample-day"
_NEAR_MIDDLE: Final = (0.35, 0.65)

STREETS: Final = ("Acorn Street", "Bluebird Avenue", "Cedar Hill Road", "Dogwood Lane", "Elder Court", "Foxglove Drive")

SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "{service}, please. It has been like this for {days} days.",
        "I would like to report: {service}. It is in front of the house, next to the driveway.",
        "{service}. My neighbors asked too; it is getting worse since last week.",
        "{service} near the corner. Children walk past here on the way to school.",
        "Please look at this: {service}. I pass here every morning and nothing has changed for {days} days.",
    ),
    "es": (
        "{service}, por favor. Lleva así {days} días.",
        "Quiero reportar: {service}. Está frente a la casa, junto a la entrada.",
        "{service}. Mis vecinos también lo pidieron; está peor desde la semana pasada.",
        "{service} cerca de la esquina. Por aquí pasan niños camino a la escuela.",
        "Por favor revisen esto: {service}. Paso por aquí cada mañana y no cambia desde hace {days} días.",
    ),
}
"""What residents say, written for this project; `{service}` is the service's name in their language."""


def sample_day(city: City, count: int, seed: int) -> Iterator[RequestSubmitted]:
    """Make `count` reports: services as often as the city's volumes say, places inside its bounding box."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable day, not a secret
    mix = mix_of(city)
    for number in range(1, count + 1):
        service = city.services[mix.service(chance)]
        yield make_report(city, service, chance, f"{SUBMITTER}-{seed}-{number}")


def make_report(city: City, service: Service, chance: random.Random, key: str) -> RequestSubmitted:
    """Make one report of a service that the city's catalog accepts."""
    mix = mix_of(city)
    language, (channel, operator) = mix.language(chance), mix.origin(service.code, chance)
    reachable = channel is not Channel.CREW and chance.random() < mix.volumes.reachable
    return RequestSubmitted(
        submission_key=key,
        submitter=SUBMITTER,
        service_code=service.code,
        description=_words(service, language, chance),
        place=_place(city, chance),
        attributes=answers(service, chance),
        reporter=_reporter(key, language) if reachable else None,
        channel=channel,
        operator=operator,
    )


def answers(service: Service, chance: random.Random) -> dict[str, Answer]:
    """Answer what a service asks: every question that must be answered, and those its answers bring up."""
    given: dict[str, Answer] = {}
    for question in service.questions:
        if _asked(question, given) and (question.required or chance.random() < 1 / 2):
            given[question.code] = _answer(question, chance)
    return given


def _asked(question: Question, given: dict[str, Answer]) -> bool:
    """Whether a question is shown after these answers."""
    shown = question.shown_when
    return shown is None or given.get(shown.attribute) in shown.one_of


def _answer(question: Question, chance: random.Random) -> Answer:
    if question.options:
        chosen = chance.choice(question.options).key
        return (chosen,) if question.kind == "multivaluelist" else chosen
    plain = {"number": str(chance.randint(1, 5)), "datetime": "2026-01-15T09:00:00-08:00"}
    return plain.get(question.kind, "unknown" if question.personal else "see the description")


def _words(service: Service, language: str, chance: random.Random) -> str:
    sentence = chance.choice(SENTENCES.get(language) or SENTENCES["en"])
    return sentence.format(service=service.name.say(language), days=chance.randint(2, 9))


def _place(city: City, chance: random.Random) -> Place:
    """Make up an address near the middle of the city's bounding box, with its areas where the city lists them."""
    box, (low, high) = city.profile.bounding_box, _NEAR_MIDDLE
    return Place(
        address=f"{chance.randrange(100, 9900, 2)} {chance.choice(STREETS)}",
        latitude=round(box.south + (box.north - box.south) * chance.uniform(low, high), 6),
        longitude=round(box.west + (box.east - box.west) * chance.uniform(low, high), 6),
        area={area.kind: chance.choice(area.ids) for area in city.profile.areas if area.ids},
    )


def _reporter(key: str, language: str) -> Reporter:
    """Make up a contact at a domain that is kept for examples."""
    return Reporter(name=f"Resident {key.rsplit('-', 1)[-1]}", email=f"{key}@example.org", language=language)
