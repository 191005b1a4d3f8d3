"""Mails that come back: which message a bounce or a complaint is about, and whether its address is dead."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Final, NamedTuple
from uuid import UUID

from chassis import links

_PATH: Final = re.compile(r"bounce\+([0-9a-f]{32})\.([0-9a-z]{32})@([a-z0-9.-]+)")
_NAME: Final = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@")
_ENHANCED: Final = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_DEAD_SUBJECTS: Final = frozenset({"1"})
"""Subjects of enhanced codes (RFC 3463) that are about the address; 2 is the mailbox, which may be full or off."""
_DEAD_MAILBOX: Final = ("2", "1")
_DEAD_CODES: Final = frozenset({550, 551, 553})
_REPORT: Final = "report-type"


class Returned(NamedTuple):
    """A message that came back: its id, whether its address is dead, and why, without any address."""

    intent_id: UUID
    is_dead: bool
    why: str


def return_path(intent_id: UUID, key: str, domain: str) -> str:
    """Write the address that a mail's bounces go to; it names the message, and nobody can make one up.

    >>> path = return_path(UUID(int=7), "k", "bounces.city.example")
    >>> read_path(path.upper(), "k") == UUID(int=7), read_path(path, "another key") is None
    (True, True)
    """
    return f"bounce+{intent_id.hex}.{links.sign_lower(key, 'bounce', intent_id.hex)}@{domain}"


def read_path(address: str, key: str) -> UUID | None:
    """Read the message's id from such an address; None for any other."""
    found = _PATH.search(address.lower())
    if found is None or not links.verify_lower(key, "bounce", found[1], found[2]):
        return None
    return UUID(found[1])


def is_dead(code: int, said: str) -> bool:
    """Tell whether a server's refusal says that the address is dead, not that it dislikes the mail.

    >>> is_dead(550, "5.1.1 no such user"), is_dead(550, "no such user"), is_dead(550, "5.7.1 looks like spam")
    (True, True, False)
    >>> is_dead(552, "5.2.2 mailbox full"), is_dead(450, "4.2.1 later")
    (False, False)
    """
    enhanced = _ENHANCED.search(said)
    if enhanced:
        return enhanced[1] in _DEAD_SUBJECTS or enhanced.groups() == _DEAD_MAILBOX
    return code in _DEAD_CODES


def read_returned(content: bytes, key: str) -> Returned | None:
    """Read a delivery report (RFC 3464) or a complaint (RFC 5965); None when it is about none of our messages.

    Who it is about is taken from the address it came to, which nobody can make up. A complaint reaches another address:
    there the name of the returned mail says it, and a complaint can do no more than end mails to one address.
    """
    mail = email.message_from_bytes(content, policy=email.policy.default)
    kind = str(mail.get_param(_REPORT) or "").lower()
    if kind == "feedback-report":
        name = next(_names(mail), None)
        return Returned(name, is_dead=True, why="complaint") if name else None
    about = next((one for to in _recipients(mail) if (one := read_path(to, key))), None)
    if about is None or kind != "delivery-status":
        return None
    status = _field(mail, "status")
    failed = _field(mail, "action").lower() == "failed"
    return Returned(about, is_dead=failed and is_dead(0, status), why=f"bounced, {status or 'no status'}")


def _recipients(mail: EmailMessage) -> Iterator[str]:
    for name in ("Delivered-To", "X-Original-To", "To"):
        yield from (str(value) for value in mail.get_all(name, []))


def _names(mail: EmailMessage) -> Iterator[UUID]:
    """Find the names of returned mails: in the parts that carry the mail, or its headers."""
    for part in mail.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}:
            yield from (UUID(found[1]) for found in _NAME.finditer(part.as_string()))


def _field(mail: EmailMessage, name: str) -> str:
    """Read a field of the report's machine part; its blocks are messages of their own."""
    for part in mail.walk():
        if value := part.get(name):
            return str(value).strip()[:60]
    return ""
