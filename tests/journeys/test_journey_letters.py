"""E-mail on the running platform: a letter in by SMTP, its answer out, and the answer to that joining the request."""

import os
import smtplib
from email.message import EmailMessage

import pytest
from doors import answered
from town import Town, eventually


def send(town: Town, to: str, subject: str, text: str, sender: str) -> None:
    """Send a mail as any mail program does."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"], mail["Message-ID"] = "Mon, 02 Mar 2026 09:00:00 -0800", f"<{abs(hash((to, text)))}@example.org>"
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", town.place.port("letters"), timeout=30) as server:
        server.send_message(mail)


@pytest.mark.requirement("CH-03", "CH-14", "CH-20", "CH-21", "NOT-03")
def test_a_letter_is_answered_and_its_answer_joins_the_request(town: Town) -> None:
    writer = f"letters-{os.urandom(5).hex()}@example.org"
    mailbox = town.city.profile.mail
    assert mailbox is not None
    with town.agencies_asleep():  # a request that was closed takes no messages
        send(town, mailbox.address, "Graffiti", "Paint on the wall of 100 W 1st St, and a gas leak", writer)
        first = eventually(lambda: town.mails(writer), "an answer by mail")[0]
        assert first["text"].startswith(town.city.profile.emergency.text.say("en")), "danger before all else"
        number = answered(first["text"])
        made = [e for e in town.events("request.created") if e["about"]["tracking_number"] == number]
        assert made[-1]["about"]["channel"] == "email"
        assert first["reply_to"].startswith(f"request+{number.lower()}.")
        send(town, first["reply_to"], "Re: Graffiti", "It is the north wall.", "someone-else@example.org")
        request_id = made[-1]["request_id"]
        eventually(
            lambda: [e for e in town.events("request.updated", request_id) if e["change"]["kind"] == "message"],
            "the message to the crew",
        )
