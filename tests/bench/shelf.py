"""A made-up knowledge base in English and Spanish, as large as wanted, and questions that its articles answer."""

import csv
import io
import random
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_ONSETS: Final = ("b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "br", "cr", "gr", "pl", "st", "tr")
_VOWELS: Final = ("a", "e", "i", "o", "u")
_CODAS: Final = {"en": ("", "n", "r", "l", "s", "ck", "nt", "ng"), "es": ("", "", "n", "r", "l", "s")}
_ENDINGS: Final = {
    "en": ("", "", "s", "ed", "ing", "er", "tion", "ness"),
    "es": ("o", "a", "os", "as", "ar", "ado", "ción", "miento"),
}
WORDS: Final = 60_000
"""Words that a language has here; a text of natural language of this size has about as many."""
_SHARE: Final = 1.07
"""How fast words become rarer (Zipf)."""
SENTENCES, SENTENCE = 9, 13
"""Sentences of a body, and words of a sentence: 117 words, and as many in the other language."""
TOPICS: Final = (
    ("pothole", "bache"), ("graffiti", "grafiti"), ("street light", "luz de la calle"), ("tree", "árbol"),
    ("sidewalk", "banqueta"), ("dumping", "basura tirada"), ("sofa", "sofá"), ("noise", "ruido"),
    ("parking ticket", "multa de estacionamiento"), ("dog", "perro"), ("coyote", "coyote"), ("water", "agua"),
    ("permit", "permiso"), ("trash bin", "bote de basura"), ("park", "parque"), ("library", "biblioteca"),
    ("street sweeping", "barrido de la calle"), ("scooter", "patineta"), ("rent", "renta"), ("storm drain", "drenaje"),
)  # fmt: skip
FAULTS: Final = ("plain", "plain", "typo", "typo", "synonym", "spanish", "spanish", "vain")
"""Kinds of questions, as often as each stands here."""
_SYNONYMS: Final = (("couch", "sofa"), ("rubbish", "trash"), ("streetlamp", "street light"), ("footpath", "sidewalk"))
COLUMNS: Final = ("id", "title", "title_es", "summary", "summary_es", "body", "body_es", "keywords", "keywords_es")


class Asked(NamedTuple):
    """A question, its language, and of what kind it is."""

    text: str
    language: str
    kind: str


class Shelf:
    """Makes articles by their number: the same for the same seed, whatever was made before."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._words = {language: _vocabulary(language, random.Random(f"{seed} {language}")) for language in _ENDINGS}
        self._weights = [1 / (place + 2.7) ** _SHARE for place in range(WORDS)]
        self._summed = {language: _summed(self._weights) for language in self._words}

    def article(self, number: int) -> dict[str, str]:
        """Make one article, a text a column."""
        chance, topic = random.Random(f"{self._seed} article {number}"), TOPICS[number % len(TOPICS)]
        row = {"id": f"made-{number}"}
        for language, name, suffix in (("en", topic[0], ""), ("es", topic[1], "_es")):
            own = self._sentence(chance, language, 3)
            row[f"title{suffix}"] = f"{name.capitalize()} {own}"
            row[f"summary{suffix}"] = f"{name.capitalize()}: {self._sentence(chance, language, 9)}."
            row[f"keywords{suffix}"] = ";".join([name, *own.split()[:2]])
            said = (self._sentence(chance, language, SENTENCE).capitalize() + "." for _ in range(SENTENCES))
            row[f"body{suffix}"] = "\n\n".join(" ".join(part) for part in _in_threes(list(said)))
        return row

    def questions(self, count: int, articles: int) -> Iterator[Asked]:
        """Ask about articles as people do: mistyped, in other words, in Spanish, and about what nobody knows."""
        chance = random.Random(f"{self._seed} questions")
        for _ in range(count):
            row, kind = self.article(chance.randrange(articles)), chance.choice(FAULTS)
            yield _asked(row, kind, chance)

    def _sentence(self, chance: random.Random, language: str, length: int) -> str:
        words = chance.choices(self._words[language], cum_weights=self._summed[language], k=length)
        return " ".join(words)


def _asked(row: dict[str, str], kind: str, chance: random.Random) -> Asked:
    if kind == "spanish":
        return Asked(f"¿dónde puedo pedir {_few(row['title_es'], chance)}?", "es", kind)
    words = _few(row["title"], chance)
    if kind == "typo":
        words = mistyped(words, chance)
    elif kind == "synonym":
        other, name = chance.choice(_SYNONYMS)
        words = f"{other} {words.replace(name.capitalize(), '').strip()}"
    elif kind == "vain":
        return Asked(f"{_strange(chance)} {_strange(chance)}", "en", kind)
    return Asked(f"how do I ask for {words} near my house", "en", kind)


def _few(title: str, chance: random.Random) -> str:
    first, *others = title.split()
    return " ".join([first, *chance.sample(others, min(2, len(others)))])


def mistyped(text: str, chance: random.Random) -> str:
    """Turn two letters of the longest word around, leave one out, or type one twice.

    >>> mistyped("a sidewalk", random.Random(1)) != "a sidewalk"
    True
    """
    word = max(text.split(), key=len)
    place = chance.randrange(1, len(word) - 1)
    wrong = chance.choice(
        (
            word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
            word[:place] + word[place + 1 :],
            word[:place] + word[place] + word[place:],
        )
    )
    return text.replace(word, wrong if wrong != word else word[:place] + word[place + 1 :])


def _strange(chance: random.Random) -> str:
    return "".join(chance.choices("bcdfgjklmnpqrstvwxz", k=9))


def _vocabulary(language: str, chance: random.Random) -> list[str]:
    """Make words up, short ones first, as the commonest words are."""
    made: dict[str, None] = {}
    while len(made) < WORDS:
        length = (len(made) > WORDS // 200) + (len(made) > WORDS // 10)
        parts = chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS[language])
        stem = parts + "".join(
            chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS[language]) for _ in range(length)
        )
        made[stem + chance.choice(_ENDINGS[language])] = None
    return list(made)


def _summed(weights: Sequence[float]) -> list[float]:
    total, summed = 0.0, []
    for weight in weights:
        total += weight
        summed.append(total)
    return summed


def _in_threes(said: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (said[place : place + 3] for place in range(0, len(said), 3))


def as_csv(rows: Iterator[dict[str, str]]) -> str:
    """Write articles as the CSV that an import takes."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
