"""What the city's knowledge lacks: questions nobody answers, and requests that fit no service but come together."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, NamedTuple

from kb.domain.search import stem, telling, tokens
from kb.domain.search.words import FAINT

ENOUGH: Final = 5
"""People who must have typed a word before anybody may read it."""
SHORTEST: Final = 3
MOST_WORDS: Final = 12
_NEAR: Final = 0.34
_LEAST: Final = 3


def stems_of(text: str, language: str) -> list[str]:
    """Give the stems of what a text is about; masked words and numbers tell nothing.

    >>> stems_of("The billboard on [name]'s wall is broken, 3 days", "en")
    ['billboard', 'wall', 'broken']
    """
    faint = FAINT.get(language, frozenset())
    words = [word for word in telling(tokens(_unmasked(text)), language) if len(word) >= SHORTEST and word.isalpha()]
    return list(dict.fromkeys(stem(word, language) for word in words if word not in faint))[:MOST_WORDS]


def _unmasked(text: str) -> str:
    """Take out what stands in square brackets: it stands for a name, an address, a number."""
    kept, depth = [], 0
    for letter in text:
        depth += (letter == "[") - (letter == "]" and depth > 0)
        kept.append(letter if depth == 0 and letter != "]" else " ")
    return "".join(kept)


def digests_of(words: Iterable[str], language: str, key: str) -> dict[str, str]:
    """Name words by keyed digests, so that nobody can read, or guess, one that few people typed.

    >>> (digest,) = digests_of(["permit"], "en", "k")
    >>> digest == next(iter(digests_of(["permit"], "en", "k"))) != next(iter(digests_of(["permit"], "en", "other")))
    True
    """
    return {
        blake2b(f"{language}:{word}".encode(), digest_size=16, key=key.encode()[:64]).hexdigest(): word
        for word in words
        if len(word) >= SHORTEST and word.isalpha()
    }


class Cluster(NamedTuple):
    """Requests that came together: how many, and the stems most of them share."""

    language: str
    size: int
    stems: tuple[str, ...]


def clusters_of(requests: Sequence[tuple[str, frozenset[str]]], least: int = _LEAST) -> list[Cluster]:
    """Put requests together whose telling stems are much the same; small groups say nothing.

    Each joins the first group that shares enough with it, in the order of their size.

    >>> said = ("meter broken", "meter coin", "meter coin broken", "owl")
    >>> clusters_of([("en", frozenset(words.split())) for words in said])
    [Cluster(language='en', size=3, stems=('meter', 'broken', 'coin'))]
    """
    groups: list[tuple[str, Counter[str], int]] = []
    for language, stems in sorted(requests, key=lambda request: (-len(request[1]), sorted(request[1]))):
        place = _nearest(groups, language, stems)
        if place is None:
            groups.append((language, Counter(stems), 1))
        else:
            known = groups[place]
            groups[place] = (language, known[1] + Counter(stems), known[2] + 1)
    found = [Cluster(language, size, _shared(stems, size)) for language, stems, size in groups if size >= least]
    return sorted(found, key=lambda cluster: (-cluster.size, cluster.stems))


def _nearest(groups: Sequence[tuple[str, Counter[str], int]], language: str, stems: frozenset[str]) -> int | None:
    scored = [(_alike(stems, known, size), -n) for n, (tongue, known, size) in enumerate(groups) if tongue == language]
    best = max(scored, default=(0.0, 0))
    return -best[1] if best[0] >= _NEAR else None


def _alike(stems: frozenset[str], known: Mapping[str, int], size: int) -> float:
    """Tell how much of a request a group shares, and of the group the request."""
    shared = sum(known.get(one, 0) / size for one in stems)
    whole = len(stems) + sum(known.values()) / size - shared
    return shared / whole if whole else 0.0


def _shared(stems: Counter[str], size: int) -> tuple[str, ...]:
    often = [(one, n) for one, n in stems.items() if n * 2 >= size]
    return tuple(one for one, _ in sorted(often, key=lambda pair: (-pair[1], pair[0]))[:6])
