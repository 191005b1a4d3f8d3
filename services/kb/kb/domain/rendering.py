"""Markdown to HTML that may stand in any page: raw HTML is shut off, and what is left passes an allow-list."""

import html as entities
import re
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt

_TAGS: Final = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}}
_SCHEMES: Final = {"https", "http", "mailto", "tel"}
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_SPACE: Final = re.compile(r"\s+")
_SAID: Final = r"[A-Za-z\u00c0-\u024f(][A-Za-z\u00c0-\u024f0-9 .,;:?'()/%$-]*"
_UNMARKED: Final = re.compile(rf"{_SAID}(?:\n{_SAID})*")
"""Sentences in which nothing is markup: most of what is written. Rendered, they would stay as they are."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@lru_cache(maxsize=2000)
def page_of(markdown: str) -> str:
    r"""Render Markdown as clean HTML; headings begin at the second level, for the page has its own first.

    >>> page_of("# Trees\n**Ask** [here](https://city.example/)").splitlines()[0]
    '<h2>Trees</h2>'
    >>> page_of("<script>alert(1)</script>[x](javascript:alert(1))")
    '<p>&lt;script&gt;alert(1)&lt;/script&gt;[x](javascript:alert(1))</p>\n'
    """
    made = _MARKDOWN.render(_CONTROL.sub("", markdown))
    made = made.replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return cleaned(made)


def cleaned(html: str) -> str:
    """Keep of HTML what an article needs: no scripts, styles, forms, frames or pictures, and no address but the usual.

    >>> cleaned('<p onclick="x()">Hi <b>you</b><img src=x onerror=alert(1)></p>')
    '<p>Hi you</p>'
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "iframe", "object", "template", "noscript", "svg", "math"},
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


def plain_text(markdown: str) -> str:
    """Give Markdown's words alone, for a message or a voice.

    >>> plain_text("Put it **out** [at the curb](https://city.example).")
    'Put it out at the curb.'
    """
    if _UNMARKED.fullmatch(markdown):
        return unescaped(markdown)
    return unescaped(nh3.clean(page_of(markdown), tags=set()))


def unescaped(text: str) -> str:
    """Turn entities into letters and close gaps.

    >>> unescaped("a &amp;  b")
    'a & b'
    """
    return _SPACE.sub(" ", entities.unescape(text)).strip()


def safe_line(text: str) -> str:
    r"""Make a title or summary one line of plain letters: markup in it is nothing but text.

    >>> safe_line(" Trees\u202e <b>x</b>\n now ")
    'Trees <b>x</b> now'
    """
    return _SPACE.sub(" ", _CONTROL.sub("", text)).strip()
