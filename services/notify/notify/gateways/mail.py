"""A letter as an Internet message: plain text, and the same as simple HTML with its language said."""

import html
import re
from base64 import encodebytes
from email.header import Header
from email.utils import formataddr, formatdate, parseaddr
from functools import lru_cache
from typing import Final

from notify.domain.addresses import is_mailbox
from notify.domain.letters import Letter
from notify.domain.returns import REQUEST_HEADER

_PARAGRAPH: Final = re.compile(r"\n\s*\n")
_LINK: Final = re.compile(r"https?://[^\s<>\"]+")
_BOUNDARY: Final = "=_relay311"  # no body can hold it: both parts are in base64
_LINE: Final = 76
_MAIL: Final = f"""\
MIME-Version: 1.0
From: {{sender}}
To: {{to}}
Subject: {{subject}}
Date: {{date}}
Message-ID: {{name}}
{{thread}}{REQUEST_HEADER}: {{request}}
Auto-Submitted: auto-generated
Content-Language: {{language}}
Content-Type: multipart/alternative; boundary="{_BOUNDARY}"

--{_BOUNDARY}
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: base64

{{plain}}
--{_BOUNDARY}
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: base64

{{rich}}
--{_BOUNDARY}--
"""


def message_id(letter: Letter, domain: str) -> str:
    """Name a mail after its message, so that a second copy is known for one."""
    return f"<{letter.intent_id}@{domain}>"


def mail_of(letter: Letter, sender: str) -> bytes:
    """Write a letter as a mail. Raises ValueError when the address is not one plain mailbox.

    The headers hold nothing from outside but the address, which is checked, the language, which the city speaks, and
    the subject, which is one line of letters. Python's own message classes cost ten times as much.
    """
    if not is_mailbox(letter.address):
        raise ValueError("The address is not one plain mailbox; correct it in the contact's profile.")
    domain = sender.rpartition("@")[2].rstrip(">")
    mail = _MAIL.format(
        sender=_from(sender),
        to=letter.address,
        subject=_subject(" ".join(letter.subject.split())),
        date=formatdate(usegmt=True),
        name=message_id(letter, domain),
        thread=_threading(letter, domain),
        request=letter.request_id,
        language=letter.language,
        plain=_encoded(letter.text),
        rich=_encoded(html_of(letter.text, letter.language)),
    )
    return mail.replace("\n", "\r\n").encode("ascii")


def _threading(letter: Letter, domain: str) -> str:
    """Where an answer goes, and the name all letters of a request share, so that mail programs show them together."""
    reply = f"Reply-To:\n {letter.reply_to}\n" if letter.reply_to else ""
    thread = f"References: <request.{letter.thread}@{domain}>\n" if letter.thread else ""
    return reply + thread + _leaving(letter.leaving)


def _leaving(link: str) -> str:
    """Let a mail program show a button that ends these mails at one click (RFC 8058)."""
    return f"List-Unsubscribe:\n <{link}>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n" if link else ""


@lru_cache(maxsize=16)
def _from(sender: str) -> str:
    return sender if sender.isascii() else formataddr(parseaddr(sender))


def _subject(text: str) -> str:
    if text.isascii() and len(text) + len("Subject: ") <= _LINE:
        return text
    return Header(text, None if text.isascii() else "utf-8", maxlinelen=_LINE, header_name="Subject").encode()


def _encoded(text: str) -> str:
    return encodebytes(text.encode()).decode("ascii")


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
