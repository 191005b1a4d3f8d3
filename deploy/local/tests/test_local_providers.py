"""The providers' far ends: each takes what a real one would, once, and refuses what it would refuse."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from hashlib import sha256
from hmac import digest
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from relay311_local.access import LOOPBACK
from relay311_local.credentials import ensure_credentials, read_credentials, webhook_secret
from relay311_local.ports import free_port
from relay311_local.providers import Providers
from relay311_local.sidecar import wall_door
from relay311_local.wall import Wall

TOKEN, SECRET = "agreed", webhook_secret("a key")
PASSWORD = {"Authorization": f"Basic {base64.b64encode(f'local:{TOKEN}'.encode()).decode()}"}
TEXTS, CALLS = (f"/2010-04-01/Accounts/local/{what}.json" for what in ("Messages", "Calls"))
BODY = b"To=%2B12135550142&From=%2B12135550311&Body=It+is+done."


@pytest.fixture
def port() -> Iterator[int]:
    free = free_port()
    with wall_door(Wall(), free, Providers(TOKEN, SECRET)) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield free
        door.shutdown()


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any]:
    connection = HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer.status, said.decode() if path == "/" else json.loads(said or b"null")


def test_a_text_is_taken_once_for_its_key_from_who_has_the_password(port: int) -> None:
    assert ask(port, "POST", TEXTS, BODY)[0] == 401
    first, again = (ask(port, "POST", TEXTS, BODY, Idempotency_Key="k1", **PASSWORD) for _ in range(2))
    assert first == again
    assert first[0] == 201
    (kept,) = ask(port, "GET", "/sent/sms")[1]
    assert (kept["to"], kept["text"], kept["sid"]) == ("+12135550142", "It is done.", first[1]["sid"])


@pytest.mark.parametrize("body", [b"To=911&Body=x", b"Body=x", b"To=%2B12135550142"])
def test_a_number_that_is_none_is_refused_with_the_providers_code(port: int, body: bytes) -> None:
    status, said = ask(port, "POST", TEXTS, body, **PASSWORD)
    assert (status, said["code"]) == (400, 21602 if b"555" in body else 21211)
    assert ask(port, "GET", "/sent/sms")[1] == []


def test_a_call_is_placed_with_what_it_says(port: int) -> None:
    spoken = b"To=%2B12135550142&Twiml=%3CResponse%3E%3CSay%3EDone%3C%2FSay%3E%3C%2FResponse%3E"
    assert ask(port, "POST", CALLS, spoken, **PASSWORD)[0] == 201
    assert ask(port, "GET", "/sent/voice")[1][0]["text"] == "<Response><Say>Done</Say></Response>"


def test_a_push_is_taken_from_the_holder_of_the_key_alone(port: int, tmp_path: Path) -> None:
    secrets = ensure_credentials(tmp_path, (), ())
    assert ensure_credentials(tmp_path, (), ()) == secrets == read_credentials(tmp_path)
    asked = json.dumps({"applicationServerKey": secrets.push_public_key}).encode()
    path = ask(port, "POST", "/push", asked)[1]["path"]
    key = load_pem_private_key(secrets.push_private_key.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    host, now = f"http://{LOOPBACK}:{port}", int(time.time())

    def push(to: str, signer: ec.EllipticCurvePrivateKey, audience: str, until: int) -> int:
        token = jwt.encode({"aud": audience, "exp": until, "sub": "mailto:a@b.org"}, signer, algorithm="ES256")
        signed = f"vapid t={token}, k={secrets.push_public_key}"
        return ask(port, "POST", to, b"sealed", Authorization=signed, TTL="60", Content_Encoding="aes128gcm")[0]

    assert push(path, key, host, now + 60) == 201
    other = ec.generate_private_key(ec.SECP256R1())
    wrong = ((other, host, now + 60), (key, "http://else", now + 60), (key, host, now - 60), (key, host, now + 90_000))
    assert [push(path, *one) for one in wrong] == [403] * 4
    assert push("/push/nobody", key, host, now + 60) == 410
    assert [one["to"] for one in ask(port, "GET", "/sent/push")[1]] == [path.removeprefix("/push/")]


def test_a_webhook_is_taken_when_its_signature_is_good(port: int) -> None:
    key, now = base64.b64decode(SECRET.removeprefix("whsec_")), str(int(time.time()))

    def call(body: bytes, signed: bytes, at: str) -> int:
        made = base64.b64encode(digest(key, f"m1.{at}.".encode() + signed, sha256)).decode()
        told = {"webhook_id": "m1", "webhook_timestamp": at, "webhook_signature": f"v1,{made}"}
        return ask(port, "POST", "/hooks/one", body, **told)[0]

    assert [call(b"{}", b"{}", now), call(b"{}", b"[]", now), call(b"{}", b"{}", "1")] == [200, 401, 401]
    assert len(ask(port, "GET", "/sent/webhook")[1]) == 1


def test_the_page_shows_what_was_sent_by_which_channel(port: int) -> None:
    ask(port, "POST", TEXTS, BODY.replace(b"It+is", b"%3Cscript%3E"), **PASSWORD)
    status, shown = ask(port, "GET", "/")
    assert status == 200
    assert "Text messages: 1" in shown
    assert "<script>" not in shown
