"""One-time codes by mail: straight to the mail server, never over the log, which must hold no secret."""

import asyncio
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import Final

import aiosmtplib

from intake.settings import Settings

TIMEOUT: Final = 10.0
"""Seconds for one mail."""


class NotSent(Exception):  # noqa: N818 - said as it is
    """The mail server did not take the mail; the message says why, without anybody's address."""


class CodePost:
    """Sends codes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def send(self, address: str, subject: str, body: str) -> None:
        """Send one mail. Raises NotSent when the server does not take it."""
        chosen, password = self._settings, self._settings.smtp_password
        try:
            async with asyncio.timeout(TIMEOUT):
                await aiosmtplib.send(
                    _mail(chosen.mail_from, address, subject, body),
                    hostname=chosen.smtp_host,
                    port=chosen.smtp_port,
                    username=chosen.smtp_username,
                    password=password.get_secret_value() if password else None,
                    use_tls=chosen.smtp_tls,
                )
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            raise NotSent(type(error).__name__) from error


def _mail(sender: str, address: str, subject: str, body: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, address, subject
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].rstrip(">"))
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body)
    return mail
