"""Mail by SMTP: a few connections kept open, one mail at a time on each."""

import asyncio
from typing import Final

import aiosmtplib
from aiosmtplib import SMTP, SMTPRecipientsRefused, SMTPResponseException

from chassis import failpoints
from notify.domain import bounces
from notify.domain.addresses import without_addresses
from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.dkim import Signer, Unsigned
from notify.gateways.mail import mail_of
from notify.settings import Settings

TIMEOUT: Final = 5.0
"""Seconds for one mail from its first command to the server's last word."""
PERMANENT: Final = 500
"""Replies from here on will not change by asking again (RFC 5321, 4.2.1)."""


class SmtpGateway:
    """Speaks to one mail server."""

    def __init__(self, settings: Settings) -> None:
        self.at_once = settings.smtp_connections
        self._settings = settings
        self._signer = _signer(settings)
        self._idle: list[SMTP] = []

    async def send(self, letter: Letter) -> Answer:
        """Send one mail; a server that is away or slow is asked again later."""
        try:
            mail = self._signer.signed(mail_of(letter, self._settings.mail_from))
        except ValueError as error:
            return Answer(Verdict.REFUSED, str(error))
        client = self._idle.pop() if self._idle else self._client()
        try:
            async with asyncio.timeout(TIMEOUT):
                if not client.is_connected:
                    await client.connect()
                failpoints.at("mail.before")
                _, said = await client.sendmail(self._sender, [letter.address], mail)
        except SMTPRecipientsRefused as error:
            self._idle.append(client)
            return _answer(error.recipients[0].code, error.recipients[0].message, of_recipient=True)
        except SMTPResponseException as error:
            self._idle.append(client)
            return _answer(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            client.close()
            return Answer(Verdict.LATER, f"the mail server did not answer ({type(error).__name__})")
        except asyncio.CancelledError:
            client.close()
            raise
        failpoints.at("mail.taken")
        self._idle.append(client)
        return Answer(Verdict.TAKEN, without_addresses(said))

    async def close(self) -> None:
        """Say goodbye on every connection."""
        while self._idle:
            client = self._idle.pop()
            client.close()

    @property
    def _sender(self) -> str:
        return self._settings.mail_returns or self._settings.mail_from.rpartition("<")[2].rstrip(">")

    def _client(self) -> SMTP:
        chosen, password = self._settings, self._settings.smtp_password
        return SMTP(
            hostname=chosen.smtp_host,
            port=chosen.smtp_port,
            username=chosen.smtp_username,
            password=password.get_secret_value() if password else None,
            use_tls=chosen.smtp_tls,
            timeout=TIMEOUT,
        )


def _signer(settings: Settings) -> Signer | Unsigned:
    key = settings.dkim_key
    domain = settings.mail_from.rpartition("@")[2].rstrip(">")
    return Signer(key.get_secret_value(), domain, settings.dkim_selector) if key else Unsigned()


def _answer(code: int, said: str, *, of_recipient: bool = False) -> Answer:
    verdict = Verdict.REFUSED if code >= PERMANENT else Verdict.LATER
    gone = of_recipient and bounces.is_dead(code, said)
    return Answer(verdict, without_addresses(f"{code} {said}"), gone=gone)
