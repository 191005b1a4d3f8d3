"""Fetching by address: what leads anywhere but straight to the public Internet is refused before a packet is sent."""

import ssl
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from intake.gateways.photos import Fetcher, NotNow, Unusable
from intake.gateways.photos.fetching import resolve

sys.path.insert(0, str(Path(__file__).parent))
from listener import listening, ok

NAMES = {
    "rebinding.test": ("127.0.0.1",),
    "mixed.test": ("8.8.8.8", "127.0.0.1"),
    "mixed6.test": ("2606:4700::1", "::1"),
    "metadata.test": ("169.254.169.254",),
    "nothing.test": (),
    "nat64.test": ("64:ff9b::7f00:1",),
}
HOSTS = (
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001",
    "127.127.127.127", "0.0.0.0", "0", "localhost", "LOCALHOST", "localhost.", "10.0.0.1", "172.16.0.1",  # noqa: S104
    "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.0.192", "192.88.99.1",
    "198.18.0.1", "192.0.2.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:1]",
    "[::ffff:8.8.8.8]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2001:0:4136:e378:8000:63bf:807f:fffe]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]",
    "[fec0::1]", "[ff02::1]", "[ff0e::1]", "[2001:db8::1]", "[3fff::1]", "[100::1]", "[5f00::1]",
    "[2001:20::1]", *NAMES,
)  # fmt: skip
WRITTEN = (
    "http://a@127.0.0.1:{p}/", "http://a:b@127.0.0.1:{p}/", "http://127.0.0.1:{p}\\@example.org/",
    "http://example.org@127.0.0.1:{p}/", "http://example.org\\.127.0.0.1:{p}/", "http://127%2e0.0.1:{p}/",
    "http://[::1%25lo]:{p}/", "http://[::1%lo]:{p}/", "http://[::1:{p}/", "http://[127.0.0.1]:{p}/",
    "http:127.0.0.1:{p}/", "http:///127.0.0.1:{p}/", "//127.0.0.1:{p}/", "127.0.0.1:{p}/",
    "ftp://127.0.0.1:{p}/", "file:///etc/passwd", "gopher://127.0.0.1:{p}/_", "dict://127.0.0.1:{p}/",
    "ldap://127.0.0.1:{p}/", "data:image/png;base64,AAAA", "javascript:alert(1)", "unix:///var/run/docker.sock",
    "http://127.0.0.1:{p}/\r\nHost: x", "http://127.0.0.1\t:{p}/", " http://127.0.0.1:{p}/",
    "http://exam ple.org:{p}/", "http://127.0.0.1\x00.example.org:{p}/", "http://127。0。0。1:{p}/",
    "http://\uff11\uff12\uff17.0.0.1:{p}/", "http://ⓛocalhost:{p}/", "http://8.8.8.8:22/", "http://8.8.8.8:0/",
    "http://8.8.8.8:8080/", "http://8.8.8.8:99999/", "http://8.8.8.8:-1/", "http://8.8.8.8:x/",
    "https://8.8.8.8:{p}/", "http://*:{p}/", "http://:{p}/", "http://./", "http://a..b:{p}/",
    "http://" + "a" * 300 + ":{p}/", "http://8.8.8.8:{p}/" + "a" * 3000, "",
)  # fmt: skip


async def told(host: str, port: int) -> Sequence[str]:
    return NAMES[host] if host in NAMES else await resolve(host, port)


CONNECTS: list[object] = []
sys.addaudithook(lambda event, given: CONNECTS.append(given[1]) if event == "socket.connect" else None)


@pytest.mark.requirement("PHO-01")
async def test_no_packet_is_sent_to_what_is_not_public(figure: Callable[[str], None]) -> None:
    async with listening(ok(b"secret")) as listener:
        port = listener.port
        written = [text.replace("{p}", str(port)) for text in WRITTEN]
        vectors = [f"http://{host}:{port}/a.jpg" for host in HOSTS] + written
        fetcher = Fetcher(resolver=told, ports={"http": port, "https": 443})
        assert len(vectors) >= 60
        CONNECTS.clear()
        for vector in vectors:
            with pytest.raises((Unusable, NotNow)):
                await fetcher.fetch(vector)
        internet = [where for where in CONNECTS if isinstance(where, tuple)]
        assert (internet, listener.connections) == ([], 0)
        assert await Fetcher([f"http://127.0.0.1:{port}"]).fetch(f"http://127.0.0.1:{port}/a.jpg") == b"secret"
        assert listener.connections == 1  # the listener does count
    figure(f"addresses that lead inside: {len(vectors)}, packets sent {len(internet)}")


async def test_a_name_is_resolved_once_and_what_was_found_is_called_by_its_name() -> None:
    asked = []

    async def changing(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    async with listening(ok(b"picture")) as listener:
        origin = f"http://photos.test:{listener.port}"
        assert await Fetcher([origin], changing).fetch(f"{origin}/a.jpg?b=1#c") == b"picture"
        assert asked == [("photos.test", listener.port)]
        assert listener.heads[0].startswith(b"GET /a.jpg?b=1 HTTP/1.1\r\n")
        assert b"host: photos.test:%d\r\n" % listener.port in listener.heads[0].lower()


async def test_a_redirect_is_not_followed() -> None:
    async with listening(ok(b"secret")) as inside:
        moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:%d/\r\ncontent-length: 0\r\n\r\n" % inside.port
        async with listening(moved) as listener:
            origin = f"http://127.0.0.1:{listener.port}"
            with pytest.raises(Unusable, match="302"):
                await Fetcher([origin]).fetch(f"{origin}/a.jpg")
        assert inside.connections == 0


WRONG = {
    "says it is too large": (b"HTTP/1.1 200 OK\r\ncontent-length: 20000001\r\n\r\n", Unusable),
    "is too large": (b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + bytes(20_500_000), Unusable),
    "is compressed": (ok(b"x", b"content-encoding: gzip"), Unusable),
    "is gone": (b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", Unusable),
    "is not there yet": (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", NotNow),
    "is away": (b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n", NotNow),
    "ends early": (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\nconnection: close\r\n\r\nabc", NotNow),
    "is no answer": (b"220 mail.example ESMTP\r\n", NotNow),
}


@pytest.mark.parametrize("case", WRONG)
async def test_an_answer_is_refused_or_asked_for_again(case: str) -> None:
    answer, expected = WRONG[case]
    async with listening(answer) as listener:
        origin = f"http://127.0.0.1:{listener.port}"
        with pytest.raises(expected):
            await Fetcher([origin]).fetch(f"{origin}/a.jpg")


async def test_a_slow_server_does_not_hold_anybody_up() -> None:
    async with listening(ok(bytes(10_000)), pause=0.05) as listener:
        origin = f"http://127.0.0.1:{listener.port}"
        with pytest.raises(NotNow, match="Timeout"):
            await Fetcher([origin], seconds=0.4).fetch(f"{origin}/a.jpg")


async def test_a_certificate_is_asked_for_by_name_and_one_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    names: list[str | None] = []
    context = _self_signed(tmp_path)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    async with listening(ok(b"picture"), tls=context) as listener:

        async def here(_host: str, _port: int) -> Sequence[str]:
            return ["127.0.0.1"]

        origin = f"https://photos.test:{listener.port}"
        with pytest.raises(NotNow, match="Connect"):
            await Fetcher([origin], here).fetch(f"{origin}/a.jpg")
    assert names == ["photos.test"]
    assert listener.heads == []


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "photos.test")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "pair.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain) + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "pair.pem")
    return context
