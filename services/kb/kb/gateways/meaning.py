"""What English texts mean, as vectors: a static model that lies inside a package; nothing is fetched when it is used.

Its weights and the pieces of words they belong to are read from the package's files. The package's own code is left
alone: to embed a text it would hold the weights in double the size, a second tokenizer and an HTTP client.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from kb.domain.search import Meaning, gist
from kb.domain.search.choosing import Floats
from kb.domain.search.nearness import of_length_one
from kb.gateways.sentences import spanish

PACKAGE: Final = "wordllama"
VOCABULARY: Final = "wordllama/tokenizers/l2_supercat_tokenizer_config.json"
WEIGHTS: Final = "wordllama/weights/l2_supercat_256.safetensors"
_HEAD: Final = 8
_BEGINS: Final = "\u2581"
"""Stands before the first piece of a word."""
_WORDS_AT_HAND: Final = 20_000


def meaning(language: str) -> Meaning | None:
    """Give the model for a language, or None where none found more than words alone do; see decisions 32 and 44."""
    known = MODELS.get(language)
    return known() if known else None


@cache
def english() -> Meaning:
    """Read English by the words that tell something."""
    of = model()

    def of_documents(titles: list[str], summaries: list[str]) -> Floats:
        return of([gist(f"{title} {summary}", "en") for title, summary in zip(titles, summaries, strict=True)])

    return Meaning(of_documents, lambda text: of([gist(text, "en")])[0])


MODELS: Final[Mapping[str, Callable[[], Meaning]]] = {"en": english, "es": spanish}


@cache
def model() -> Callable[[list[str]], Floats]:
    """Open the model, once a process: a vector a piece of a word, of which the system reads those that are used."""
    weights, pieces_of = weights_of(_inside(WEIGHTS)), _pieces()

    def of(texts: list[str]) -> NDArray[np.float32]:
        found = np.zeros((len(texts), weights.shape[1]), np.float32)
        for row, text in enumerate(texts):
            pieces = [piece for word in text.split() for piece in pieces_of(word)]
            weights[pieces].sum(axis=0, dtype=np.float32, out=found[row])
        return of_length_one(found)

    return of


def weights_of(path: Path) -> NDArray[np.float16]:
    """Map the one array of a safetensors file: eight bytes of length, that much JSON, then the numbers."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_HEAD), "little")
        ((_name, told),) = ((name, told) for name, told in json.loads(file.read(length)).items() if name[0] != "_")
    begin = _HEAD + length + told["data_offsets"][0]
    return np.memmap(path, np.float16, "r", begin, tuple(told["shape"]))


def pieces(word: str, numbers: Mapping[str, int]) -> tuple[int, ...]:
    """Cut a word into the pieces that have a vector: of two neighbours, those that were joined first in training.

    >>> known = {"t": 1, "r": 2, "e": 3, "ee": 4, "\u2581t": 5, "\u2581tr": 6, "\u2581tree": 7, "<0x73>": 8}
    >>> pieces("tree", known), pieces("trees", known)
    ((7,), (7, 8))
    """
    parts = [_BEGINS, *word]
    while True:
        joined = [numbers.get(left + right) for left, right in pairwise(parts)]
        first = min((number for number in joined if number is not None), default=None)
        if first is None:
            return tuple(number for part in parts for number in _numbers(part, numbers))
        place = joined.index(first)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]


def _numbers(part: str, numbers: Mapping[str, int]) -> list[int]:
    """Give a piece's number, or of a letter that has none those of its bytes."""
    known = numbers.get(part)
    found = [known] if known is not None else [numbers.get(f"<0x{byte:02X}>") for byte in part.encode()]
    return [number for number in found if number is not None]


def _pieces() -> Callable[[str], tuple[int, ...]]:
    text = _inside(VOCABULARY).read_text("utf-8")
    begin = text.index("{", text.index('"vocab"'))  # the rest, twice as long, is never made into objects
    numbers: Mapping[str, int] = json.JSONDecoder().raw_decode(text, begin)[0]
    return lru_cache(_WORDS_AT_HAND)(lambda word: pieces(word, numbers))


def _inside(name: str) -> Path:
    return Path(str(distribution(PACKAGE).locate_file(name)))
