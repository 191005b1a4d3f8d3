"""A letter as an Internet message: plain text, and the same as simple HTML with its language said."""

import html
import re
from base64 import encodebytes
from email.header import Header
from email.message import Message
from email.utils import formatdate
from typing import Final

from notify.domain.addresses import is_mailbox
from notify.domain.letters import Letter

_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_LINK: Final = re.compile(r"https?://[^\s<>\"]+")
_BOUNDARY: Final = "=_relay311"  # no body can hold it: both parts are in base64


def message_id(letter: Letter, domain: str) -> str:
    """Name a mail after its message, so that a second copy is known for one."""
    return f"<{letter.intent_id}@{domain}>"


def mail_of(letter: Letter, sender: str) -> Message:
    """Write a letter as a mail. Raises ValueError when the address is not one plain mailbox.

    The headers hold nothing from outside but the address, which is checked, and the subject, which is encoded:
    Python's own safer message class costs five times as much.
    """
    if not is_mailbox(letter.address):
        raise ValueError("The address is not one plain mailbox; correct it in the contact's profile.")
    mail = Message()
    mail["MIME-Version"] = "1.0"
    mail["From"] = sender
    mail["To"] = letter.address
    mail["Subject"] = _subject(" ".join(letter.subject.split()))
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = message_id(letter, sender.rpartition("@")[2].rstrip(">"))
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.language
    mail["Content-Type"] = f'multipart/alternative; boundary="{_BOUNDARY}"'
    mail.attach(_part("plain", letter.text))
    mail.attach(_part("html", html_of(letter.text, letter.language)))
    return mail


def _subject(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=76).encode()


def _part(kind: str, text: str) -> Message:
    part = Message()
    part["Content-Type"] = f'text/{kind}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(encodebytes(text.encode()).decode("ascii"))
    return part


def html_of(text: str, language: str) -> str:
    r"""Turn plain text into HTML: everything escaped, addresses made links.

    >>> html_of("Hi <b>\n\nSee http://x.example/?a=1&b=2", "en").partition("<body>")[2]
    '<p>Hi &lt;b&gt;</p><p>See <a href="http://x.example/?a=1&amp;b=2">http://x.example/?a=1&amp;b=2</a></p></body></html>'
    """
    paragraphs = "".join(f"<p>{_inline(part)}</p>" for part in _PARAGRAPH.split(text.strip()))
    return f'<!doctype html><html lang="{html.escape(language)}"><body>{paragraphs}</body></html>'


def _inline(text: str) -> str:
    escaped = html.escape(text, quote=False).replace("\n", "<br>\n")
    return _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escaped)
