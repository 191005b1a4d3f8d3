"""Reading the answer to a question of the catalog, as people type and say it."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from contracts.city import Option, Question
from contracts.frontends import Answer
from intake.domain.conversations.words import stems

_NUMBER: Final = re.compile(r"-?\d+(?:[.,]\d+)?")
_INDEX: Final = re.compile(r"\d+")
_LONGEST: Final = {"string": 500, "text": 1600}
_DATES: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("%m/%d/%Y", "%m/%d/%Y %H:%M", "%B %d, %Y", "%B %d %Y"),
    "es": ("%d/%m/%Y", "%d/%m/%Y %H:%M"),
}


def read_answer(question: Question, text: str, language: str) -> Answer | None:
    """Read an answer; None when it fits the question in no way.

    >>> from contracts.city import LocalizedText
    >>> label = LocalizedText({"en": "How many?"})
    >>> read_answer(Question(code="n", label=label, kind="number"), "about 3 of them", "en")
    '3'
    >>> dog = Option(key="dog", name=LocalizedText({"en": "Dog", "es": "Perro"}))
    >>> asked = Question(code="a", label=label, kind="singlevaluelist", options=(dog,))
    >>> read_answer(asked, "un perro", "es"), read_answer(asked, "1", "en"), read_answer(asked, "7", "en")
    ('dog', 'dog', None)
    """
    said = text.strip().replace("\x00", "")
    return _READERS[question.kind](question, said, language) if said else None


def _one(question: Question, said: str, _language: str) -> Answer | None:
    found = _chosen(question.options, said)
    return found[0] if found else None


def _several(question: Question, said: str, _language: str) -> Answer | None:
    return tuple(_chosen(question.options, said)) or None


def _chosen(options: tuple[Option, ...], said: str) -> list[str]:
    """Find the options meant: by number, by name, else by the name that shares most words."""
    numbers = _INDEX.findall(said)
    if numbers and not re.sub(r"[\d\s,.;&+]|\band\b|\by\b", "", said.casefold()):
        return list(dict.fromkeys(options[int(n) - 1].key for n in numbers if n in _indices(len(options))))
    words = stems(said)
    exact = [option.key for option in options if any(name == words for name in _names(option))]
    within = [option.key for option in options if any(_is_in(name, words) for name in _names(option))]
    return exact or within or _nearest(options, frozenset(words))


def _indices(count: int) -> frozenset[str]:
    return frozenset(str(n) for n in range(1, count + 1))


def _names(option: Option) -> list[tuple[str, ...]]:
    return [stems(option.key.replace("_", " ")), *(stems(name) for name in option.name.root.values())]


def _is_in(name: tuple[str, ...], words: tuple[str, ...]) -> bool:
    return bool(name) and f" {' '.join(name)} " in f" {' '.join(words)} "


def _nearest(options: tuple[Option, ...], words: frozenset[str]) -> list[str]:
    telling = {word for word in words if len(word) > 2}  # noqa: PLR2004 - articles tell nothing
    scores = {option.key: max(len(telling & set(name)) for name in _names(option)) for option in options}
    best = max(scores.values(), default=0)
    meant = [key for key, score in scores.items() if score == best]
    return meant if best and len(meant) == 1 else []


def _number(_question: Question, said: str, _language: str) -> Answer | None:
    found = _NUMBER.search(said)
    return found.group().replace(",", ".")[:20] if found and found.group().isascii() else None


def _moment(_question: Question, said: str, language: str) -> Answer | None:
    for pattern in ("", *_DATES.get(language, ())):
        try:
            read = datetime.strptime(said, pattern) if pattern else datetime.fromisoformat(said)  # noqa: DTZ007 - local
        except ValueError:
            continue
        return read.isoformat()
    return None


def _words(question: Question, said: str, _language: str) -> Answer | None:
    return said[: _LONGEST[question.kind]]


_READERS: Final[Mapping[str, Callable[[Question, str, str], Answer | None]]] = {
    "singlevaluelist": _one,
    "multivaluelist": _several,
    "number": _number,
    "datetime": _moment,
    "string": _words,
    "text": _words,
}
