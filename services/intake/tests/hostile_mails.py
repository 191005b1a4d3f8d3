"""Hostile mails, made anew each time: shapes, encodings and tricks that have broken mail programs."""

import random


def corpus() -> list[tuple[str, bytes]]:
    """Make every mail: its name and its bytes."""
    head = b"From: Eve <eve@example.org>\nTo: x\nDate: Mon, 02 Mar 2026 09:00:00 -0800\nMessage-ID: <%d@evil.example>\n"
    nested = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(90))
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(5000))
    chance = random.Random(311)
    made: list[tuple[str, bytes]] = [
        ("empty", b""),
        ("no headers", b"\nhello"),
        ("only headers", b"Subject: x"),
        ("NUL", b"Subject: a\0b\n\nc\0d"),
        ("nested", nested + b"\nhello"),
        ("deep", deep + b"\nhello"),
        ("rfc822", b"Content-Type: message/rfc822\n\n" * 3000),
        ("rfc822 few", b"Content-Type: message/rfc822\n\n" * 60 + b"hello"),
        ("no boundary", b"Content-Type: multipart/mixed\n\nx"),
        ("empty boundary", b'Content-Type: multipart/mixed; boundary=""\n\n--\nx'),
        ("huge header", b"Subject: " + b"x\n " * 100_000 + b"\n\nx"),
        ("many headers", b"X: y\n" * 20_000 + b"\nx"),
        ("long line", b"\n" + b"x" * 60_000),
        ("longer line", b"\n" + b"x" * 200_000),
        ("folded", b"Subject:\n \n \n\t\n\nx"),
        ("broken word", b"Subject: =?utf-8?b?A?= =?x?q?=FF?= =?utf-8?x?y?=\n\nx"),
        ("word bomb", b"Subject: " + b"=?utf-8?q?a?= " * 9000 + b"\n\nx"),
        ("injection", b"Subject: a\r\n Bcc: victim@example.org\r\nX: \r\r\n\nBcc: b@example.org"),
        ("cr", b"Subject: a\rBcc: b@example.org\n\nx"),
        ("two from", b"From: a@example.org\nFrom: b@example.org\n\nx"),
        ("from list", b"From: a@example.org, b@example.org\n\nx"),
        ("from trick", b"From: alice@example.org)bob@evil.example\n\nx"),
        ("from huge", b"From: " + b"(" * 50_000 + b"a@b.example\n\nx"),
        ("bad date", b"Date: 99 Foo 9999999999999 99:99:99 +99999\n\nx"),
        ("base64", b"Content-Transfer-Encoding: base64\n\n!!!!=A=="),
        ("qp", b"Content-Transfer-Encoding: quoted-printable\n\n=ZZ=\n="),
        ("uu", b"Content-Transfer-Encoding: x-uuencode\n\nbegin 6\nM\x01\xff\nend"),
        ("surrogates", "Subject: \ud800x\n\n\udfff".encode("utf-8", "surrogatepass")),
        ("bidi", "Subject: \u202egpj.exe\n\n\u202e".encode()),
        ("html", b"Content-Type: text/html\n\n" + b"<a '" * 40_000),
        ("comment", b"Content-Type: text/html\n\n" + b"<!--" * 40_000),
        ("script", b"Content-Type: text/html\n\n<scr<script>ipt>alert(1)</script><img src=x onerror=alert(1)>"),
        ("png", b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgoAAAAA"),
        ("svg", b"Content-Type: image/svg+xml\n\n<svg onload='x'/>"),
        (
            "many pictures",
            b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: image/png\n\nx\n" * 95 + b"--b--",
        ),
        (
            "many parts",
            b"Content-Type: multipart/mixed; boundary=b\n\n"
            + b"--b\nContent-Type: text/plain; boundary=c\n\nx\n" * 500,
        ),
        ("parameters", b"Content-Type: text/plain; charset*0*=utf-8'en'%ff; charset*1=x; charset*9999999=y\n\nx"),
        ("rfc2231", b"Content-Disposition: attachment; filename*1*=x; filename*0*='''%00\n\nx"),
        ("type", b"Content-Type: ;;;===\n\nx"),
        ("program", b"Content-Type: application/x; name=invoice.exe\n\nMZ"),
        ("mid", b"Message-ID: <" + b"a" * 5000 + b"\n\nx"),
        ("mid nul", b"Message-ID: <\0@\0>\n\nx"),
        ("sql", b"Subject: '; DROP TABLE request; --\n\n%s {} $1"),
        ("template", b"Subject: {{ 7*7 }}\n\n${jndi:ldap://x} {{ tracking_number }}"),
        ("latin", b"Subject: caf\xe9\n\n\xff\xfe\xfd"),
        ("partial", b"Content-Type: message/partial; number=1; total=9; id=x\n\nx"),
        ("external", b"Content-Type: message/external-body; access-type=URL; URL=http://127.0.0.1/\n\nx"),
        ("dots", b"\n.\n..\n...\n"),
        ("utf16", b"Content-Type: text/plain; charset=utf-16\n\nx"),
        ("utf7", b"Content-Type: text/plain; charset=utf-7\n\n+ADw-script+AD4-"),
        ("spaces", b"Subject: " + b" " * 50_000 + b"\n\n" + b" " * 60_000),
        ("history", b"\n" + b"On " * 20_000 + b"wrote:"),
        ("re", b"Subject: " + b"Re: " * 9000 + b"\n\nx"),
    ]
    charsets = (
        "klingon",
        "idna",
        "punycode",
        "rot13",
        "hex",
        "undefined",
        "unicode_escape",
        "zlib",
        "mbcs",
        "\0",
        "x" * 999,
    )
    made += [(c[:9], b"Content-Type: text/plain; charset=" + c.encode() + b"\n\n\xff\\ud800 xn--a") for c in charsets]
    made += [("noise", chance.randbytes(3000)) for _ in range(10)]
    return [(name, (head % n if n % 2 else b"") + raw) for n, (name, raw) in enumerate(made)]
