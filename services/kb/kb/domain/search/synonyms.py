"""Other words for the same thing, as the city's folder lists them."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from kb.domain.search.words import stem, tokens

WORTH: Final = 0.8
"""What another word for the same thing counts, beside the word that was typed."""


class Alternative(NamedTuple):
    """Stems that may stand for what was typed; several must all be there."""

    stems: tuple[str, ...]
    worth: float


class Synonyms:
    """Finds the groups a text's words belong to; phrases of several words are found as a whole."""

    def __init__(self, groups: Iterable[Iterable[str]], language: str) -> None:
        self._language = language
        self._others: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for group in groups:
            phrases = list(dict.fromkeys(self._stems(phrase) for phrase in group))
            for phrase in phrases:
                self._others.setdefault(phrase, []).extend(other for other in phrases if other != phrase)
        self._longest = max((len(phrase) for phrase in self._others), default=0)

    def _stems(self, phrase: str) -> tuple[str, ...]:
        return tuple(stem(word, self._language) for word in tokens(phrase))

    def at(self, stems: Sequence[str], start: int) -> tuple[int, list[Alternative]]:
        """Give the longest phrase that begins here: how many words it has, and what may stand for it.

        >>> known = Synonyms([["sofa", "couch"], ["street light", "lamp post"]], "en")
        >>> known.at([stem(word, "en") for word in ("broken", "street", "lights")], 1)
        (2, [Alternative(stems=('lamp', 'post'), worth=0.8)])
        >>> known.at(["pothol"], 0)
        (1, [])
        """
        for length in range(min(self._longest, len(stems) - start), 0, -1):
            others = self._others.get(tuple(stems[start : start + length]))
            if others:
                return length, [Alternative(other, WORTH) for other in others]
        return 1, []
