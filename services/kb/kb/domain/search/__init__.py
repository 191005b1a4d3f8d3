"""Search in memory: an inverted index per language, with stems, synonyms, typing errors and nearness of meaning."""

from kb.domain.search.index import Fields, Found, Hit, Index
from kb.domain.search.nearness import Meaning
from kb.domain.search.synonyms import Synonyms
from kb.domain.search.words import FAINT, fold, gist, stem, telling, tokens

__all__ = [
    "FAINT",
    "Fields",
    "Found",
    "Hit",
    "Index",
    "Meaning",
    "Synonyms",
    "fold",
    "gist",
    "stem",
    "telling",
    "tokens",
]
