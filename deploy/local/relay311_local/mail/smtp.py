"""The mail sink's SMTP door, on loopback."""

import asyncio
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final

from aiosmtpd.controller import Controller

from relay311_local.access import LOOPBACK
from relay311_local.mail.box import Box

REFUSING: Final = "mail-refusing"
"""While a file of this name lies in the run folder, mails are not simply taken: a fault to be practised.

It says how: `refuse` (also when empty) puts every mail off with a 451, `greylist` each one once, `hang` says nothing
for longer than anybody waits, and takes nothing. Each time, one byte is added to the file of the same name + `.count`.
"""
_HANG_SECONDS: Final = 8.0
_LATER: Final = "451 4.3.2 not now, try again"


class Taker:
    """Takes every mail into a box, but not while the switch lies there."""

    def __init__(self, box: Box, switch: Path | None = None) -> None:
        self._box, self._switch, self._met = box, switch, set[str]()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep one mail; answer only when it is kept."""
        if self._switch and self._switch.exists() and await self._puts_off(envelope.original_content):
            return _LATER
        await asyncio.to_thread(self._box.keep, envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content)
        return "250 2.0.0 kept"

    async def _puts_off(self, content: bytes) -> bool:
        assert self._switch is not None  # noqa: S101 -- asked only when there is one
        how = self._switch.read_text("utf-8") if self._switch.exists() else ""
        name = str(message_from_bytes(content)["Message-ID"])
        if how == "greylist" and name in self._met:
            return False
        self._met.add(name)
        with self._switch.with_name(f"{self._switch.name}.count").open("ab") as count:
            count.write(b".")
        if how == "hang":
            await asyncio.sleep(_HANG_SECONDS)
        return True


def smtp_door(box: Box, port: int, switch: Path | None = None) -> Controller:
    """Make the door; `start()` opens it, `stop()` closes it. While the file `switch` exists, it puts mails off."""
    return Controller(Taker(box, switch), hostname=LOOPBACK, port=port, data_size_limit=10_000_000)
