"""The mail sink keeps what notify sends and shows it without letting a mail do harm."""

import http.client
import json
import smtplib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from relay311_local.access import LOOPBACK
from relay311_local.mail.box import FileBox, NullBox, body
from relay311_local.mail.smtp import REFUSING, smtp_door
from relay311_local.ports import free_port
from relay311_local.sidecar import mail_door

HOSTILE = "<script>alert(1)</script>"


@dataclass
class Sink:
    """A running sink: its SMTP port and its page's."""

    smtp: int
    page: int

    def send(self, recipient: str, subject: str, text: str) -> None:
        """Send one mail, as notify does."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "311@city.example", recipient, subject
        message["Message-ID"] = "<intent-1@city.example>"
        message.set_content(text)
        message.add_alternative(f"<p>{text}</p>", subtype="html")
        with smtplib.SMTP(LOOPBACK, self.smtp) as client:
            client.send_message(message)

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        """Read one page: status, headers, content."""
        connection = http.client.HTTPConnection(LOOPBACK, self.page, timeout=5)
        connection.request("GET", path)
        answer = connection.getresponse()
        content = answer.read().decode()
        connection.close()
        return answer.status, dict(answer.getheaders()), content


def open_sink(box: FileBox | NullBox, switch: Path | None = None) -> Iterator[Sink]:
    sink = Sink(free_port(), free_port())
    controller = smtp_door(box, sink.smtp, switch)
    controller.start()
    with mail_door(box, sink.page) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield sink
        door.shutdown()
    controller.stop()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    yield from open_sink(FileBox(tmp_path / "mail"))


def test_a_mail_is_kept_and_found_by_its_recipient(sink: Sink, tmp_path: Path) -> None:
    sink.send("ana@example.org", "Su solicitud fue recibida: 7K", "Gracias")
    sink.send("bo@example.org", "Received", "Thanks")
    (mail,) = json.loads(sink.get("/messages?to=Ana@example.org")[2])
    assert mail["subject"] == "Su solicitud fue recibida: 7K"
    assert mail["text"].strip() == "Gracias"
    assert mail["message_id"] == "<intent-1@city.example>"
    assert json.loads(sink.get("/count")[2]) == {"received": 2}
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 2


def test_mails_outlive_the_process(sink: Sink, tmp_path: Path) -> None:
    sink.send("ana@example.org", "Kept", "still here")
    again = FileBox(tmp_path / "mail")
    assert [mail.subject for mail in again.find()] == ["Kept"]


def test_the_list_is_readable_and_escaped(sink: Sink) -> None:
    sink.send("ana@example.org", HOSTILE, "text")
    status, headers, page = sink.get("/")
    assert status == 200
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page
    assert 'lang="en"' in page
    assert 'scope="col"' in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_html_of_a_mail_can_run_nothing(sink: Sink) -> None:
    sink.send("ana@example.org", "Hello", HOSTILE)
    number = json.loads(sink.get("/messages")[2])[0]["id"]
    page = sink.get(f"/mails/{number}")[2]
    assert "<iframe sandbox " in page
    assert HOSTILE not in page
    policy = sink.get(f"/mails/{number}/html")[1]["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize("path", ["/mails/99", "/mails/x", "/mails", "/../secrets.json", "/elsewhere"])
def test_what_is_not_there_is_not_found(sink: Sink, path: str) -> None:
    assert sink.get(path)[0] == 404


def test_a_mail_that_is_listed_is_whole(tmp_path: Path) -> None:
    box, content = FileBox(tmp_path / "mail"), b"Subject: One\r\n\r\n" + b"words " * 20_000
    writer = threading.Thread(
        target=lambda: [box.keep("a@city.example", ["b@example.org"], content) for _ in range(80)]
    )
    writer.start()
    seen: set[int] = set()
    while writer.is_alive():
        for mail in box.find("b@example.org", 5):
            found = box.read(mail.id)
            assert found is not None
            assert len(body(found[1], "plain")) > 100_000
            seen.add(mail.id)
    writer.join()
    assert seen


def test_the_null_box_counts_and_drops(tmp_path: Path) -> None:
    for sink in open_sink(NullBox()):
        sink.send("ana@example.org", "Hello", "text")
        assert json.loads(sink.get("/count")[2]) == {"received": 1}
    assert not list(tmp_path.iterdir())


def test_while_the_switch_lies_there_mails_are_put_off(tmp_path: Path) -> None:
    switch = tmp_path / REFUSING
    switch.touch()
    for sink in open_sink(NullBox(), switch):
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            sink.send("ana@example.org", "Hello", "text")
        switch.unlink()
        sink.send("ana@example.org", "Hello", "text")
        assert json.loads(sink.get("/count")[2]) == {"received": 1}
