"""What texts mean, as vectors: a static model that lies inside a package; nothing is fetched when it is used."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import wordllama
from numpy.typing import NDArray

from kb.domain.search import Meaning

SPOKEN: Final = frozenset({"en"})
"""Languages in which the model found more than words alone do; see decision 32."""


def meaning(language: str) -> Meaning | None:
    """Give the model for a language, or None where it knows nothing of it."""
    return _model() if language in SPOKEN else None


@cache
def _model() -> Meaning:
    """Read the model, once a process: 16 MB of vectors, one a piece of a word."""
    inside = Path(wordllama.__file__).parent  # its tokenizer lies beside its weights, where it does not look by itself
    model = wordllama.WordLlama.load(cache_dir=inside, disable_download=True)

    def of(texts: list[str]) -> NDArray[np.float32]:
        found: NDArray[np.float32] = model.embed(texts)
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), np.float32(1e-6))
        return found

    return of
