"""What leaves by each way, read by who receives it: signatures, secrets, breakers, browsers, telephones."""

import asyncio
import json
import re
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import jwt
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from contracts.vocabulary import DeliveryChannel, Moment
from notify.domain import breakers
from notify.domain.breakers import Breakers
from notify.domain.letters import Letter
from notify.domain.retries import Verdict
from notify.gateways.dkim import Signer
from notify.gateways.mail import mail_of
from notify.gateways.push import PushGateway, content_of, encrypted
from notify.gateways.telephone import TextGateway
from notify.gateways.webhooks import WebhookGateway
from notify.settings import Settings

AT = datetime(2026, 3, 2, 17, tzinfo=UTC)
NEW, OLD = (f"whsec_{b}" for b in ("bmV3LXNlY3JldC1vZi10aGUtdGVzdHMtMDE=", "b2xkLXNlY3JldC1vZi10aGUtdGVzdHMtMDI="))


def letter(channel: DeliveryChannel, address: str, **given: Any) -> Letter:
    text = given.pop("text", "Your  request is done. \n\nWe «painted» over it.\n")
    return Letter(
        uuid4(), channel, address, "¡Listo!", text, "es", Moment.CLOSED, "AB12", "https://c.example/r", AT, **given
    )


def settings(**given: Any) -> Settings:
    return Settings(database_url=SecretStr("unused"), **given)


class Peer:
    """A provider's far end: answers as told, 204 else."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[str] = []
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
        self.calls.append((headers, await reader.readexactly(int(headers["content-length"]))))
        status, _, body = (self.answers.pop(0) if self.answers else "204 No Content").partition("|")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    made = Peer()
    async with await asyncio.start_server(made, "127.0.0.1", 0) as server:
        made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made


Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pem(key: Key) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def verify_mail(mail: bytes, key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> list[str]:
    """Check a signature as a receiver does, by the steps of RFC 6376; gives the names that it covers."""
    head, _, body = mail.partition(b"\r\n\r\n")
    fields = re.findall(rb"([!-9;-~]+):((?:[^\r]|\r\n[ \t])*)(?:\r\n|$)", head)
    relaxed = [(n.lower(), re.sub(rb"[ \t]+", b" ", v.replace(b"\r\n", b"")).strip()) for n, v in fields]
    (name, signature), *others = relaxed
    assert name == b"dkim-signature"
    pairs = (tag.strip().partition("=") for tag in signature.decode().split(";"))
    tags = {key.strip(): value.replace(" ", "") for key, _, value in pairs}
    lines = re.sub(rb"[ \t]+", b" ", body).replace(b" \r\n", b"\r\n")
    whole = re.sub(rb"(\r\n)*\Z", b"", lines) + b"\r\n"
    if b64decode(tags["bh"]) != sha256(whole).digest():
        raise InvalidSignature("body")
    names = tags["h"].split(":")
    left = list(reversed(others))
    told = b""
    for wanted in names:
        found = next(one for one in left if one[0].decode() == wanted)
        left.remove(found)
        told += found[0] + b":" + found[1] + b"\r\n"
    told += b"dkim-signature:" + re.sub(rb"(; b=).*", rb"\1", signature)
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(b64decode(tags["b"]), told, padding.PKCS1v15(), SHA256())
    else:
        key.verify(b64decode(tags["b"]), sha256(told).digest())
    return names


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_receiver_finds_a_mails_signature_good_and_a_changed_mails_bad(kind: str) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    one = letter(
        DeliveryChannel.EMAIL, "ana@example.org", reply_to="r+1@c.example", thread="7", leaving="https://c.example/u"
    )
    mail = Signer(pem(key), "city.example", "s1").signed(mail_of(one, "City 311 <311@city.example>"))
    names = verify_mail(mail, key.public_key())
    assert {"from", "to", "subject", "date", "message-id", "reply-to", "list-unsubscribe-post"} <= set(names)
    assert max(len(line) for line in mail.split(b"\r\n")) < 998
    for old, new in ((b"ana@example.org", b"eve@example.org"), (b"--=_relay311--", b"--=_relay311-- more")):
        with pytest.raises(InvalidSignature):
            verify_mail(mail.replace(old, new), key.public_key())


def test_a_key_that_mails_cannot_be_signed_with_is_refused() -> None:
    with pytest.raises(ValueError, match="neither RSA nor Ed25519"):
        Signer(pem(ec.generate_private_key(ec.SECP256R1())), "city.example", "s1")


async def test_receivers_with_the_new_or_the_old_secret_both_trust_a_webhook(peer: Peer) -> None:
    gateway = WebhookGateway(settings(webhook_secret=SecretStr(NEW), webhook_previous_secret=SecretStr(OLD)))
    assert (await gateway.send(letter(DeliveryChannel.WEBHOOK, peer.url))).verdict is Verdict.TAKEN
    await gateway.close()
    ((headers, body),) = peer.calls
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(body.decode(), headers)["type"] == "request.closed"
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body.decode().replace("AB12", "AB13"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_c29tZWJvZHktZWxzZXMtc2VjcmV0LTAwMDE=").verify(body.decode(), headers)


async def test_a_target_that_fails_again_and_again_rests_and_others_do_not(peer: Peer) -> None:
    gateway = WebhookGateway(settings())
    peer.answers = ["503 Busy"] * breakers.FAILURES
    answers = [
        await gateway.send(letter(DeliveryChannel.WEBHOOK, peer.url + "/a?x")) for _ in range(breakers.FAILURES + 1)
    ]
    other = await gateway.send(letter(DeliveryChannel.WEBHOOK, peer.url + "/b"))
    await gateway.close()
    assert [a.verdict for a in answers] == [Verdict.LATER] * breakers.FAILURES + [Verdict.PAUSED]
    assert answers[-1].retry_after is not None
    assert len(peer.calls) == breakers.FAILURES + 1
    assert other.verdict is Verdict.TAKEN


def test_after_its_rest_one_call_tries_a_target_and_settles_how_it_goes_on() -> None:
    known = Breakers()
    for _ in range(breakers.FAILURES):
        known.began("a")
        known.ended("a", well=False, now=0)
    rested = breakers.REST_SECONDS + 1
    assert known.pause("a", rested) == 0
    known.began("a")
    assert known.pause("a", rested) == breakers.BUSY_SECONDS
    known.ended("a", well=False, now=rested)
    assert known.pause("a", rested + 1) == breakers.REST_SECONDS - 1
    known.began("a")
    known.ended("a", well=True, now=2 * rested)
    assert known.pause("a", 2 * rested) == 0


def test_very_many_failing_targets_lose_no_call_that_is_on_its_way() -> None:
    known = Breakers()
    names = [str(n) for n in range(breakers.MOST_TARGETS + 1)]
    for name in names * 2:
        known.began(name)
    for name in names * 2:
        known.ended(name, well=False, now=0)
    assert known.pause(names[0], 1) == 0


def read_push(body: bytes, browser: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """Decrypt as a browser does (RFC 8291, RFC 8188)."""
    salt, length = body[:16], body[20]
    sender = body[21 : 21 + length]
    mine = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = browser.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
    secret = HKDF(SHA256(), 32, auth, b"WebPush: info\0" + mine + sender).derive(shared)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
    opened = AESGCM(key).decrypt(nonce, body[21 + length :], None)
    assert opened.endswith(b"\x02")
    return opened[:-1]


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def test_the_standards_own_example_is_encrypted_to_the_letter() -> None:
    sender = ec.derive_private_key(
        int.from_bytes(_bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    browser = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    made = encrypted(
        b"When I grow up, I want to be a watermelon", browser, "BTBZMqHH6r4Tts7J_aSIgg",
        sender=sender, salt=_bytes("DGv6ra1nlYgDCS1FRnbzlw"),
    )  # fmt: skip
    assert _text(made) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


async def test_a_browser_reads_what_is_pushed_and_its_service_knows_the_city(peer: Peer) -> None:
    browser, city, auth = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1()), b"a" * 16
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    told = json.dumps({"endpoint": peer.url + "/push/1", "p256dh": _text(point), "auth": _text(auth)})
    gateway, peer.answers = PushGateway(settings(vapid_key=SecretStr(pem(city)))), ["201 Created", "410 Gone"]
    one = letter(DeliveryChannel.PUSH, told)
    answers = [await gateway.send(one), await gateway.send(one)]
    await gateway.close()
    assert [(a.verdict, a.gone) for a in answers] == [(Verdict.TAKEN, False), (Verdict.REFUSED, True)]
    headers, body = peer.calls[0]
    assert json.loads(read_push(body, browser, auth)) == json.loads(content_of(one))
    found = re.fullmatch(r"vapid t=(\S+), k=(\S+)", headers["authorization"])
    assert found
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(found[2]))
    claims = jwt.decode(found[1], key, algorithms=["ES256"], audience=peer.url)
    assert claims["sub"].startswith("mailto:")
    assert (headers["content-encoding"], len(headers["topic"])) == ("aes128gcm", 32)


@pytest.mark.parametrize("sign", ["a", "ñ", "漢", "😀", '"', "\n"])
def test_a_push_fits_the_one_record_that_push_services_take(sign: str) -> None:
    content = content_of(letter(DeliveryChannel.PUSH, "", text=sign * 5000))
    browser = ec.generate_private_key(ec.SECP256R1())
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert len(encrypted(content, _text(point), _text(b"a" * 16))) <= 4096
    assert json.loads(content)["body"].startswith(sign * 300)


async def test_a_text_is_asked_again_when_the_provider_is_busy_and_never_for_a_number_that_said_stop(
    peer: Peer,
) -> None:
    gateway = TextGateway(settings(telephone_api=peer.url, telephone_from="+12135550100"))
    peer.answers = ["429 Slow\r\nRetry-After: 90", '400 Bad|{"code": 21610}', '201 Created|{"sid": "1"}']
    one = letter(DeliveryChannel.SMS, "(213) 555-0142")
    busy, stopped, taken = [await gateway.send(one) for _ in range(3)]
    await gateway.close()
    assert (busy.verdict, busy.retry_after and busy.retry_after.seconds) == (Verdict.LATER, 90)
    assert (stopped.verdict, stopped.gone) == (Verdict.REFUSED, True)
    assert taken.verdict is Verdict.TAKEN
    assert {headers["idempotency-key"] for headers, _ in peer.calls} == {str(one.intent_id)}
    assert parse_qs(peer.calls[0][1].decode())["To"] == ["+12135550142"]
