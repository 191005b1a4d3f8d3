"""The words of a mail: HTML as text, without signature and quoted history."""

import re
from html.parser import HTMLParser
from typing import Final

LONGEST_HTML: Final = 300_000
"""Characters of HTML that are read."""
_TAG: Final = re.compile(r"<(/?[A-Za-z][A-Za-z0-9]{0,15})[^<>]*>|<[!?][^<>]*>")
_SILENT: Final = frozenset(("script", "style", "head", "title", "template", "noscript", "svg", "math", "iframe"))
_BREAKS: Final = frozenset(("p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "hr"))
_SIGNATURE: Final = re.compile(
    r"^(?:-- ?|—|_{5,}|sent from my .{1,60}|get outlook for .{1,30}|enviado desde mi .{1,60})$", re.IGNORECASE
)
_HISTORY: Final = re.compile(
    r"^(?:on .{1,250} wrote:|el .{1,250} escribió:|-{3,} ?(?:original message|mensaje original|forwarded message)"
    r".{0,40}|(?:from|de): .{1,250}[@<].{1,250})$",
    re.IGNORECASE,
)
_PREFIX: Final = re.compile(r"^(?:(?:re|fwd?|aw|rv|fw)\s{0,3}:\s{0,3}){1,10}", re.IGNORECASE)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the parser's own
        self._silent += tag in _SILENT
        if tag in _BREAKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        if tag in _BREAKS:
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


def text_of_html(source: str) -> str:
    r"""Read HTML as text: no tags, no scripts, no links.

    >>> text_of_html("<p>A <b>hole</b></p><script>alert(1)</script><p>here &amp; there")
    'A hole\nhere & there'
    """
    parser = _Text()
    parser.feed(_bare_tags(source[:LONGEST_HTML]))
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.said).split("\n"))
    return "\n".join(line for line in lines if line)


def _bare_tags(source: str) -> str:
    """Leave tags their names alone: over broken attributes the parser's time grows with the square of their length."""
    pieces = source.split("<!--")
    shown = pieces[0] + "".join(piece.partition("-->")[2] for piece in pieces[1:])
    made: list[str] = []
    end = 0
    for found in _TAG.finditer(shown):
        made += (shown[end : found.start()].replace("<", "&lt;"), f"<{found[1]}>" if found[1] else "")
        end = found.end()
    return "".join((*made, shown[end:].replace("<", "&lt;")))


def own_words(text: str) -> str:
    r"""Cut what the writer did not write now: the quoted history and the signature; all of it stays if nothing is left.

    >>> own_words("It is the left one.\n\nOn Mon, 311 wrote:\n> Which one?")
    'It is the left one.'
    >>> own_words("Thanks\n-- \nPat")
    'Thanks'
    """
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _SIGNATURE.match(line[:300].strip() if line.strip() else line) or _HISTORY.match(line[:600].strip()):
            break
        if not line.startswith(">"):
            kept.append(line.rstrip())
    return "\n".join(kept).strip() or text.strip()


def subject_alone(subject: str) -> str:
    """Leave out what mail programs put before a subject.

    >>> subject_alone("RE: Fwd: Pothole")
    'Pothole'
    """
    return _PREFIX.sub("", " ".join(subject[:500].split()))
