"""Hearing free words: other offices' matters, questions that an article answers, and types of request."""

from dataclasses import replace

from contracts.city import City, Transfer
from contracts.event import in_language
from contracts.vocabulary import ContactKind
from intake.domain.conversations.drafting import hand_over, offer_as_said, propose, start
from intake.domain.conversations.saying import name_of, phone_of, say
from intake.domain.conversations.state import MOST_TRIES, Facts, Heard, Record, Talk, Turn
from intake.domain.conversations.understanding import Found, NextStep, is_sure
from intake.domain.conversations.words import holds, means, plain
from intake.domain.requests.emergency import is_emergency

_MOST_WORDS = 4000
_FEW_WORDS = 3
"""So many say something, even where no type is known by them."""


def at_open(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Understand what somebody says in their own words.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example()
    >>> [at_open(talk, Heard(words), facts).says[0] for words in ("a pothole", "I am hungry", "qwerty")]
    ['Is it Pothole?', 'Call 211.', 'We did not understand.']
    """
    if not plain(heard.text):
        return _wordless(talk, facts)
    social = facts.city.profile.social_services
    said = [language for language, known in social.words.root.items() if is_emergency(heard.text, known)]
    if said:
        does = (Record(ContactKind.REFERRED_ONWARD, social.phone, "social_services_words"),)
        return Turn(talk, (social.text.say(talk.language if talk.language in said else said[0]),), does)
    return _asked(talk, heard, facts) or _reported(talk, heard, facts)


def _wordless(talk: Talk, facts: Facts) -> Turn:
    """Greet at first; later ask again."""
    if talk.photos or talk.place or talk.greeted:
        return Turn(talk, (say(facts.city, talk, "ask_problem"),))
    return greet(talk, facts)


def greet(talk: Talk, facts: Facts) -> Turn:
    """Say who answers, and what can be said.

    >>> from intake.domain.conversations.examples import example
    >>> greet(*example()).says
    ('Riverton 311. What needs fixing?',)
    """
    return Turn(talk.to(greeted=True), (say(facts.city, talk, "greeting", city=facts.city.profile.name),))


def _asked(talk: Talk, heard: Heard, facts: Facts) -> Turn | None:
    """Answer a question from an article; None for what is no question, or has no article."""
    if not is_question(heard.text, facts.city):
        return None
    found = facts.answers.find(heard.text, talk.language)
    return answer(talk.to(description=heard.text), facts, found) if found else None


def is_question(text: str, city: City) -> bool:
    """Tell whether something is asked: by its sign, or by its first words.

    >>> from intake.domain.conversations.examples import example
    >>> [is_question(text, example()[1].city) for text in ("Trash day?", "When is trash day", "A pothole", "")]
    [True, True, False, False]
    """
    first = plain(text).split()[:2]
    asking = {plain(word) for word in city.conversation.words.questions.all()}
    return text.rstrip().endswith("?") or bool({*first[:1], " ".join(first)} & asking)


def answer(talk: Talk, facts: Facts, found: Found) -> Turn:
    """Say what an article says, name it, and offer the request it explains."""
    told, step = _said(talk, facts.city, found), next_of(found, facts.city)
    does = (Record(ContactKind.QUESTION_ANSWERED, found=replace(found, next=step)),)
    if step.kind != "start_request" or step.service is None:
        return Turn(talk.to(step="open", tries=0), (told, *_how_on(talk, facts.city, step)), does)
    offer = say(facts.city, talk, "offer_report", service=name_of(facts.city, talk, step.service))
    return Turn(talk.to(step="offer", proposed=(step.service,), tries=0), (told, offer), does)


def _said(talk: Talk, city: City, found: Found) -> str:
    values = {
        "title": in_language(found.title, talk.language),
        "summary": in_language(found.summary, talk.language),
        "article": found.article_id,
        "version": found.version,
    }
    return say(city, talk, "answer", **values)


def in_writing(language: str, city: City, found: Found) -> tuple[str, ...]:
    """Say what an article says, whom to call, and how to report, where nothing can be asked back.

    >>> from intake.domain.conversations.examples import example
    >>> in_writing("en", example()[1].city, Found("bins", 2, {"en": "Bins"}, {"en": "On Monday."}))
    ('answer', 'answer_mailed')
    """
    talk = Talk(reference="", language=language)
    return (_said(talk, city, found), *_how_on(talk, city, next_of(found, city)), say(city, talk, "answer_mailed"))


def next_of(found: Found, city: City) -> NextStep:
    """Say what is next after an article: as the knowledge base says, else the request it explains, else a call.

    >>> from intake.domain.conversations.examples import example
    >>> city = example()[1].city
    >>> hole = Found("holes", 1, {"en": "Holes"}, {"en": "They are filled."}, ("pothole",))
    >>> next_of(hole, city).service, next_of(replace(hole, services=("other",)), city).phone
    ('pothole', '311')
    """
    step = found.next
    if step and (step.kind != "start_request" or step.service in city.offered):
        return step
    offered = next((code for code in found.services if code in city.offered), None)
    return NextStep("start_request", offered) if offered else NextStep("call", phone=city.profile.phone)


def _how_on(talk: Talk, city: City, step: NextStep) -> tuple[str, ...]:
    """Name the desk to call; who talks to the city's own number already is not sent there."""
    if step.kind == "call_211":
        return (city.profile.social_services.text.say(talk.language),)
    if step.kind == "call_911":
        return (city.profile.emergency.text.say(talk.language),)
    if not step.phone or not step.name or step.phone == city.profile.phone:
        return ()
    told = say(city, talk, "transfer", name=step.name, phone=step.phone)
    shut = say(city, talk, "transfer_closed", name=step.name, hours=step.hours or "") if step.open is False else ""
    return (told, shut) if shut else (told,)


def _reported(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Propose types for a report; else another office, else an article, else ask again."""
    words = " ".join(filter(None, (talk.description, heard.text)))[:_MOST_WORDS]
    talk = talk.to(description=words)
    found = list(facts.types.read(heard.text))
    office = next((t for t in facts.city.transfers.values() if holds(heard.text, t.keywords.all())), None)
    if office and not is_sure(found):
        return refer(talk, facts, office)
    if found:
        return propose(talk, facts, found)
    article = facts.answers.find(heard.text, talk.language)
    return answer(talk, facts, article) if article else not_understood(talk, facts)


def refer(talk: Talk, facts: Facts, office: Transfer) -> Turn:
    """Name the office whose matter it is, and how to reach it.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example()
    >>> refer(talk, facts, facts.city.transfers["water"]).says
    ('Water Office can help: 555-0101.',)
    """
    city = facts.city
    phone = phone_of(city, office) or city.profile.phone or ""
    told = say(city, talk, "transfer", name=office.name.say(talk.language), phone=phone)
    record = Record(ContactKind.REFERRED_ONWARD, office.slug, "transfer_words")
    return Turn(talk.to(step="open", tries=0), (told,), (record,))


def not_understood(talk: Talk, facts: Facts) -> Turn:
    """Offer to take a few words as they are, ask again after fewer; the third time a person goes on.

    >>> from intake.domain.conversations.examples import example
    >>> [not_understood(*example(tries=tries)).talk.step for tries in (0, 1, 2)]
    ['open', 'open', 'agent']
    >>> not_understood(*example(description="The whole block shakes")).says
    ('In your own words?',)
    """
    if talk.tries + 1 >= MOST_TRIES:
        return hand_over(talk, facts, "agent", Record(ContactKind.NOT_UNDERSTOOD))
    again = talk.to(step="open", tries=talk.tries + 1)
    if len(plain(talk.description).split()) >= _FEW_WORDS:
        return offer_as_said(again, facts)
    return Turn(again, (say(facts.city, talk, "not_understood"),))


def at_offer(talk: Talk, heard: Heard, facts: Facts) -> Turn:
    """Hear whether the offered request is wanted; whatever else is said is heard anew.

    >>> from intake.domain.conversations.examples import example
    >>> talk, facts = example(step="offer", proposed=("pothole",))
    >>> [at_offer(talk, Heard(words), facts).talk.step for words in ("yes", "no", "another pothole")]
    ['question', 'open', 'propose']
    """
    words = facts.city.conversation.words
    if means(heard.text, words.yes):
        return start(talk, heard, facts, talk.proposed[0])
    fresh = talk.to(step="open", proposed=(), description="")
    if means(heard.text, words.no):
        return Turn(fresh, (say(facts.city, talk, "ask_problem"),))
    return at_open(fresh, heard, facts)
