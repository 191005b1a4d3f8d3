"""One small process for the helpers: spans to the dashboard, the mail sink with its page, and providers' far ends."""

import gzip
import json
import os
import signal
import threading
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from google.protobuf.message import DecodeError

from relay311_local.access import LOOPBACK
from relay311_local.bridge import zipkin_spans
from relay311_local.credentials import agreed, read_credentials, webhook_secret
from relay311_local.forwarder import Forwarder
from relay311_local.layout import Layout, layout
from relay311_local.mail.box import FileBox, Mail, NullBox, body
from relay311_local.mail.pages import list_page, mail_page
from relay311_local.mail.smtp import REFUSING, smtp_door
from relay311_local.providers import Providers
from relay311_local.sent import sent_page
from relay311_local.wall import Wall

_MEDIA: Final = "/media"
_HEADS: Final = ("message-id", "reply-to", "references", "list-unsubscribe", "list-unsubscribe-post")
_SENT: Final = "/sent/"
_LONGEST: Final = 16_000_000
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'",
}
_SANDBOX: Final = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
Answer = tuple[int, str, bytes, dict[str, str]]


class Door(BaseHTTPRequestHandler):
    """An HTTP door that logs nothing: paths and mails may name people."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class names it so
        """Log nothing."""

    def answer(self, status: int, kind: str, content: bytes, headers: dict[str, str]) -> None:
        """Send one whole answer."""
        self.send_response(status)
        every = {"Content-Type": kind, "Content-Length": str(len(content)), **headers}
        for name, value in every.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class Doors(ThreadingHTTPServer):
    """A server with a thread per connection; six services may knock at once."""

    request_queue_size = 64
    daemon_threads = True


def bridge_door(forwarder: Forwarder, port: int) -> Doors:
    """Serve OTLP/HTTP: `POST /v1/traces`, protobuf, gzip or plain."""

    class Bridge(Door):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LONGEST:
                self.close_connection = True
                return self.answer(413, "text/plain", b"too long", {})
            content = self.rfile.read(length)
            packed = self.headers.get("Content-Encoding") == "gzip"
            return self.answer(*_take(forwarder, content, packed=packed))

    return Doors((LOOPBACK, port), Bridge)


def _take(forwarder: Forwarder, content: bytes, *, packed: bool) -> Answer:
    try:
        forwarder.add(zipkin_spans(gzip.decompress(content) if packed else content))
    except (DecodeError, OSError, EOFError, zlib.error):  # gzip's own error is an OSError
        return 400, "text/plain", b"This is not an OTLP trace request in protobuf.", {}
    return 200, "application/x-protobuf", b"", {}


def mail_door(box: FileBox | NullBox, port: int) -> Doors:
    """Serve the page (`/`), one mail (`/mails/{id}`) and JSON (`/messages?to=`, `/count`)."""

    class Page(Door):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            to = parse_qs(url.query).get("to", [""])[0]
            self.answer(*mail_answer(box, [part for part in url.path.split("/") if part], to))

    return Doors((LOOPBACK, port), Page)


def wall_door(wall: Wall, port: int, providers: Providers | None = None) -> Doors:
    """Serve as the providers: a POST is what the city sends; `GET /` shows it, `/posts` and `/sent/{channel}` tell it.

    A POST that is none of the others' is an answer on X or Meta; `/media` holds pictures.
    """
    far_ends = providers or Providers()

    class Provider(Door):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LONGEST:
                self.close_connection = True
                return self.answer(413, "text/plain", b"too long", {})
            content = self.rfile.read(length)
            told = {name.lower(): value for name, value in self.headers.items()}
            taken = far_ends.take(self.path, content, told)
            status, said = taken or _on_the_wall(wall, self.path, content, told)
            return self.answer(status, "application/json", json.dumps(said).encode(), _SAFE)

        def do_GET(self) -> None:
            self.answer(*_shown(wall, far_ends, self.path))

    return Doors((LOOPBACK, port), Provider)


def _on_the_wall(wall: Wall, path: str, content: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    return wall.hang(content) if path == _MEDIA else wall.take(path, content, headers.get("idempotency-key", ""))


def _shown(wall: Wall, providers: Providers, path: str) -> Answer:
    picture = wall.pictures.get(path.removeprefix(f"{_MEDIA}/"))
    if picture is not None:
        return 200, "application/octet-stream", picture, _SAFE
    if path == "/":
        return _html(sent_page(providers.book, list(wall.posts), wall.count))
    return _json(providers.book.of(path.removeprefix(_SENT)) if path.startswith(_SENT) else list(wall.posts))


def mail_answer(box: FileBox | NullBox, path: list[str], to: str) -> Answer:
    """Decide what the page answers to a path."""
    if path == ["count"]:
        return _json({"received": box.count()})
    if isinstance(box, NullBox):
        return _html(list_page([], "", box.count()))
    if path == ["messages"]:
        return _json([_whole(box, mail) for mail in box.find(to or None)])
    if not path:
        return _html(list_page(box.find(to or None), to, box.count()))
    return _one_mail(box, path)


def _one_mail(box: FileBox, path: list[str]) -> Answer:
    found = box.read(int(path[1])) if path[0] == "mails" and path[1:] and path[1].isdigit() else None
    if found is None:
        return 404, "text/plain", b"There is no such mail.", _SAFE
    if path[2:] == ["html"]:
        return 200, "text/html; charset=utf-8", body(found[1], "html").encode(), _SANDBOX
    return _html(mail_page(*found))


def _whole(box: FileBox, mail: Mail) -> dict[str, Any]:
    found = box.read(mail.id)
    texts = {"text": body(found[1], "plain"), "html": body(found[1], "html")} if found else {}
    heads = {name.replace("-", "_"): str(found[1][name] or "") if found else "" for name in _HEADS}
    return asdict(mail) | texts | heads


def _json(content: object) -> Answer:
    return 200, "application/json", json.dumps(content).encode(), _SAFE


def _html(content: str) -> Answer:
    return 200, "text/html; charset=utf-8", content.encode(), _SAFE


def providers_of(place: Layout) -> Providers:
    """Make the far ends, with the secrets that the services hold."""
    key = read_credentials(place.run).link_key
    return Providers(agreed(key, "TELEPHONE_TOKEN"), webhook_secret(key))


def main(place: Layout) -> None:
    """Serve until SIGTERM or SIGINT."""
    box = NullBox() if os.environ.get("RELAY311_MAIL") == "null" else FileBox(place.run / "mail")
    forwarder = Forwarder(place.port("zipkin"))
    smtp = smtp_door(box, place.port("smtp"), place.run / REFUSING)
    doors = (
        bridge_door(forwarder, place.port("bridge")),
        mail_door(box, place.port("mail")),
        wall_door(Wall(), place.port("social"), providers_of(place)),
    )
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    forwarder.start()
    smtp.start()
    for door in doors:
        threading.Thread(target=door.serve_forever, daemon=True).start()
    ended.wait()
    smtp.stop()
    forwarder.stop()


if __name__ == "__main__":
    main(layout())
