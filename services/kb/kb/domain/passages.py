"""The part of an article that answers: the paragraph that holds most of what was asked."""

from typing import Final

from kb.domain.rendering import plain_text
from kb.domain.search import stem, telling, tokens

LONGEST: Final = 400
_PARTING: Final = ". "
_BEGINNING: Final = 2


def passage_of(body: str, question: str, language: str) -> str:
    r"""Give the paragraph of a Markdown body that fits a question best; the first when none fits better.

    >>> body = "We collect furniture.\n\nPaint goes to a **drop-off** site."
    >>> passage_of(body, "where do I take old paint?", "en"), passage_of(body, "zebra", "en")
    ('Paint goes to a drop-off site.', 'We collect furniture.')
    """
    asked = frozenset(stem(word, language) for word in telling(tokens(question), language))
    begin = frozenset(word[:_BEGINNING] for word in asked)
    parts = sorted(body.split("\n\n"), key=lambda part: -_shared(part, asked, begin, language))
    return shortened(next((plain for part in parts if (plain := plain_text(part))), ""))


def _shared(paragraph: str, asked: frozenset[str], begin: frozenset[str], language: str) -> int:
    """Count the words of a paragraph that were asked for; its markup adds few words, and costs much to take away.

    A word begins as its stem does: only those that begin right are cut to theirs.
    """
    words = {word for word in tokens(paragraph) if word[:_BEGINNING] in begin}
    return len(asked.intersection(stem(word, language) for word in words))


def shortened(text: str, most: int = LONGEST) -> str:
    """Cut a text behind a sentence, or where it must be cut.

    >>> shortened("One. Two. Three.", 10), shortened("abcdef", 4)
    ('One. Two.', 'abc…')
    """
    if len(text) <= most:
        return text
    end = text.rfind(_PARTING, 0, most)
    return text[: end + 1] if end > 0 else text[: most - 1] + "…"
