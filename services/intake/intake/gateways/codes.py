"""One-time codes and answers to letters: straight to the mail server, never over the log, which knows nobody."""

import asyncio
import re
from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import Any, Final

import aiosmtplib

from intake.settings import Settings

TIMEOUT: Final = 10.0
"""Seconds for one mail."""
_THREAD: Final = re.compile(r"<[^<>\s]{1,400}>")


class NotSent(Exception):  # noqa: N818 - said as it is
    """The mail server did not take the mail; the message says why, without anybody's address."""


class CodePost:
    """Sends codes, and answers to letters."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, address: str, subject: str, body: str) -> None:
        """Send one mail. Raises NotSent when the server does not take it."""
        sender = self._settings.mail_from
        await self._post(sender, address, {"Message-ID": make_msgid(domain=_domain(sender))}, subject, body)

    async def answer(self, sender: str, letter: Mapping[str, Any]) -> None:
        """Answer a letter in its thread, from the address it was to, under an id that is kept. Raises NotSent."""
        thread = _THREAD.match(letter["answers"])
        replied = {"In-Reply-To": thread[0], "References": thread[0]} if thread else {}
        named = {"Message-ID": f"<{letter['answer_id']}@{_domain(sender)}>", **replied}
        await self._post(sender, letter["email"], named, f"Re: {letter['subject']}", letter["text"])

    async def _post(self, sender: str, address: str, named: Mapping[str, str], subject: str, body: str) -> None:
        chosen, password = self._settings, self._settings.smtp_password
        try:
            async with asyncio.timeout(TIMEOUT):
                await aiosmtplib.send(
                    _mail(sender, address, named, subject, body),
                    hostname=chosen.smtp_host,
                    port=chosen.smtp_port,
                    username=chosen.smtp_username,
                    password=password.get_secret_value() if password else None,
                    use_tls=chosen.smtp_tls,
                )
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise NotSent(type(error).__name__) from error


def _domain(sender: str) -> str:
    return sender.rpartition("@")[2].rstrip(">")


def _mail(sender: str, address: str, named: Mapping[str, str], subject: str, body: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, address, subject
    for name, value in named.items():
        mail[name] = value
    mail["Auto-Submitted"] = "auto-replied" if "In-Reply-To" in named else "auto-generated"
    mail.set_content(body)
    return mail
