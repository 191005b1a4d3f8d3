"""The part of an article that answers: the paragraph that holds most of what was asked."""

from typing import Final

from kb.domain.rendering import plain_text
from kb.domain.search import stem, telling, tokens

LONGEST: Final = 400
_PARTING: Final = ". "


def passage_of(body: str, question: str, language: str) -> str:
    r"""Give the paragraph of a Markdown body that fits a question best; the first when none fits better.

    >>> body = "We collect furniture.\n\nPaint goes to a **drop-off** site."
    >>> passage_of(body, "where do I take old paint?", "en"), passage_of(body, "zebra", "en")
    ('Paint goes to a drop-off site.', 'We collect furniture.')
    """
    paragraphs = [plain for part in body.split("\n\n") if (plain := plain_text(part))]
    if not paragraphs:
        return ""
    asked = frozenset(stem(word, language) for word in telling(tokens(question), language))
    best = max(range(len(paragraphs)), key=lambda place: (_shared(paragraphs[place], asked, language), -place))
    return shortened(paragraphs[best])


def _shared(paragraph: str, asked: frozenset[str], language: str) -> int:
    return len(asked.intersection(stem(word, language) for word in tokens(paragraph)))


def shortened(text: str, most: int = LONGEST) -> str:
    """Cut a text behind a sentence, or where it must be cut.

    >>> shortened("One. Two. Three.", 10), shortened("abcdef", 4)
    ('One. Two.', 'abc…')
    """
    if len(text) <= most:
        return text
    end = text.rfind(_PARTING, 0, most)
    return text[: end + 1] if end > 0 else text[: most - 1] + "…"
