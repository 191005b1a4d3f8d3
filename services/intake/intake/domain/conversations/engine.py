"""The engine: one message in, one answer out, whatever the channel; it never fails and never falls silent."""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.vocabulary import Channel, ContactKind
from intake.domain.conversations import calling
from intake.domain.conversations.drafting import (
    at_confirm,
    at_photo,
    at_place,
    at_proposal,
    at_question,
    hand_over,
    proceed,
    propose,
)
from intake.domain.conversations.opening import at_offer, at_open, greet
from intake.domain.conversations.saying import say
from intake.domain.conversations.state import (
    LONGEST,
    MOST_SAID,
    MOST_TRIES,
    Facts,
    Heard,
    Make,
    Picture,
    Record,
    Talk,
    Turn,
)
from intake.domain.conversations.surveying import at_survey, begins_survey
from intake.domain.conversations.wishes import at_any_step
from intake.domain.conversations.words import language_of, means, plain
from intake.domain.requests.emergency import is_emergency

_FREE: Final = frozenset({"open", "ended", "menu", "number", "propose", "offer"})
"""Where free words are heard, which tell their language."""


def respond(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Answer one message: danger first, then wishes that hold anywhere, then the step the talk is at.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example()
    >>> respond(talk, Heard("There is a gas leak by the pothole"), facts).says
    ('If anyone is in danger, call 911 now.', 'Is it Pothole?')
    >>> {respond(talk, Heard("911", channel), facts).says[0] for channel in (Channel.SMS, Channel.CHAT, Channel.IVR)}
    {'If anyone is in danger, call 911 now.'}
    >>> stopped = respond(talk, Heard("ALTO", Channel.SMS), facts).talk
    >>> respond(stopped, Heard("hello", Channel.SMS), facts).says
    ()
    >>> respond(stopped, Heard("una fuga de gas", Channel.SMS), facts).says
    ('Si hay peligro, llame al 911.',)
    >>> respond(stopped, Heard("Ayuda", Channel.SMS), facts).says == respond(talk, Heard("help"), facts).says
    True
    """
    talk = _noted(talk, heard, facts)
    turn = _silence(talk, heard, facts) or _warned(talk, heard, facts, _reply)
    if any(isinstance(deed, Make | Picture) for deed in turn.does):
        return turn  # what is said depends on what comes of it
    return finished(turn, heard, facts)


def resume(talk: Talk, draft: Talk, heard: Heard, facts: Facts) -> Turn:
    """Go on with a draft that was begun elsewhere, at the question that is next; `talk` is who names it.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(reference="AAAA")
    >>> draft = talk.to(reference="BBBB", service_code="pothole")
    >>> resume(talk, draft, Heard("BBBB", Channel.CHAT), facts).says
    ('We go on with BBBB.', 'Which lane? 1 Car lane, 2 Bike lane.')
    >>> resume(talk, draft, Heard("BBBB, now I smell a gas leak", Channel.CHAT), facts).says[0]
    'If anyone is in danger, call 911 now.'
    >>> resume(talk.to(stopped=True), draft, Heard("BBBB", Channel.SMS), facts).says
    ()
    """
    if talk.stopped and heard.channel is Channel.SMS:
        return respond(talk, heard, facts)
    noted = _noted(draft.to(stopped=False), heard, facts)
    return finished(_warned(noted, heard, facts, _resumed), heard, facts)


def _resumed(draft: Talk, heard: Heard, facts: Facts) -> Turn:
    told = say(facts.city, draft, "resumed", reference=draft.reference)
    if draft.service_code and draft.step != "agent":
        return proceed(draft, heard, facts).after(told)
    if draft.step == "open" and (found := list(facts.types.read(draft.description))):
        return propose(draft, facts, found).after(told)
    return Turn(draft.to(step="open"), (told, say(facts.city, draft, "ask_problem")))


def finished(turn: Turn, heard: Heard, facts: Facts) -> Turn:
    """Note what was answered; a call that waits for a person, or has said all, ends.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="agent")
    >>> finished(Turn(talk, ("We call you back.",)), Heard("", Channel.IVR), facts).act
    'hangup'
    """
    talk, says = turn.talk, turn.says
    if heard.spoken and turn.act == "listen" and talk.step in {"agent", "ended"}:
        turn = Turn(talk, (*says, say(facts.city, talk, "goodbye")), turn.does, "hangup")
    elif heard.spoken and turn.act == "listen" and talk.step == "open" and _is_told(turn):
        turn = calling.show_menu(talk, facts, *says).after(does=turn.does)
    kept = (*turn.talk.said, *(f"311: {said}" for said in turn.says))[-MOST_SAID:]
    return Turn(turn.talk.to(said=kept), turn.says, turn.does, turn.act, turn.dial)


def _is_told(turn: Turn) -> bool:
    """Whether a question was answered to its end, so that the caller is asked what else there is."""
    return any(isinstance(deed, Record) for deed in turn.does)


def _noted(talk: Talk, heard: Heard, facts: Facts) -> Talk:
    said = (*talk.said, f"> {heard.text[:LONGEST]}")[-MOST_SAID:] if heard.text.strip() else talk.said
    place = heard.place or talk.place
    if talk.step in _FREE:
        marks = facts.city.conversation.words.marks
        talk = talk.to(language=language_of(heard.text, marks, talk.language))
    return talk.to(said=said, turns=talk.turns + 1, place=place, photos=(*talk.photos, *heard.photos)[:10])


def _silence(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Heed who wants no texts: one last word, then none, until they start again, ask for help or are in danger."""
    words = facts.city.conversation.words
    if heard.channel is not Channel.SMS:
        return None
    if means(heard.text, words.start) and talk.stopped:
        return Turn(talk.anew(stopped=False, greeted=True), (say(facts.city, talk, "started"),))
    if talk.stopped:
        asked = Turn(talk, (say(facts.city, talk, "help"),)) if means(heard.text, words.help) else Turn(talk)
        return _danger(talk, heard, facts) or asked
    if means(heard.text, words.stop):
        return Turn(talk.anew(stopped=True), (say(facts.city, talk, "stopped"),))
    return None


def _warned(talk: Talk, heard: Heard, facts: Facts, reply: Callable[[Talk, Heard, Facts], Turn]) -> Turn:
    """Reply, and before anything else say whom to call in danger."""
    danger = _danger(talk, heard, facts)
    if danger is None:
        return reply(talk, heard, facts)
    return reply(danger.talk, heard, facts).after(*danger.says, does=danger.does)


def _danger(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Say whom to call at once, in the language of the words that were used; counted once a draft."""
    emergency = facts.city.profile.emergency
    said = [language for language, words in emergency.words.root.items() if is_emergency(heard.text, words)]
    if not said and plain(heard.text).replace(" ", "") == emergency.phone:
        said = [talk.language]  # who sends us that number means it
    if not said:
        return None
    record = Record(ContactKind.EMERGENCY_DIVERTED, emergency.phone, "life_safety_words")
    does = () if talk.warned else (record,)
    return Turn(talk.to(warned=True), (emergency.text.say(talk.language if talk.language in said else said[0]),), does)


def _reply(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    if heard.begins:
        return _offered(calling.show_menu(talk, facts), facts) if heard.spoken else greet(talk, facts)
    if heard.recorded:
        return calling.recorded(talk, heard, facts)
    return begins_survey(talk, heard, facts) or at_any_step(talk, heard, facts) or _STEPS[talk.step](talk, heard, facts)


def _offered(turn: Turn, facts: Facts) -> Turn:
    """Tell a caller who was asked about a closing how to answer, after the menu."""
    keys = facts.city.survey.by_keys if facts.invited else None
    offer = (keys.offer.say(turn.talk.language),) if keys else ()
    return Turn(turn.talk, (*turn.says, *offer), turn.does, turn.act, turn.dial)


def _number(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Ask for the number again; words that are none are heard as a report."""
    if len(heard.text.split()) > 1 and facts.types.read(heard.text):
        return at_open(talk.to(step="open"), heard, facts)
    unknown = say(facts.city, talk, "status_unknown")
    if talk.tries + 1 < MOST_TRIES:
        return Turn(talk.to(tries=talk.tries + 1), (unknown,))
    return calling.show_menu(talk, facts, unknown) if heard.spoken else Turn(talk.to(step="open", tries=0), (unknown,))


def _proposal(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    return at_proposal(talk, heard, facts) or at_open(talk.to(step="open", proposed=()), heard, facts)


def _waiting(talk: Talk, _heard: Heard, facts: Facts) -> Turn:
    return Turn(talk, (say(facts.city, talk, "agent_waiting"),))


def _unrecorded(talk: Talk, _heard: Heard, facts: Facts) -> Turn:
    """End a call in which nothing was left: the caller is called back."""
    if talk.tries:
        return hand_over(talk, facts, "callback")
    return calling.take_message(talk.to(tries=1), facts)


_STEPS: Final[Mapping[str, Callable[[Talk, Heard, Facts], Turn]]] = {
    "open": at_open,
    "ended": at_open,
    "menu": calling.at_menu,
    "number": _number,
    "propose": _proposal,
    "offer": at_offer,
    "question": at_question,
    "place": at_place,
    "photo": at_photo,
    "confirm": at_confirm,
    "agent": _waiting,
    "voicemail": _unrecorded,
    "survey": at_survey,
}
