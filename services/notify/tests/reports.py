"""Reports as mail servers and mail providers send them, and mails that only look like it."""

import random
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Final

_BOUNCE: Final = """\
From: MAILER-DAEMON@mx.example.net
To: 311@city.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

Your mail could not be delivered.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {final}
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--b1
Content-Type: {heads_type}

{heads}
--b1--
"""
_COMPLAINT: Final = """\
From: feedback@mail.example.net
To: 311@city.example
Subject: FW: your mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b2"

--b2
Content-Type: text/plain; charset=us-ascii

This is an email abuse report.
--b2
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--b2
Content-Type: message/rfc822
Content-Disposition: inline

{heads}

The words of the mail.
--b2--
"""


def heads_of(mail: EmailMessage) -> str:
    """Return a mail's headers, as they come back."""
    return "\n".join(f"{name}: {' '.join(str(value).split())}" for name, value in mail.items())


def bounce(
    mail: EmailMessage,
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 no such user",
    *,
    action: str = "failed",
    final: str = "somewhere-else@example.net",
    heads_type: str = "text/rfc822-headers",
) -> bytes:
    """Write a bounce of a mail (RFC 3464)."""
    filled = _BOUNCE.format(
        final=final, action=action, status=status, diagnostic=diagnostic, heads=heads_of(mail), heads_type=heads_type
    )
    return filled.replace("\n", "\r\n").encode()


def complaint(mail: EmailMessage, kind: str = "abuse") -> bytes:
    """Write a complaint about a mail (RFC 5965)."""
    return _COMPLAINT.format(kind=kind, heads=heads_of(mail)).replace("\n", "\r\n").encode()


def hostile(mail: EmailMessage) -> Iterator[bytes]:
    """Make mails that are to break who reads them: cut, turned, nested, huge, full of bytes that are no text."""
    good = [bounce(mail), complaint(mail), bounce(mail, heads_type="message/rfc822")]
    dice = random.Random(311)
    for whole in good:
        yield from (whole[: len(whole) * part // 20] for part in range(20))
        yield whole.replace(b"\r\n", b"\n")
        yield whole.replace(b"\r\n", b"\r")
        yield whole.replace(b": ", b":\x00\xff ")
        yield whole.replace(b"boundary=", b"boundary*=utf-8''")
        yield whole.replace(b'"b1"', b'""').replace(b'"b2"', b'""')
        yield whole.replace(b"us-ascii", b"no-such-charset")
        yield whole.replace(
            b"text/rfc822-headers", b"text/rfc822-headers; charset=\xff\r\nContent-Transfer-Encoding: base64"
        )
        yield whole.replace(
            b"message/delivery-status", b"message/delivery-status\r\nContent-Transfer-Encoding: quoted-printable"
        )
        for _ in range(150):
            turned = bytearray(whole)
            for _ in range(dice.randint(1, 30)):
                turned[dice.randrange(len(turned))] = dice.randrange(256)
            yield bytes(turned)
    yield b""
    yield b"\x00" * 5000
    yield b"Content-Type: multipart/report\r\n\r\n"
    yield b"Content-Type: multipart/report; boundary=x\r\n\r\n" + b"--x\r\n" * 20_000
    yield b"".join(b'Content-Type: multipart/report; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(2000))
    yield b"Content-Type: message/rfc822\r\n\r\n" * 5000
    yield (
        b'Content-Type: multipart/report; boundary="a"\r\n\r\n--a\r\n'
        + b"Content-Type: message/rfc822\r\n\r\n" * 20_000
    )
    yield b"Subject: " + b"=?utf-8?q?" * 50_000
    yield b"A" * (2 * 1024 * 1024)
    yield b"From: a\r\n" * 30_000
