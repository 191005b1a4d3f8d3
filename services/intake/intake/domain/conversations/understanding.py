"""What words mean: which service, which article. Behind interfaces, so that other readers can be put in their place."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal, Protocol, TypeAlias

from contracts.city import City
from intake.domain.conversations.words import stems

MOST_PROPOSED: Final = 3
_ENOUGH: Final = 0.34
_SURE: Final = 1.0
_CHOSEN: Final = 0.9
"""What somebody plugged in chose counts less than a phrase of the catalog's own, so that another office goes before."""
_ARTICLE: Final = 0.3
_SHORTEST: Final = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A service that words may mean; 1 and more is a phrase of the catalog's own."""

    code: str
    score: float


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next: start a request, call a desk (open now, closed now, or nobody told), 211, 911."""

    kind: Literal["start_request", "call", "call_211", "call_911"]
    service: str | None = None
    name: str | None = None
    phone: str | None = None
    hours: str | None = None
    open: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An article that answers, by id and version, how sure it is and what to do next; nothing else is ever said."""

    article_id: str
    version: int
    title: Mapping[str, str]
    summary: Mapping[str, str]
    services: tuple[str, ...] = ()
    confidence: float = 1.0
    next: NextStep | None = None
    """None where the copy kept here answered: what the city's catalog says is next."""


Areas: TypeAlias = tuple[tuple[str, str], ...]
"""Where a question is about: areas by kind, in order."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the knowledge base is asked: `public` is its copy without personal data, the only one that leaves."""

    text: str
    language: str
    areas: Areas = ()
    public: str = field(default="", compare=False)
    is_asked: bool = field(default=True, compare=False)
    """Whether it is a question; one that nobody can answer opens a task for editors."""


class TypeReader(Protocol):
    """Reads which service a resident means: by the catalog's own words, or as whoever is plugged in chose before."""

    def read(self, text: str) -> Sequence[Proposal]:
        """Name up to three services, the likeliest first; none when the words mean none."""


class Answers(Protocol):
    """Finds the article that answers a question."""

    def find(self, text: str, language: str) -> Found | None:
        """Give the best article, or None when none is near enough."""


@dataclass(frozen=True)
class Known:
    """An article's words, ready to be compared."""

    found: Found
    words: Mapping[str, frozenset[str]]


class KeywordTypes:
    """Reads types by the catalog's names and keywords, in every language of the city."""

    def __init__(self, city: City) -> None:
        self._phrases = {
            code: tuple(
                filter(None, (stems(phrase) for phrase in (*service.name.root.values(), *service.keywords.all())))
            )
            for code, service in city.offered.items()
        }

    @cached_property
    def _weights(self) -> Mapping[str, float]:
        """Weigh a word by how few services share it."""
        seen = Counter(word for phrases in self._phrases.values() for word in {w for p in phrases for w in p})
        return {word: 1.0 / count for word, count in seen.items() if len(word) >= _SHORTEST}

    def read(self, text: str) -> list[Proposal]:
        """Name up to three services: those whose own phrase was said, else those that share its rarest words."""
        said = stems(text)
        scored = [Proposal(code, self._score(said, phrases)) for code, phrases in self._phrases.items()]
        near = sorted((p for p in scored if p.score >= _ENOUGH), key=lambda p: (-p.score, p.code))
        sure = [proposal for proposal in near if proposal.score >= _SURE]
        return [p for p in sure or near if p.score >= near[0].score * 0.7][:MOST_PROPOSED]

    def _score(self, said: tuple[str, ...], phrases: Sequence[tuple[str, ...]]) -> float:
        padded, words = f" {' '.join(said)} ", frozenset(said)
        whole = max((len(p) for p in phrases if f" {' '.join(p)} " in padded), default=0)
        if whole:
            return _SURE + 0.5 * whole
        return max((self._shared(words, phrase) for phrase in phrases), default=0.0)

    def _shared(self, words: frozenset[str], phrase: tuple[str, ...]) -> float:
        """Tell how much of a phrase was said, its rare words counting most; all of it, parted, is nearly the phrase."""
        known = [self._weights.get(word, 0.0) for word in phrase]
        total = sum(known)
        shared = sum(self._weights.get(word, 0.0) for word in set(phrase) & words)
        return min(0.99, shared / total) * min(1.0, max(known)) if total else 0.0


def is_sure(found: Sequence[Proposal]) -> bool:
    """Tell whether a phrase of the catalog's own was said; then nobody else is asked what is meant.

    >>> is_sure([Proposal("pothole", 1.5)]), is_sure([Proposal("pothole", 0.6)]), is_sure([])
    (True, False, False)
    """
    return bool(found) and found[0].score >= _SURE


def as_chosen(codes: Sequence[str], near: Sequence[Proposal]) -> list[Proposal]:
    """Propose the types that were chosen; where none was, those whose words are near.

    >>> near = [Proposal("pothole", 0.4)]
    >>> [one.code for one in as_chosen(("lamp",), near)], as_chosen((), near) == near
    (['lamp'], True)
    """
    return [Proposal(code, _CHOSEN) for code in codes][:MOST_PROPOSED] or list(near)


class NotingTypes:
    """Reads as another does, and notes which words that one is not sure of: a rehearsal, to know what to ask before."""

    def __init__(self, own: TypeReader) -> None:
        self._own = own
        self.unsure: list[str] = []

    def read(self, text: str) -> Sequence[Proposal]:
        """Read, and note words that name no type by a phrase of its own."""
        found = self._own.read(text)
        if not is_sure(found):
            self.unsure.append(text)
        return found


class Noting:
    """Answers nothing, and notes what it was asked: a rehearsal, to know what to ask before a message is taken."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def find(self, text: str, language: str) -> Found | None:
        """Note a question and its language."""
        self.asked.append((text, language))
        return None


class KeywordAnswers:
    """Finds articles by the words they share with a question; the knowledge base's own search may stand here."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._known = [_known(row) for row in rows]

    @cached_property
    def _rarity(self) -> Mapping[str, float]:
        seen = Counter(word for known in self._known for words in known.words.values() for word in words)
        return {word: 1.0 / count for word, count in seen.items()}

    def find(self, text: str, language: str) -> Found | None:
        """Give the article whose title and summary hold most of the question's telling words."""
        said = {word for word in stems(text) if len(word) > _SHORTEST}
        scored = [(self._score(said, known.words.get(language, frozenset())), known.found) for known in self._known]
        best = max(scored, key=lambda pair: (pair[0], pair[1].article_id), default=None)
        return replace(best[1], confidence=round(min(1.0, best[0]), 2)) if best and best[0] >= _ARTICLE else None

    def _score(self, said: set[str], words: frozenset[str]) -> float:
        return sum(self._rarity[word] for word in said & words)


def _known(row: Mapping[str, Any]) -> Known:
    title, summary = row["title"], row["summary"]
    found = Found(row["article_id"], row["version"], title, summary, tuple(row["services"].split()))
    texts = {language: f"{title[language]} {summary.get(language, '')}" for language in title}
    words = {name: frozenset(word for word in stems(text) if len(word) > _SHORTEST) for name, text in texts.items()}
    return Known(found, words)
