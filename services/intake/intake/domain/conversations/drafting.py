"""Taking a report step by step: which type, its questions one by one, the place, a photo, and the last yes."""

from contracts.city import Question, Service
from contracts.frontends import Place
from contracts.vocabulary import PlaceMethod
from intake.domain.conversations.answering import read_answer
from intake.domain.conversations.saying import details_text, name_of, numbered, question_text, say
from intake.domain.conversations.state import MOST_TRIES, Facts, HandOver, Heard, Make, Record, Talk, Turn
from intake.domain.conversations.understanding import Proposal
from intake.domain.conversations.words import means
from intake.domain.requests.submission import is_shown

_PHOTO, _PLACE = "photo", "place"


def propose(talk: Talk, facts: Facts, found: list[Proposal]) -> Turn:
    """Ask whether this type is meant, or which of these.

    >>> from intake.domain.conversations.examples import example
    >>> propose(*example(), [Proposal("pothole", 1.0)]).says
    ('Is it Pothole?',)
    """
    city, codes = facts.city, tuple(proposal.code for proposal in found)
    if codes == (_as_said(facts),):
        return offer_as_said(talk, facts)
    asked = talk.to(step="propose", proposed=codes, tries=0)
    if len(codes) == 1:
        return Turn(asked, (say(city, talk, "propose", service=name_of(city, talk, codes[0])),))
    names = numbered([name_of(city, talk, code) for code in codes])
    return Turn(asked, (say(city, talk, "propose_several", choices=names),))


def offer_as_said(talk: Talk, facts: Facts) -> Turn:
    """Offer to take it in the teller's own words: the reader of words at the desk, or a person, finds whose it is.

    >>> from intake.domain.conversations.examples import example
    >>> turn = offer_as_said(*example(description="A thing is odd"))
    >>> turn.says, turn.talk.proposed
    (('In your own words?',), ('other',))
    """
    asked = talk.to(step="propose", proposed=(_as_said(facts),))
    return Turn(asked, (say(facts.city, talk, "propose_as_said"),))


def _as_said(facts: Facts) -> str:
    """Name the service whose requests are read before they go anywhere."""
    return facts.city.profile.triage_services[0]


def start(talk: Talk, heard: Heard, facts: Facts, code: str) -> Turn:
    """Begin a report of this type with its first question.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(answers={"lane": "car"})
    >>> start(talk, Heard(), facts, "pothole").says
    ('Which lane? 1 Car lane, 2 Bike lane.',)
    """
    return proceed(talk.to(service_code=code, proposed=(), answers={}, skipped=(), tries=0), heard, facts)


def proceed(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Ask for what is missing next; when nothing is, ask whether to send it.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(service_code="pothole", answers={"lane": "bike"})
    >>> proceed(talk, Heard(), facts).says, proceed(talk.to(place=Place(address="1 Main St")), Heard(), facts).says
    (('Where is it?',), ('A photo, or SKIP?',))
    >>> proceed(talk.to(place=Place(address="1 Main St"), photos=("claim",)), Heard(), facts).says
    ('Pothole, 1 Main St. Which lane? Bike lane. Send it?',)
    """
    service = _service(talk, facts)
    question = next((q for q in service.questions if _is_due(q, talk)), None)
    if question:
        asked = talk.to(step="question", asked=question.code, tries=0)
        return Turn(asked, (question_text(facts.city, talk, question),))
    if talk.place is None and _needs_place(talk, service, facts):
        may_skip = () if service.location_required else (say(facts.city, talk, "may_skip"),)
        return Turn(talk.to(step="place", tries=0), (say(facts.city, talk, "ask_place"), *may_skip))
    if not (heard.spoken or talk.photos or _PHOTO in talk.skipped):
        return Turn(talk.to(step="photo", tries=0), (say(facts.city, talk, "ask_photo"),))
    return _ask_to_send(talk, service, facts)


def _needs_place(talk: Talk, service: Service, facts: Facts) -> bool:
    """Ask where also what is told in one's own words: whoever takes care of it may have to go there."""
    return service.location_required or (service.code == _as_said(facts) and _PLACE not in talk.skipped)


def _is_due(question: Question, talk: Talk) -> bool:
    known = question.code in talk.answers or question.code in talk.skipped
    return not known and is_shown(question.shown_when, talk.answers)


def _service(talk: Talk, facts: Facts) -> Service:
    return facts.city.services[talk.service_code or _as_said(facts)]


def _ask_to_send(talk: Talk, service: Service, facts: Facts) -> Turn:
    place, city = talk.place, facts.city
    where = (place.address if place else None) or (say(city, talk, "place_shared") if place else "-")
    name, details = name_of(city, talk, service.code), details_text(talk, service)
    words = say(city, talk, "confirm", service=name, place=where, details=details)
    return Turn(talk.to(step="confirm", tries=0), (words,))


def at_proposal(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Hear which of the proposed types is meant, or none: then it may be told as it was said; None for other words.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="propose", proposed=("pothole",))
    >>> at_proposal(talk, Heard("yes"), facts).talk.service_code, at_proposal(talk, Heard("no"), facts).says
    ('pothole', ('What needs fixing?',))
    >>> at_proposal(talk, Heard("it is graffiti"), facts) is None
    True
    >>> at_proposal(talk.to(description="a deep thing"), Heard("no"), facts).says
    ('In your own words?',)
    """
    words, codes = facts.city.conversation.words, talk.proposed
    chosen = heard.text.strip(" .#")
    if len(codes) > 1 and chosen.isdecimal() and int(chosen) in range(1, len(codes) + 1):
        return start(talk, heard, facts, codes[int(chosen) - 1])
    if len(codes) == 1 and means(heard.text, words.yes):
        return start(talk, heard, facts, codes[0])
    if not means(heard.text, words.no):
        return None
    if talk.description and _as_said(facts) not in codes:
        return offer_as_said(talk, facts)
    return Turn(talk.to(step="open", proposed=(), description=""), (say(facts.city, talk, "ask_problem"),))


def at_question(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Hear an answer, or that there is none.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="question", asked="lane", service_code="pothole")
    >>> at_question(talk, Heard("the bike lane"), facts).talk.answers
    {'lane': 'bike'}
    >>> at_question(talk, Heard("skip"), facts).says  # it is required
    ('We could not read that.', 'Which lane? 1 Car lane, 2 Bike lane.')
    """
    question = _service(talk, facts).question(talk.asked or "")
    if question is None:
        return proceed(talk, heard, facts)
    if not question.required and means(heard.text, facts.city.conversation.words.skip):
        return proceed(talk.to(skipped=(*talk.skipped, question.code)), heard, facts)
    answer = read_answer(question, heard.text, talk.language)
    if answer is None:
        return _again(talk, facts, question_text(facts.city, talk, question))
    return proceed(talk.to(answers=talk.answers | {question.code: answer}), heard, facts)


def at_place(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Hear where it is; a shared location was noted already.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="place", service_code="other")
    >>> at_place(talk, Heard("1 Main St"), facts).talk.place.address, at_place(talk, Heard("???"), facts).talk.place
    ('1 Main St', None)
    """
    if talk.place is not None:
        return proceed(talk, heard, facts)
    if not _service(talk, facts).location_required and means(heard.text, facts.city.conversation.words.skip):
        return proceed(talk.to(skipped=(*talk.skipped, _PLACE)), heard, facts)
    address = " ".join(heard.text.replace("\x00", "").split())[:300]
    if not any(letter.isalnum() for letter in address):
        return _again(talk, facts, say(facts.city, talk, "ask_place"))
    return proceed(talk.to(place=Place(address=address, method=PlaceMethod.TYPED)), heard, facts)


def at_photo(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Go on when a photo came, or whatever was said instead of one.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(service_code="other", place=Place(address="1 Main St"), description="A hole")
    >>> at_photo(talk, Heard("skip"), facts).says
    ('Other, 1 Main St. Send it?',)
    >>> at_photo(talk, Heard("it is deep"), facts).talk.description
    'A hole it is deep'
    """
    thanks = (say(facts.city, talk, "photo_kept"),) if talk.photos else ()
    more = "" if means(heard.text, facts.city.conversation.words.skip) else heard.text.strip()
    words = " ".join(filter(None, (talk.description, more)))
    return proceed(talk.to(skipped=(*talk.skipped, _PHOTO), description=words), heard, facts).after(*thanks)


def at_confirm(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Send it on yes; forget it on no.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="confirm", service_code="other", description="A hole")
    >>> at_confirm(talk, Heard("yes"), facts).does, at_confirm(talk, Heard("no"), facts).says
    ((Make(),), ('Nothing was sent.',))
    """
    words = facts.city.conversation.words
    if means(heard.text, words.yes):
        return Turn(talk, (), (Make(),))
    if means(heard.text, words.no):
        return Turn(talk.anew(), (say(facts.city, talk, "nothing_sent"),))
    asked = _ask_to_send(talk, _service(talk, facts), facts)
    return _again(talk, facts, *asked.says)


def _again(talk: Talk, facts: Facts, *asked: str) -> Turn:
    """Ask once more; after three times a person goes on."""
    if talk.tries + 1 >= MOST_TRIES:
        return hand_over(talk, facts, "agent")
    return Turn(talk.to(tries=talk.tries + 1), (say(facts.city, talk, "wrong_answer"), *asked))


def hand_over(talk: Talk, facts: Facts, why: str, *does: Record) -> Turn:
    """Put the talk before a person, who sees everything said so far.

    >>> from intake.domain.conversations.examples import example
    >>> turn = hand_over(*example(), "agent")
    >>> turn.says, turn.does
    (('A person goes on with AAAA.',), (HandOver(kind='agent', recording=None),))
    """
    waiting = talk.to(step="agent", tries=0)
    says = say(facts.city, talk, why, reference=talk.reference)
    return Turn(waiting, (says,), (*does, HandOver("callback" if why == "callback" else "agent")))
