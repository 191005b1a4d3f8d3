"""The mail sink's SMTP door, on loopback."""

import asyncio
from pathlib import Path
from typing import Any, Final

from aiosmtpd.controller import Controller

from relay311_local.access import LOOPBACK
from relay311_local.mail.box import Box

REFUSING: Final = "mail-refusing"
"""While a file of this name lies in the run folder, every mail is put off with a 451: a fault to be practised."""


class Taker:
    """Takes every mail into a box, but none while the switch lies there."""

    def __init__(self, box: Box, switch: Path | None = None) -> None:
        self._box, self._switch = box, switch

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep one mail; answer only when it is kept."""
        if self._switch and self._switch.exists():
            return "451 4.3.2 not now, try again"
        await asyncio.to_thread(self._box.keep, envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content)
        return "250 2.0.0 kept"


def smtp_door(box: Box, port: int, switch: Path | None = None) -> Controller:
    """Make the door; `start()` opens it, `stop()` closes it. While the file `switch` exists, it puts mails off."""
    return Controller(Taker(box, switch), hostname=LOOPBACK, port=port, data_size_limit=10_000_000)
