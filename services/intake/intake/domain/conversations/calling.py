"""A call: the voice menu of the city, by keys and by words, other offices with their hours, a person, a message."""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.city import Choice, Menu
from contracts.vocabulary import ContactKind
from intake.domain.conversations.drafting import hand_over, start
from intake.domain.conversations.opening import at_open
from intake.domain.conversations.saying import answers_at, is_open, phone_of, say
from intake.domain.conversations.state import MOST_TRIES, Facts, HandOver, Heard, Record, Talk, Turn
from intake.domain.conversations.words import holds, plain


def at_menu(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Follow a key or a word; free words are heard as in every channel.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="menu")
    >>> at_menu(talk, Heard("2"), facts).dial
    '555-0101'
    >>> [at_menu(talk, Heard(words), facts).talk.step for words in ("report", "there is a pothole", "?")]
    ['question', 'propose', 'menu']
    """
    menu = _menu(talk, facts)
    choice = _chosen(menu, heard.text)
    if choice is not None:
        return DEEDS[choice.does](talk.to(tries=0), heard, facts, choice)
    if len(plain(heard.text).split()) > 1:
        return at_open(talk.to(step="open", menu=()), heard, facts)
    if talk.tries + 1 >= MOST_TRIES:
        return take_message(talk, facts)
    return Turn(talk.to(tries=talk.tries + 1), (menu.say.say(talk.language),))


def show_menu(talk: Talk, facts: Facts, *first: str) -> Turn:
    """Say the city's menu from its top.

    >>> from intake.domain.conversations.examples import example
    >>> show_menu(*example(menu=("4",)), "Thank you.").says
    ('Thank you.', 'Press 1 to report, 2 for water.')
    """
    top = facts.city.conversation.voice.say.say(talk.language)
    return Turn(talk.to(step="menu", menu=(), tries=0, greeted=True), (*first, top))


def _menu(talk: Talk, facts: Facts) -> Menu:
    """Find the menu that was last said, by the keys that led to it."""
    menu = facts.city.conversation.voice
    for key in talk.menu:
        menu = next((c.menu for c in menu.choices if c.key == key and c.menu), menu)
    return menu


def _chosen(menu: Menu, said: str) -> Choice | None:
    pressed = said.strip(" .#")
    by_key = next((choice for choice in menu.choices if choice.key == pressed), None)
    short = len(plain(said).split()) <= 3  # noqa: PLR2004 - a sentence is a report, not a choice
    return by_key or next((c for c in menu.choices if short and holds(said, c.words.all())), None)


def _open_menu(talk: Talk, _heard: Heard, _facts: Facts, choice: Choice) -> Turn:
    said = choice.menu.say.say(talk.language) if choice.menu else ""
    return Turn(talk.to(menu=(*talk.menu, choice.key)), (said,))


def _transfer(talk: Talk, _heard: Heard, facts: Facts, choice: Choice) -> Turn:
    """Connect to an office while it answers; else say when it does, and go back to the menu."""
    city, office = facts.city, facts.city.transfers[choice.transfer or ""]
    name, phone = office.name.say(talk.language), phone_of(city, office)
    record = Record(ContactKind.CALL_TRANSFERRED, office.slug, "chosen_in_menu")
    if phone and is_open(city, office, facts.now):
        return Turn(talk.to(step="ended"), (say(city, talk, "transfer_open", name=name),), (record,), "dial", phone)
    if phone is None:
        return hand_over(talk, facts, "callback", record)
    hours = office.hours.root if office.hours else ""
    return show_menu(talk, facts, say(city, talk, "transfer_closed", name=name, hours=hours))


def _report(talk: Talk, heard: Heard, facts: Facts, choice: Choice) -> Turn:
    return start(talk, heard, facts, choice.service or facts.city.profile.triage_services[0])


def _status(talk: Talk, _heard: Heard, facts: Facts, _choice: Choice) -> Turn:
    return Turn(talk.to(step="number"), (say(facts.city, talk, "ask_tracking"),))


def _question(talk: Talk, _heard: Heard, facts: Facts, _choice: Choice) -> Turn:
    return Turn(talk.to(step="open", menu=()), (say(facts.city, talk, "ask_problem"),))


def _callback(talk: Talk, _heard: Heard, facts: Facts, _choice: Choice) -> Turn:
    return hand_over(talk, facts, "callback")


def _agent(talk: Talk, _heard: Heard, facts: Facts, _choice: Choice) -> Turn:
    return reach_agent(talk, facts)


def reach_agent(talk: Talk, facts: Facts) -> Turn:
    """Connect to a person while one answers; else take a message.

    >>> from intake.domain.conversations.examples import SUNDAY, example
    >>> reach_agent(*example()).dial, reach_agent(*example(SUNDAY)).act
    ('555-0100', 'record')
    """
    agents = facts.city.conversation.agents
    if not answers_at(facts.city, agents.hours, facts.now):
        return take_message(talk, facts)
    if agents.phone is None:
        return hand_over(talk, facts, "callback")
    waiting = say(facts.city, talk, "agent", reference=talk.reference)
    return Turn(talk.to(step="agent"), (waiting,), (HandOver("agent"),), "dial", agents.phone)


def _message(talk: Talk, _heard: Heard, facts: Facts, _choice: Choice) -> Turn:
    return take_message(talk, facts)


def take_message(talk: Talk, facts: Facts) -> Turn:
    """Record what the caller says after the tone.

    >>> from intake.domain.conversations.examples import example
    >>> turn = take_message(*example())
    >>> turn.act, turn.says
    ('record', ('Speak after the tone.',))
    """
    return Turn(talk.to(step="voicemail", tries=0), (say(facts.city, talk, "voicemail"),), (), "record")


def recorded(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Put a recorded message before a person.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="voicemail")
    >>> recorded(talk, Heard(recorded="https://voice.example/1"), facts).does[0].kind
    'voicemail'
    """
    kept = say(facts.city, talk, "voicemail_kept", reference=talk.reference)
    return Turn(talk.to(step="ended"), (kept,), (HandOver("voicemail", heard.recorded),), "hangup")


def _language(talk: Talk, _heard: Heard, facts: Facts, choice: Choice) -> Turn:
    return show_menu(talk.to(language=choice.language or talk.language), facts)


DEEDS: Final[Mapping[str, Callable[[Talk, Heard, Facts, Choice], Turn]]] = {
    "menu": _open_menu,
    "transfer": _transfer,
    "report": _report,
    "status": _status,
    "question": _question,
    "callback": _callback,
    "agent": _agent,
    "voicemail": _message,
    "language": _language,
}
