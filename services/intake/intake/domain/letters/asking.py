"""What a letter asks, and whether it asks alone: one that may report something becomes a request all the same."""

import re
from collections.abc import Sequence
from typing import Final

from contracts.city import City
from intake.domain.conversations.opening import is_question
from intake.domain.conversations.words import holds
from intake.domain.letters.reading import Letter
from intake.domain.letters.words import own_words, subject_alone
from intake.domain.requests.free_text import address_in, clear_service

COURTEOUS: Final = 8
"""Words of a sentence that may be a greeting or thanks; a longer one tells something."""
MOST_ASKED: Final = 1_000
_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|\n+")


def question_in(letter: Letter, city: City) -> str | None:
    r"""Give the sentences of a letter that ask; its subject, where that alone asks; None where nothing is asked.

    >>> from intake.domain.conversations.examples import example
    >>> from intake.domain.letters.reading import read_letter
    >>> city = example()[1].city
    >>> def asked(subject, text):
    ...     return question_in(read_letter(f"Subject: {subject}\r\n\r\n{text}".encode()), city)
    >>> asked("Trash", "Hello,\r\nWhen is trash day? Thank you!"), asked("When is trash day", "Thanks")
    ('When is trash day?', 'When is trash day')
    >>> asked("Pothole", "It is deep.") is None
    True
    """
    asking = [sentence for sentence in _sentences(own_words(letter.text)) if sentence.endswith("?")]
    subject = subject_alone(letter.subject)
    if not asking and is_question(subject, city):
        return subject[:MOST_ASKED]
    return " ".join(asking)[:MOST_ASKED] or None


def asks_alone(letter: Letter, question: str, city: City) -> bool:
    r"""Tell whether a letter does nothing but ask: no picture, no address, no appeal, nothing told, no other matter.

    >>> from intake.domain.conversations.examples import example
    >>> from intake.domain.letters.reading import read_letter
    >>> city = example()[1].city
    >>> def alone(subject, text):
    ...     letter = read_letter(f"Subject: {subject}\r\n\r\n{text}".encode())
    ...     return asks_alone(letter, question_in(letter, city), city)
    >>> alone("A question", "Hello,\r\nwhen is trash day?\r\nThank you\r\nPat Doe")
    True
    >>> alone("Pothole", "When will somebody come?"), alone("Hi", "Who fixes the hole at 1200 Main St?")
    (False, False)
    >>> alone("Hi", "It broke my axle yesterday and a wheel of my neighbor too. Who pays?")
    False
    """
    words = letter.words
    if letter.pictures or address_in(words) or holds(words, city.conversation.words.appeals.all()):
        return False
    services = list(city.services.values())
    titled = clear_service(subject_alone(letter.subject), services)
    if titled and titled != clear_service(question, services):
        return False
    return all(_is_courtesy(sentence, city) for sentence in _others(own_words(letter.text)))


def _is_courtesy(sentence: str, city: City) -> bool:
    return len(sentence.split()) <= COURTEOUS and clear_service(sentence, list(city.services.values())) is None


def _others(text: str) -> Sequence[str]:
    return [sentence for sentence in _sentences(text) if not sentence.endswith("?")]


def _sentences(text: str) -> Sequence[str]:
    return [sentence.strip() for sentence in _SENTENCES.split(text[:20_000]) if sentence.strip()]
