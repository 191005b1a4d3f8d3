"""One line that says how far a longer job is: rewritten in place at a terminal, now and then in a log."""

import sys
import time
from collections.abc import Callable
from typing import Final, TextIO

_TERMINAL_SECONDS: Final = 0.2
_LOG_SECONDS: Final = 5.0


class Progress:
    """Says the latest state of a job on stderr, so that stdout stays for results."""

    def __init__(self, stream: TextIO = sys.stderr, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._live = stream.isatty()
        self._spoke = clock()
        self._width = 0

    def say(self, text: str) -> None:
        """Show a state, unless one was shown a moment ago."""
        if self._clock() - self._spoke >= (_TERMINAL_SECONDS if self._live else _LOG_SECONDS):
            self._spoke = self._clock()
            self._write(text)

    def tell(self, text: str) -> None:
        """Show a line that must not be skipped, and keep it."""
        self._clear()
        print(text, file=self._stream, flush=True)

    def _write(self, text: str) -> None:
        if self._live:
            print(f"\r{text:<{self._width}}", end="", file=self._stream, flush=True)
            self._width = len(text)
        else:
            print(text, file=self._stream, flush=True)

    def _clear(self) -> None:
        if self._live and self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=self._stream)
            self._width = 0
