"""Being told by each channel: each message is read where it arrives, at the provider's far end."""

import json
import os
import re
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from people import DONE, Life
from town import Town, eventually

from contracts.vocabulary import ReportKind


def phone() -> str:
    """Make up a number that nobody else here has."""
    return f"213-555-{int.from_bytes(os.urandom(2), 'big') % 10_000:04}"


def sent(town: Town, channel: str, to: str, words: str = "") -> dict[str, Any]:
    """Wait for what was sent to somebody by a channel, and return the newest that holds these words."""

    def found() -> list[dict[str, Any]]:
        kept = town.ask("GET", town.url("social", f"/sent/{channel}")).json()
        return [one for one in kept if one["to"] == to and words in one["text"]]

    return eventually(found, f"{words!r} by {channel} to {to}")[-1]


def closed_by_crew(life: Life) -> None:
    """Let a crew finish it."""
    agency = life.assigned()
    life.finish(agency)
    life.until(status="closed")


def outcomes(town: Town, life: Life) -> set[tuple[str, str, str]]:
    """Read how the messages of a request went."""
    url = town.url("notify", f"/deliveries?request_id={life.request_id}")
    rows = town.ask("GET", url, role="agent").json()
    return {(row["channel"], row["moment"], row["outcome"]) for row in rows}


@pytest.mark.requirement("NOT-01", "NOT-02", "NOT-03", "NOT-10")
def test_who_prefers_texts_is_told_by_text_in_their_language_from_number_to_ending(town: Town) -> None:
    number = phone()
    dialled = f"+1{number.replace('-', '')}"
    with town.agencies_asleep():
        life = Life(town).report(
            reporter={"phone": number, "language": "es", "preferred_channel": "sms", "name": "Ana Example"}
        )
        assert life.taken["tracking_number"] in sent(town, "sms", dialled)["text"]
        closed_by_crew(life)
        text = sent(town, "sms", dialled, "cerrad")["text"]
    assert life.taken["tracking_number"] in text
    shown = town.ask("GET", town.url("social", "/")).text
    assert "Text messages:" in shown
    told = eventually(lambda: {one for one in outcomes(town, life) if one[1] == "closed"}, "the delivery's outcome")
    assert told == {("sms", "closed", "delivered")}


@pytest.mark.requirement("NOT-03")
def test_who_prefers_calls_is_called_and_read_to(town: Town) -> None:
    number = phone()
    with town.agencies_asleep():
        life = Life(town).report(reporter={"phone": number, "preferred_channel": "voice"})
        call = sent(town, "voice", f"+1{number.replace('-', '')}", "<Say")
    assert 'language="en-US"' in call["text"]
    assert "http" not in call["text"].replace("http://www.w3", ""), "nobody can write a web address down"
    assert life.taken["tracking_number"][:4] in call["text"].replace(" ", "").replace(",", "")


@pytest.mark.requirement("NOT-03")
def test_a_machine_is_told_by_a_signed_webhook(town: Town) -> None:
    path = f"/hooks/{os.urandom(6).hex()}"
    with town.agencies_asleep():
        life = Life(town).report(reporter={"webhook_url": town.url("social", path)})
        life.work(life.assigned(), ReportKind.IN_PROGRESS)
        body = json.loads(sent(town, "webhook", path, "request.in_progress")["text"])
    assert body["data"]["tracking_number"] == life.taken["tracking_number"]


def _events(answer: httpx2.Response) -> Iterator[dict[str, Any]]:
    said: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        said[name] = value
        if not line and "data" in said:
            yield {"event": said.get("event"), **json.loads(said["data"])}
            said = {}


@pytest.mark.requirement("STA-04", "STA-05", "CLO-08")
def test_who_looks_at_the_page_sees_the_closing_as_it_happens(town: Town) -> None:
    with town.agencies_asleep():
        life = Life(town).report()
        agency, number = life.assigned(), life.taken["tracking_number"]
        life.work(agency, ReportKind.ACCEPTED)
        life.until_entry("substatus", substatus="accepted")
        page = town.ask("GET", town.url("intake", f"/requests/{number}"), headers={"Accept": "text/html"}).text
        stream_at = page.partition('data-stream="')[2].partition('"')[0]
        with httpx2.stream("GET", town.url("intake", f"/requests/{stream_at}"), timeout=30) as answer:
            events = _events(answer)
            assert next(events)["event"] == "state"
            began = time.monotonic()
            life.work(agency, ReportKind.COMPLETED, **DONE)
            closed = next(one for one in events if one.get("kind") == "closed")
            waited = time.monotonic() - began
    assert closed["status"] == "closed"
    assert closed["said"]["es"].startswith("Cerrada")
    assert waited < 4, f"the closing was seen after {waited:.1f} s, all services included"


class Browser:
    """A browser that subscribed at the local push service and reads its notices (RFC 8291)."""

    def __init__(self, town: Town) -> None:
        self._key, self._auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        asked = {"applicationServerKey": town.secrets["push_public_key"]}
        self.path = town.ask("POST", town.url("social", "/push"), json=asked).json()["path"]
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._point = point
        keys = {"p256dh": _text(point), "auth": _text(self._auth)}
        self.subscription = {"endpoint": town.url("social", self.path), **keys}

    def read(self, body: bytes) -> dict[str, Any]:
        """Open one notice."""
        salt, sender, sealed = body[:16], body[21 : 21 + body[20]], body[21 + body[20] :]
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        secret = _derived(shared, self._auth, b"WebPush: info\0" + self._point + sender, 32)
        key, nonce = (
            _derived(secret, salt, f"Content-Encoding: {name}\0".encode(), size)
            for name, size in (("aes128gcm", 16), ("nonce", 12))
        )
        told: dict[str, Any] = json.loads(AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")[:-1])
        return told


def _derived(secret: bytes, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, about).derive(secret)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


@pytest.mark.requirement("NOT-03", "CP-06")
def test_a_browser_that_subscribed_on_the_account_page_shows_the_news(town: Town) -> None:
    browser = Browser(town)
    with town.agencies_asleep(), httpx2.Client(base_url=town.url("intake"), headers={"Accept": "text/html"}) as http:
        life = Life(town).report()
        assert http.post("/account/code", data={"email": life.email}).status_code == 200
        mail = eventually(
            lambda: next((m for m in town.mails(life.email) if re.search(r"\b\d{6}\b", m["text"])), None), "the code"
        )
        code = re.findall(r"\b\d{6}\b", mail["text"])[0]
        assert http.post("/account/session", data={"email": life.email, "code": code}).status_code == 303
        page = http.get("/account").text
        assert life.taken["tracking_number"] in page
        assert town.secrets["push_public_key"] in page
        assert http.post("/account/push", json=browser.subscription).status_code == 200
        time.sleep(1)  # the profile travels on another topic than the request
        agency = life.assigned()
        life.work(agency, ReportKind.IN_PROGRESS)
        life.until_entry("substatus", substatus="in_progress")
        kept = sent(town, "push", browser.path.removeprefix("/push/"))
    told = browser.read(b64decode(kept["body"]))
    assert life.taken["tracking_number"] in told["title"]
    assert life.taken["tracking_number"] in told["url"]
