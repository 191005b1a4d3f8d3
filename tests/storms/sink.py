"""A mail server of its own process: takes everything, and says when each mail came and for whom, a line each."""

import sys
import time
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller


class Taker:
    """Takes every mail."""

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one, and say so."""
        name = message_from_bytes(envelope.content)["Message-ID"]
        sys.stdout.write(f"{time.time()} {envelope.rcpt_tos[0]} {name}\n")
        sys.stdout.flush()
        return "250 taken"


if __name__ == "__main__":
    door = Controller(Taker(), hostname="127.0.0.1", port=int(sys.argv[1]))
    door.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()  # until whoever started it goes
    door.stop()
