"""What a question asks for: its telling words as concepts, each with the terms that may stand for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from kb.domain.search.spelling import Spelling
from kb.domain.search.synonyms import Synonyms
from kb.domain.search.words import FAINT, stem, telling, tokens

MOST_WORDS: Final = 24
"""Telling words of a question that are looked for; a longer text says what it is about early."""
_MISTYPED: Final = {1: 0.75, 2: 0.5}
_JOINED: Final = 0.95
_PART_WORTH: Final = 0.6
_FAINT: Final = 0.3
_SPLIT_FROM: Final = 7
_PART: Final = 3


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that was asked for: `ways` are terms that must all be there, with what each way is worth."""

    ways: tuple[tuple[tuple[int, ...], float], ...]
    weight: float = 1.0


class Reader:
    """Reads questions in one language against the words that its index knows."""

    def __init__(
        self, language: str, synonyms: Synonyms, spelling: Spelling, known: Callable[[str], int | None]
    ) -> None:
        self._language, self._synonyms, self._spelling, self._known = language, synonyms, spelling, known
        self._faint = FAINT.get(language, frozenset())

    def read(self, text: str) -> list[Concept]:
        """Cut a question into concepts; one that no term stands for has no ways."""
        words = telling(tokens(text), self._language)[:MOST_WORDS]
        stems = [stem(word, self._language) for word in words]
        concepts, place = [], 0
        while place < len(stems):
            length, ways = self._at(words, stems, place)
            weight = _FAINT if length == 1 and words[place] in self._faint else 1.0
            concepts.append(Concept(tuple(dict.fromkeys(ways)), weight))
            place += length
        return list(dict.fromkeys(concepts))

    def _at(
        self, words: Sequence[str], stems: Sequence[str], place: int
    ) -> tuple[int, list[tuple[tuple[int, ...], float]]]:
        length, others = self._synonyms.at(stems, place)
        ways = self._ways(stems[place : place + length], 1.0)
        for other in others:
            ways += self._ways(other.stems, other.worth)
        if length > 1:  # the words of a phrase one by one, where nothing holds it whole
            ways += [way for one in stems[place : place + length] for way in self._ways([one], _PART_WORTH)]
        else:
            if place + 1 < len(words) and (
                joined := self._known(stem(words[place] + words[place + 1], self._language))
            ):
                return 2, [*self._ways(stems[place : place + 2], 1.0), *ways, ((joined,), _JOINED)]
            ways += self._split(words[place])
            ways = ways or self._near(words[place])
        return length, ways

    def _ways(self, stems: Sequence[str], worth: float) -> list[tuple[tuple[int, ...], float]]:
        known = [self._known(one) for one in stems]
        found = tuple(term for term in known if term is not None)
        return [(found, worth)] if len(found) == len(known) else []

    def _split(self, word: str) -> list[tuple[tuple[int, ...], float]]:
        """Find two known words that were written as one."""
        if len(word) < _SPLIT_FROM:
            return []
        for cut in range(_PART, len(word) - _PART + 1):
            left = self._known(stem(word[:cut], self._language))
            right = self._known(stem(word[cut:], self._language)) if left is not None else None
            if left is not None and right is not None:
                return [((left, right), _JOINED)]
        return []

    def _near(self, word: str) -> list[tuple[tuple[int, ...], float]]:
        near = [(stem(other, self._language), _MISTYPED[max(1, far)]) for other, far in self._spelling.near(word)]
        ways = [way for one, worth in near for way in self._ways([one], worth)]
        for one, worth in near:
            _, others = self._synonyms.at([one], 0)
            ways += [way for other in others for way in self._ways(other.stems, other.worth * worth)]
        return ways
