"""Reading a mail that anybody may have written: any part may be broken or hostile, and none of it is believed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from hashlib import sha256
from typing import Final

from intake.domain.letters.words import own_words, subject_alone, text_of_html
from intake.domain.requests.free_text import written

MOST_PARTS: Final = 100
LONGEST_HEAD: Final = 256_000
LONGEST_TEXT: Final = 100_000
DECORATION: Final = 10_000
"""Bytes below which a picture shown inside the text is a logo, and no photo."""
_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,63}")
_ANGLED: Final = re.compile(r"^(?P<name>[^<>]*)<(?P<box>[^<>\s]+)>\s*$")
_NESTING: Final = re.compile(rb"boundary\s{0,3}=|message/(?:rfc822|partial|external-body)", re.IGNORECASE)
_BROKEN: Final = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)
"""What the standard library raises over mails that follow no standard."""
_CHARSETS: Final = re.compile(
    r"(?:us-ascii|latin|utf-?(?:8|16|32)|iso-?8859|iso-2022|windows-12|cp12|koi8|gb|big5|shift_?jis|euc)[\w-]{0,15}",
    re.IGNORECASE,
)
"""Character sets of mails; Python knows others that are slow, or turn harmless text into tags (UTF-7)."""
_FILES: Final = re.compile(r"\.(?:exe|scr|js|jse|vbs|vbe|bat|cmd|com|pif|ps1|msi|jar|hta|lnk|iso|img)$", re.IGNORECASE)


class Unreadable(ValueError):  # noqa: N818 - it says what was decided
    """A mail that is refused for its shape; the message says so to the sending server."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says. `sender` is who it claims to be from: good for answering, never for permission."""

    message_id: str
    subject: str
    text: str
    sender: str | None
    name: str | None
    language: str
    pictures: tuple[bytes, ...]
    headers: tuple[tuple[str, str], ...]
    programs: int

    def header(self, name: str) -> str:
        """Give the first header of a name (in lower case), or nothing."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def words(self) -> str:
        """Subject and own words, as one description."""
        body, subject = own_words(self.text), subject_alone(self.subject)
        return written(body if subject.lower() in body.lower() else f"{subject}\n\n{body}")


def read_letter(raw: bytes) -> Letter:
    r"""Read a mail. Raises Unreadable when its shape alone could do harm.

    >>> mail = read_letter(b"From: Pat <pat@example.org>\r\nSubject: RE: Pothole\r\n\r\nStill there.\r\n-- \r\nPat")
    >>> mail.sender, mail.words
    ('pat@example.org', 'Pothole\n\nStill there.')
    >>> read_letter(b"X: " + b"x" * LONGEST_HEAD)
    Traceback (most recent call last):
    intake.domain.letters.reading.Unreadable: The headers of this message are too long; send it anew.
    """
    head = re.split(rb"\r?\n\r?\n", raw[: LONGEST_HEAD + 4], maxsplit=1)[0]
    if len(head) > LONGEST_HEAD:
        raise Unreadable("The headers of this message are too long; send it anew.")
    if sum(1 for _ in _NESTING.finditer(raw)) > MOST_PARTS:
        raise Unreadable("This message has too many parts; send the text and up to ten photos.")
    try:
        return _letter(BytesParser(policy=compat32).parsebytes(raw), raw)
    except _BROKEN as error:
        raise Unreadable("This message cannot be read; send it as plain text.") from error


def _letter(mail: Message, raw: bytes) -> Letter:
    headers = tuple((name.lower()[:80], written(decoded(str(value)), 2000)) for name, value in mail.items()[:300])
    first = dict(reversed(headers))
    parts = [part for part, _ in zip(mail.walk(), range(MOST_PARTS * 2), strict=False) if not part.is_multipart()]
    senders = [value for name, value in headers if name == "from"]
    name, box = mailbox(senders[0]) if len(senders) == 1 else (None, None)
    return Letter(
        message_id=" ".join(first.get("message-id", "").split())[:500] or f"none:{_fingerprint(raw)}",
        subject=first.get("subject", "").replace("\n", " "),
        text=_text(parts),
        sender=box,
        name=name,
        language=first.get("content-language", "")[:10],
        pictures=tuple(_pictures(parts)),
        headers=headers,
        programs=sum(bool(_FILES.search(decoded(str(part.get_filename() or "")).strip())) for part in parts),
    )


def _fingerprint(raw: bytes) -> str:
    return sha256(raw).hexdigest()


def mailbox(text: str) -> tuple[str | None, str | None]:
    """Read `Name <box>` or `box`; anything else, two boxes above all, is nobody.

    >>> mailbox("Pat Doe <pat@example.org>"), mailbox("pat@example.org")
    (('Pat Doe', 'pat@example.org'), (None, 'pat@example.org'))
    >>> mailbox("alice@example.org)bob@evil.example"), mailbox("a@b.example, c@d.example")
    ((None, None), (None, None))
    """
    angled = _ANGLED.match(text[:500])
    box = (angled["box"] if angled else text).strip()
    if not _MAILBOX.fullmatch(box):
        return None, None
    name = " ".join(angled["name"].replace('"', " ").split())[:100] if angled else ""
    return (name or None) if "@" not in name else None, box


def decoded(value: str) -> str:
    """Read a header's encoded words; what cannot be read stays as it is.

    >>> decoded("=?utf-8?q?Bache_en_la_calle_Col=C3=B3n?="), decoded("=?klingon?q?x?=")
    ('Bache en la calle Colón', 'x')
    """
    if "=?" not in value:
        return value
    try:
        return "".join(
            part if isinstance(part, str) else _text_in(part, charset) for part, charset in decode_header(value)
        )
    except (HeaderParseError, *_BROKEN):
        return value


def _text_in(data: bytes, charset: str | None) -> str:
    known = charset if charset and _CHARSETS.fullmatch(charset) else "utf-8"
    try:
        return data.decode(known, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def _text(parts: list[Message]) -> str:
    """Take the first plain text that says anything, else the first HTML."""
    for kind, read in (("text/plain", str), ("text/html", text_of_html)):
        for part in parts:
            if part.get_content_type() == kind and not part.get_filename() and (said := read(_content(part)).strip()):
                return said[:LONGEST_TEXT]
    return ""


def _content(part: Message) -> str:
    try:
        charset = part.get_content_charset()
    except _BROKEN:
        charset = None
    return _text_in(_bytes(part)[: 4 * LONGEST_TEXT], charset)


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _pictures(parts: list[Message]) -> Iterator[bytes]:
    for part in parts:
        if part.get_content_maintype() != "image":
            continue
        data = _bytes(part)
        shown = part.get("content-id") is not None and part.get_content_disposition() != "attachment"
        if data and not (shown and len(data) < DECORATION):
            yield data
