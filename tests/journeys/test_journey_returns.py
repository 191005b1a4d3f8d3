"""What comes back on the running platform: a dead address gives way to a text, a letter is printed and posted."""

import smtplib
from typing import Any
from uuid import uuid4

import pytest
from people import Life, sign_in
from town import Town, eventually

_REPORT = """\
From: MAILER-DAEMON@mx.example.net
To: 311@city.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

It could not be delivered.
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {to}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b1
Content-Type: text/rfc822-headers

To: {to}
Message-ID: {message_id}
References: {references}
--b1--
"""


def settled(town: Town, life: Life, **facts: Any) -> list[dict[str, Any]]:
    """List how messages about a request ended."""
    found = town.events("notification.settled", life.request_id)
    return [one for one in found if all(one.get(name) == value for name, value in facts.items())]


@pytest.mark.requirement("NOT-03")
def test_a_mail_that_comes_back_makes_the_next_message_a_text(town: Town) -> None:
    phone = "213 555 0177"
    with town.agencies_asleep():
        life = Life(town)
        life.report(reporter={"name": "Ana Example", "email": life.email, "phone": phone})
        mail = eventually(lambda: town.mails(life.email), "the first mail")[0]
        eventually(lambda: settled(town, life, moment="promised"), "the promise")
        names = {name: mail[name] for name in ("message_id", "references")}
        report = _REPORT.format(to=life.email, **names).replace("\n", "\r\n").encode()
        with smtplib.SMTP("127.0.0.1", town.place.port("returned"), timeout=30) as server:
            server.sendmail("", ["311@city.example"], report)
        asked = town.url("notify", f"/deliveries?request_id={life.request_id}")
        came_back = [one["returned"] for one in town.ask("GET", asked, role="agent").json()]
        assert "hard" in came_back
        before = len(town.mails(life.email))
        life.finish(life.assigned())
        eventually(lambda: settled(town, life, moment="closed"), "the end of the closing's message")
    (ended,) = settled(town, life, moment="closed")
    assert (ended["channel"], ended["outcome"]) == ("sms", "delivered")
    assert len(town.mails(life.email)) == before


@pytest.mark.requirement("NOT-03")
def test_a_letter_is_printed_in_a_batch_and_delivered_when_it_is_posted(town: Town) -> None:
    with town.agencies_asleep():
        life = Life(town).report()
        eventually(lambda: settled(town, life, moment="promised"), "the promise")
        wish = {"channels": ["letter"], "postal_address": "Ana Example\n100 Acorn Street\nSpringfield"}
        me = sign_in(town, life.email)
        assert town.ask("PATCH", town.url("intake", "/me"), json=wish, headers=me).status_code == 200
        mine = life.taken["contact_ref"]
        eventually(
            lambda: [
                e for e in town.events("contact.profile") if (e["contact_ref"], e["channels"]) == (mine, ["letter"])
            ],
            "the wish, told",
        )
        life.finish(life.assigned())
        letters = town.url("notify", "/letters")

        def waiting() -> bool:
            found = town.ask("GET", letters, role="operator").json()
            return life.request_id in {one["request_id"] for one in found}

        eventually(waiting, "the letter for the print room")
    batch = f"{letters}/batches/{uuid4()}"
    taken = town.ask("PUT", batch, role="operator").json()
    assert life.request_id in {one["request_id"] for one in taken["letters"]}
    assert not settled(town, life, channel="letter")
    pdf = town.ask("GET", batch, role="operator")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    done = town.ask("POST", f"{batch}/posted", role="operator", json={}).json()
    assert done["posted"] == done["letters"]
    ended = eventually(lambda: settled(town, life, channel="letter"), "the letter's end")
    assert {one["outcome"] for one in ended} == {"delivered"}
