"""An HTML page as Markdown: its words, headings, lists and links; what else it holds is left out and named."""

import re
from collections import Counter
from html.parser import HTMLParser
from typing import Final

from kb.domain.rendering import safe_line

_SILENT: Final = frozenset(
    {"script", "style", "noscript", "template", "iframe", "object", "svg", "form", "nav", "head"}
)
_BLOCKS: Final = frozenset(
    {"p", "div", "section", "article", "ul", "ol", "li", "br", "tr", "table", "blockquote", "hr"}
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LOST: Final = frozenset({"img", "video", "audio", "iframe", "script", "style", "form", "table", "object", "svg"})
_GAPS: Final = re.compile(r"\n{3,}")
_ESCAPED: Final = re.compile(r"([\\`*_\[\]<>])")


class Page(HTMLParser):
    """Reads one page. `lost` counts the elements whose contents are not taken over as they were."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.title, self.lost = "", Counter[str]()
        self._parts: list[str] = []
        self._silent: list[str] = []
        self._heading: list[str] | None = None
        self._link = ""
        self.feed(html.replace("\x00", ""))
        self.close()

    @property
    def markdown(self) -> str:
        """The page's words as Markdown."""
        lines = [line.strip() for line in "".join(self._parts).splitlines()]
        return _GAPS.sub("\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element's beginning."""
        self.lost.update([tag] if tag in _LOST else [])
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _HEADINGS:
            self._heading = []
        elif tag == "a":
            self._link = next((value or "" for name, value in attrs if name == "href"), "")
        elif tag in _BLOCKS:
            self._parts.append("\n- " if tag == "li" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        """Take an element's end."""
        if tag in _SILENT and tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag in _HEADINGS and self._heading is not None:
            self._end_heading()
        elif tag == "a" and self._link:
            self._link = ""
        elif tag in _BLOCKS and tag != "li":
            self._parts.append("\n\n")

    def _end_heading(self) -> None:
        words = safe_line("".join(self._heading or ()))
        self._heading = None
        if not self.title:
            self.title = words
        elif words:
            self._parts.append(f"\n\n## {words}\n\n")

    def handle_data(self, data: str) -> None:
        """Take words."""
        if self._silent:
            return
        if self._heading is not None:
            self._heading.append(data)
            return
        words = _ESCAPED.sub(r"\\\1", data)
        is_link = self._link.startswith(("https://", "http://", "mailto:", "tel:")) and not re.search(
            r"[\s()<>]", self._link
        )
        self._parts.append(f"[{words.strip()}]({self._link})" if is_link and words.strip() else words)


def page_of_export(html: str) -> tuple[str, str, list[str]]:
    """Read a page: its first heading, its words as Markdown, and what was left out.

    >>> page_of_export("<h1>Trees</h1><p>We <b>trim</b>.</p><img src=x><script>alert(1)</script>")
    ('Trees', 'We trim.', ['1 img left out', '1 script left out'])
    """
    page = Page(html)
    return page.title, page.markdown, [f"{count} {tag} left out" for tag, count in sorted(page.lost.items())]
