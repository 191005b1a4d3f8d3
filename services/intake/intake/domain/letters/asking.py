"""What a letter asks, and whether it asks alone: one that may report something becomes a request all the same."""

import re
from collections.abc import Sequence
from typing import Final

from contracts.city import City
from intake.domain.conversations.opening import is_question
from intake.domain.conversations.words import holds, stems
from intake.domain.letters.reading import Letter
from intake.domain.letters.words import own_words, subject_alone
from intake.domain.requests.free_text import address_in, clear_service

COURTEOUS, NAMED, TELLING = 8, 4, 25
"""Words of a sentence that may be a greeting or thanks, of one that may be a name, of a question that tells more."""
MOST_ASKED: Final = 1_000
_SENTENCES: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_ASKED: Final = re.compile(r"¿[^¿?]{1,1000}\?+")
_NUMBER: Final = re.compile(r"\d{2,}")
_SHORTEST: Final = 4


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
    >>> alone("Hi", "It broke my axle. Who pays?"), alone("Overgrown grass", "Who cuts half of it?")
    (False, False)
    """
    words, spoken = letter.words, city.conversation.words
    if letter.pictures or address_in(words) or _is_exact(words, city) or holds(words, spoken.appeals.all()):
        return False
    if any(len(asked.split()) > TELLING for asked in _sentences(question)):
        return False
    if _adds_to(question, subject_alone(letter.subject), city):
        return False
    return all(_is_courtesy(sentence, city) for sentence in _others(own_words(letter.text)))


def _is_exact(text: str, city: City) -> bool:
    """Tell whether a number stands in a text, of a house or of an earlier report; the city's own telephone is none."""
    return any(number != city.profile.phone for number in _NUMBER.findall(text))


def _adds_to(question: str, subject: str, city: City) -> bool:
    """Tell whether a subject names a matter that is not the question's."""
    if subject.endswith("?") or is_question(subject, city):
        return False
    titled = clear_service(subject, list(city.services.values()))
    if titled and titled != clear_service(question, list(city.services.values())):
        return True
    known = {*stems(question), *(word for said in city.conversation.words.courtesies.all() for word in stems(said))}
    return any(word not in known for word in stems(subject) if len(word) >= _SHORTEST)


def _is_courtesy(sentence: str, city: City) -> bool:
    """Tell whether a sentence greets, thanks, or is a name at the end."""
    count = len(sentence.split())
    polite = count <= COURTEOUS and holds(sentence, city.conversation.words.courtesies.all())
    return (polite or (count <= NAMED and sentence.istitle())) and (
        clear_service(sentence, list(city.services.values())) is None
    )


def _others(text: str) -> Sequence[str]:
    return [sentence for sentence in _sentences(text) if not sentence.endswith("?")]


def _sentences(text: str) -> Sequence[str]:
    """Part a text into sentences; a Spanish question is one from its first sign to its last."""
    found, at, whole = list[str](), 0, text[:20_000]
    for asked in _ASKED.finditer(whole):
        found += [*_SENTENCES.split(whole[at : asked.start()]), asked.group()]
        at = asked.end()
    return [sentence.strip() for sentence in (*found, *_SENTENCES.split(whole[at:])) if sentence.strip()]
