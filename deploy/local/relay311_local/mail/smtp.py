"""The mail sink's SMTP door, on loopback."""

import asyncio
from typing import Any

from aiosmtpd.controller import Controller

from relay311_local.access import LOOPBACK
from relay311_local.mail.box import Box


class Taker:
    """Takes every mail into a box."""

    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep one mail; answer only when it is kept."""
        await asyncio.to_thread(self._box.keep, envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content)
        return "250 2.0.0 kept"


def smtp_door(box: Box, port: int) -> Controller:
    """Make the door; `start()` opens it, `stop()` closes it."""
    return Controller(Taker(box), hostname=LOOPBACK, port=port, data_size_limit=10_000_000)
