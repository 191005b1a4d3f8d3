"""What may be said at any step: wishes, requests' numbers, and pictures or places that come without words."""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.city import LocalizedWords
from contracts.vocabulary import ContactKind
from intake.domain.conversations import calling
from intake.domain.conversations.drafting import hand_over, proceed, propose
from intake.domain.conversations.saying import say, status_text
from intake.domain.conversations.state import Facts, Heard, Picture, Record, Talk, Turn
from intake.domain.conversations.understanding import Proposal
from intake.domain.conversations.words import holds, means, plain

MOST_WORDS: Final = 10
"""Words of a message that asks for a person; a longer one tells of something else."""


def at_any_step(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Heed what may come at any time; None for what answers the step the talk is at.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="question", service_code="pothole")
    >>> at_any_step(talk, Heard("cancel"), facts).says, at_any_step(talk, Heard("bike"), facts)
    (('Nothing was sent.',), None)
    >>> at_any_step(talk, Heard(photos=("claim",)), facts).says  # it is no wrong answer
    ('Thank you for the photo.', 'Which lane? 1 Car lane, 2 Bike lane.')
    """
    early = _wish(talk, heard, facts) or _status(talk, facts)
    return early or _late_photo(talk, heard) or _shared(talk, heard, facts)


def _wish(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Heed what may be said at any time."""
    words, city = facts.city.conversation.words, facts.city
    for language, names in words.languages.root.items():
        if heard.text and means(heard.text, type(words.languages)({language: names})):
            return _in_language(talk.to(language=language), heard, facts)
    if means(heard.text, words.cancel):
        fresh = talk.anew()
        return calling.show_menu(fresh, facts) if heard.spoken else Turn(fresh, (say(city, talk, "nothing_sent"),))
    if means(heard.text, words.help):
        return calling.show_menu(talk, facts) if heard.spoken else Turn(talk, _help(talk, facts))
    if _wants_agent(talk, heard, words.agent):
        return calling.reach_agent(talk, facts) if heard.spoken else hand_over(talk, facts, "agent")
    if talk.step in {"open", "ended"} and means(heard.text, words.status):
        return Turn(talk.to(step="number", tries=0), (say(city, talk, "ask_tracking"),))
    return None


def _wants_agent(talk: Talk, heard: Heard, words: LocalizedWords) -> bool:
    """Tell whether somebody asks for a person; one word alone may be the answer to a question.

    >>> from intake.domain.conversations.examples import example
    >>> words, (talk, _) = LocalizedWords({"en": ("agent", "talk to a person")}), example(step="question")
    >>> [_wants_agent(talk, Heard(text), words) for text in ("I want to talk to a person", "agent")]
    [True, False]
    >>> _wants_agent(talk.to(step="open"), Heard("agent"), words)
    True
    """
    phrases = [phrase for phrase in words.all() if " " in phrase]
    asks = len(plain(heard.text).split()) <= MOST_WORDS and holds(heard.text, phrases)
    return asks or (talk.step != "question" and means(heard.text, words))


def _help(talk: Talk, facts: Facts) -> tuple[str, ...]:
    draft = say(facts.city, talk, "draft", reference=talk.reference)
    return (say(facts.city, talk, "help"), *((draft,) if talk.service_code else ()))


def _in_language(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Go on in another language, with the question asked again."""
    if heard.spoken and talk.step == "menu":
        return calling.show_menu(talk, facts)
    told = say(facts.city, talk, "language_set")
    if talk.service_code and talk.step in {"question", "place", "photo", "confirm"}:
        return proceed(talk, heard, facts).after(told)
    return Turn(talk, (told, say(facts.city, talk, "ask_problem")))


def _status(talk: Talk, facts: Facts) -> Turn | None:
    """Say where the requests stand whose numbers were named; a draft goes on afterwards."""
    if not facts.requests:
        return None
    says = tuple(status_text(facts.city, talk, request) for request in facts.requests.values())
    does = tuple(Record(ContactKind.STATUS_ASKED, request_id=str(r["request_id"])) for r in facts.requests.values())
    step = "open" if talk.step in {"number", "ended", "menu"} else talk.step
    return Turn(talk.to(step=step, tries=0), says, does)


def _late_photo(talk: Talk, heard: Heard) -> Turn | None:
    """Add a picture that comes right after the request was made."""
    alone = heard.photos and not heard.text.strip()
    if not (alone and talk.request_id and talk.step in {"open", "ended"} and not talk.description):
        return None
    return Turn(talk.to(photos=()), (), (Picture(talk.request_id, heard.photos),))


def _shared(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Keep a picture or a place that comes without words, and ask again what was asked: it is no wrong answer."""
    again = _ASK_AGAIN.get(talk.step)
    if again is None or heard.text.strip() or not (heard.photos or heard.place):
        return None
    thanks = (say(facts.city, talk, "photo_kept"),) if heard.photos else ()
    return again(talk, heard, facts).after(*thanks)


def _propose_again(talk: Talk, _heard: Heard, facts: Facts) -> Turn:
    return propose(talk, facts, [Proposal(code, 1.0) for code in talk.proposed])


_ASK_AGAIN: Final[Mapping[str, Callable[[Talk, Heard, Facts], Turn]]] = {
    "propose": _propose_again,
    "offer": _propose_again,
    "question": proceed,
    "place": proceed,
    "photo": proceed,
    "confirm": proceed,
}
