"""What comes back of mails that were sent: bounces (RFC 3464) and complaints (RFC 5965), read and judged."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, message_from_string
from email.message import Message
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from notify.domain import bounces
from notify.domain.addresses import without_addresses

REQUEST_HEADER: Final = "Relay311-Request"
"""Names the request in each mail, so that what comes back leads to it; its `Message-ID` names the message."""
MOST_BYTES: Final = 1024 * 1024
_MOST_PARTS: Final = 30
_ID: Final = re.compile(r"<([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})@")
_THREAD: Final = re.compile(r"<request\.([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})@")
_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE: Final = re.compile(r"\b([45]\d\d)\b")
_ADDRESS: Final = re.compile(r"[^\s<>;]+@[^\s<>;]+")
_UNWANTED: Final = frozenset({"abuse", "fraud", "opt-out", "opt-out-list", "virus", "other", "miscategorized"})
"""Kinds of feedback that say a mail was unwanted; `not-spam` says the opposite, `auth-failure` is about keys."""


class Kind(StrEnum):
    """What came back: the address is dead, it may yet come to life, or its owner does not want these mails."""

    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"


class Return(NamedTuple):
    """One message that came back. `address` is where it had gone, as far as that is told; never kept."""

    kind: Kind
    request_id: UUID
    intent_id: UUID
    address: str | None
    detail: str


class Follows(NamedTuple):
    """What follows: whether the address is used no longer, and whether its owner hears nothing more this way."""

    is_dead: bool
    leaves: bool


SOFT_MOST: Final = 3
"""So many messages that came back for now make an address that is used no longer,"""
SOFT_WITHIN: Final = timedelta(days=30)
"""when they came within so long."""


def what_follows(kind: Kind, soft_ones: int, *, of_campaign: bool = False) -> Follows:
    """Decide what follows a message that came back, after so many soft ones of the same address, this one included.

    Who complains about a campaign has not complained about news of their own requests.

    >>> what_follows(Kind.HARD, 0), what_follows(Kind.COMPLAINT, 0)
    (Follows(is_dead=True, leaves=False), Follows(is_dead=True, leaves=True))
    >>> what_follows(Kind.COMPLAINT, 0, of_campaign=True)
    Follows(is_dead=False, leaves=True)
    >>> [what_follows(Kind.SOFT, count).is_dead for count in (1, 2, 3)]
    [False, False, True]
    """
    if kind is Kind.SOFT:
        return Follows(soft_ones >= SOFT_MOST, leaves=False)
    leaves = kind is Kind.COMPLAINT
    return Follows(is_dead=not (leaves and of_campaign), leaves=leaves)


def kind_of(action: str, status: str, diagnostic: str) -> Kind | None:
    """Judge one recipient's lines of a bounce; None when nothing came back: put off, delivered, passed on.

    >>> kind_of("failed", "5.1.1", "").value, kind_of("failed", "5.2.2", "mailbox full").value
    ('hard', 'soft')
    >>> kind_of("failed", "5.0.0", "smtp; 550 no such user").value, kind_of("failed", "4.4.7", "expired").value
    ('hard', 'soft')
    >>> kind_of("failed", "5.7.1", "550 5.7.1 looks like spam").value, kind_of("delayed", "4.4.1", "") is None
    ('soft', True)
    """
    if action.strip().lower() != "failed":
        return None
    told = _STATUS.search(status)
    code = _CODE.search(diagnostic)
    unclear = told is None or told.groups()[1:] == ("0", "0")
    said = diagnostic if unclear else status
    if unclear and told and _STATUS.search(said) is None and code is None:
        return Kind.SOFT
    number = int(code[1]) if code and unclear else int(told[1]) * 100 if told else 0
    return Kind.HARD if bounces.is_dead(number, said) else Kind.SOFT


def read_return(raw: bytes) -> Return | None:
    r"""Read a report on a mail of ours; None for everything else, whatever it is: nobody answers it.

    >>> read_return(b"Subject: I am away\r\n\r\nBack on Monday.") is None, read_return(b"\xff\x00:") is None
    (True, True)
    """
    if len(raw) > MOST_BYTES or raw.lower().count(b"content-type") > _MOST_PARTS:
        return None  # parts within parts without end are nobody's report
    mail = message_from_bytes(raw)
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    parts = {part.get_content_type(): part for part in reversed(_parts(mail))}
    original = _original(parts)
    ids = _ids_of(original) if original else None
    if original is None or ids is None:
        return None
    return _bounce(parts, original, ids) or _complaint(parts, original, ids)


def _parts(mail: Message) -> list[Message]:
    held = mail.get_payload()
    return [part for part in held if isinstance(part, Message)] if isinstance(held, list) else []


def _original(parts: dict[str, Message]) -> Message | None:
    """Find the headers of the mail that came back; whole, or alone."""
    if whole := parts.get("message/rfc822"):
        return next(iter(_parts(whole)), None)
    heads = parts.get("text/rfc822-headers") or parts.get("message/rfc822-headers")
    if heads is None:
        return None
    if heads.is_multipart():
        return next(iter(_parts(heads)), None)
    content = heads.get_payload(decode=True)
    return message_from_string(content.decode("utf-8", "replace")) if isinstance(content, bytes) else None


def _ids_of(original: Message) -> tuple[UUID, UUID] | None:
    message = _ID.search(_field(original, "Message-ID"))
    thread = _THREAD.search(_field(original, "References"))
    named = _uuid(_field(original, REQUEST_HEADER)) or (UUID(thread[1]) if thread else None)
    return (named, UUID(message[1])) if message and named else None


def _bounce(parts: dict[str, Message], original: Message, ids: tuple[UUID, UUID]) -> Return | None:
    report = parts.get("message/delivery-status")
    if report is None:
        return None
    for lines in _parts(report)[1:]:
        status, said = _field(lines, "Status"), _field(lines, "Diagnostic-Code")
        kind = kind_of(_field(lines, "Action"), status, said)
        if kind:
            return Return(kind, *ids, _where(original, lines), _told(f"{status} {said}"))
    return None


def _complaint(parts: dict[str, Message], original: Message, ids: tuple[UUID, UUID]) -> Return | None:
    report = parts.get("message/feedback-report")
    if report is None:
        return None
    lines = next(iter(_parts(report)), report)
    kind = _field(lines, "Feedback-Type").strip().lower()
    if kind not in _UNWANTED:
        return None
    return Return(Kind.COMPLAINT, *ids, _where(original, lines), _told(f"feedback {kind}"))


def _where(original: Message, lines: Message) -> str | None:
    """Tell where the mail had gone: by its own words first, for on its way it may have been sent on elsewhere."""
    fields = (_field(original, "To"), *(_field(lines, name) for name in _RECIPIENTS))
    return next(_addresses(fields), None)


_RECIPIENTS: Final = ("Original-Recipient", "Original-Rcpt-To", "Final-Recipient")


def _addresses(fields: tuple[str, ...]) -> Iterator[str]:
    for field in fields:
        if found := _ADDRESS.search(field):
            yield found[0].strip("<>,;").lower()


def _field(message: Message, name: str) -> str:
    """Read a field on one line; bytes that are no text are marks, never an error."""
    return " ".join(str(message.get(name, "")).split())[:1000]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _told(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return without_addresses(" ".join(printable.split()))
