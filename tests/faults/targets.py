"""Webhook targets on loopback: they write every call down, answer well, or misbehave as told."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple

_HANG_SECONDS: Final = 6.0
_ASTRAY: Final = "/astray"
_MISBEHAVIOUR: Final[dict[str, tuple[int, dict[str, str]]]] = {
    "error": (500, {}),
    "busy": (429, {"Retry-After": "1"}),
    "redirect": (302, {"Location": _ASTRAY}),
}


class Call(NamedTuple):
    """One call: when (seconds), the message its webhook-id names, the status it got (0: none), and its path."""

    at: float
    name: str
    status: int
    path: str

    @property
    def is_astray(self) -> bool:
        """Whether it followed a redirect, which nobody may."""
        return self.path == _ASTRAY


class Targets:
    """One server for all targets; each reporter has a path of their own."""

    def __init__(self) -> None:
        self.mode, self.calls, self.misbehaved = "ok", list[Call](), Counter[str]()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    def url(self, name: str) -> str:
        """Name a reporter's target."""
        return f"http://127.0.0.1:{self._server.server_port}/{name}"

    def answer(self, name: str, path: str) -> tuple[int, dict[str, str]]:
        """Decide what a call gets, and write it down before it is answered."""
        mode = self.mode
        self.misbehaved[mode] += 1
        if mode == "hang":
            time.sleep(_HANG_SECONDS)
        status, headers = _MISBEHAVIOUR.get(mode, (0 if mode == "hang" else 204, {}))
        self.calls.append(Call(time.time(), name, status, path))
        return status, headers

    @contextmanager
    def opened(self) -> Iterator["Targets"]:
        """Serve for as long as the block runs."""
        threading.Thread(target=self._server.serve_forever, name="targets", daemon=True).start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()


class _Server(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_about: object) -> None:
        """Say nothing: callers are killed, and hang up."""


def _handler(targets: Targets) -> type[BaseHTTPRequestHandler]:
    class Target(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
            """Log nothing."""

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers = targets.answer(str(self.headers["webhook-id"]), self.path)
            if not status:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

    return Target
