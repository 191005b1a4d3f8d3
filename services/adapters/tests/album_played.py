"""The city's door for photos, in a process of its own: it shows one picture, and keeps what looks like one."""

import json
import sys
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PICTURE = b"\xff\xd8\xff\xe0 a picture, as far as anybody here looks \xff\xd9"


class Album(BaseHTTPRequestHandler):
    """Shows one picture under every address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "image/jpeg")
        self.send_header("content-length", str(len(PICTURE)))
        self.end_headers()
        self.wfile.write(PICTURE)

    def do_POST(self) -> None:
        name = sha256(self.rfile.read(int(self.headers["content-length"]))).hexdigest()
        body = json.dumps({"photos": [{"photo_id": name, "claim": f"{name}.claim"}]}).encode()
        self.send_response(201)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Album).serve_forever()
