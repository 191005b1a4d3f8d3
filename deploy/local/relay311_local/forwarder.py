"""Hands spans to Zipkin in the background; what waits is bounded, and the oldest is dropped first."""

import json
import threading
import urllib.error
import urllib.request
from collections import deque
from typing import Final

from relay311_local.access import LOOPBACK
from relay311_local.bridge import JsonSpan

_WAITING_SPANS: Final = 20_000
_AT_ONCE: Final = 1_000
_PAUSE_S: Final = 0.25
_RETRY_S: Final = 1.0


class Forwarder:
    """Sends spans to the Zipkin on `port`; waits for it as long as it takes."""

    def __init__(self, port: int) -> None:
        self._url = f"http://{LOOPBACK}:{port}/api/v2/spans"
        self._waiting: deque[JsonSpan] = deque(maxlen=_WAITING_SPANS)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send what waits once more, then end."""
        self._stop.set()
        self._thread.join(5)

    def add(self, spans: list[JsonSpan]) -> None:
        """Put spans in line."""
        self._waiting.extend(spans)

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE_S):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_AT_ONCE, len(self._waiting)))]
            if not self._send(batch):
                self._waiting.extendleft(reversed(batch))
                self._stop.wait(_RETRY_S)
                return

    def _send(self, batch: list[JsonSpan]) -> bool:
        body = json.dumps(batch).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310 -- loopback
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310 -- the same
                return True
        except urllib.error.HTTPError as error:
            print(f"Zipkin refused {len(batch)} spans with status {error.code}; they are dropped.", flush=True)
            return True  # it answered and will not take this batch: sending it again would not help
        except OSError:
            return False
