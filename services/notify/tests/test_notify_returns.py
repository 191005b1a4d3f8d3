"""What comes back is taken up: by SMTP and by signed HTTP, from mail servers, mail providers, telephone providers."""

import asyncio
import smtplib
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
from reports import bounce, complaint, hostile
from standardwebhooks import Webhook
from told import AT, Inbox, closed, created, facts, profile, settled

from chassis.signed_forms import signature
from chassis.testing import Bench
from contracts.intake import Consent, ContactErased, Purpose
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome
from notify.app import build
from notify.domain.leaving import NOTICES
from notify.domain.reaching import flag_of, silenced
from notify.domain.returns import Kind, read_return
from notify.settings import Settings

SECRET = "whsec_cmV0dXJucy1hcmUtc2lnbmVkLXdpdGgtdGhpcw=="  # noqa: S105 - of this test
TOKEN = "12345"  # noqa: S105 - of this test
BASE = "https://notify.example"
FLAGS = "SELECT flags FROM profile WHERE contact_ref = 'c1'"
ANA = flag_of("email", "ana@example.org")


@pytest.fixture
def returns_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox, returns_port: int) -> Bench:
    return await bench_factory(
        build,
        Settings,
        smtp_port=inbox.port,
        delivery_poll_seconds=0.02,
        returns_port=returns_port,
        returns_secret=SECRET,
        mail_returns="returned@city.example",
        notify_base_url=BASE,
        telephone_token=TOKEN,
        telephone_api="http://127.0.0.1:1",
    )


async def told(bench: Bench, inbox: Inbox, **given: Any) -> EmailMessage:
    """Tell of a new request by mail, and return the mail."""
    await bench.feed(profile(**given))
    base = facts()
    await bench.feed(created(base))
    await settled(bench, 1)
    return inbox.mails[-1]


async def by_smtp(port: int, *mails: bytes) -> None:
    """Send reports as a mail server does: with no sender."""

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as server:
            for mail in mails:
                server.sendmail("", ["returned@city.example"], mail)

    await asyncio.to_thread(send)


async def by_http(bench: Bench, mail: bytes, secret: str = SECRET) -> Any:
    """Hand a report in by HTTP, signed."""
    name, now = uuid4().hex, datetime.now(UTC)
    signed = Webhook(secret).sign(name, now, mail.decode("latin-1")) if mail.isascii() else "v1,none"
    headers = {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}
    return await bench.http.post("/mail/returns", content=mail, headers=headers | {"content-type": "message/rfc822"})


async def flags(bench: Bench) -> str:
    return str((await bench.rows("notify", FLAGS))[0]["flags"])


async def outcome_of(bench: Bench, count: int, base: dict[str, Any]) -> DeliveryOutcome:
    """Wait until so many messages are settled, and tell how the one about a request ended."""
    (mine,) = [one for one in await settled(bench, count) if one.request_id == base["request_id"]]
    return mine.outcome


@pytest.mark.requirement("NOT-03")
async def test_a_dead_address_gives_way_to_the_next_channel_until_the_profile_names_another(
    bench: Bench, inbox: Inbox, returns_port: int
) -> None:
    mail = await told(bench, inbox, phone="213 555 0142")
    await by_smtp(returns_port, bounce(mail))
    assert await flags(bench) == ANA
    mine = facts("SECOND")
    await bench.feed(created(mine))
    found = await bench.rows("notify", "SELECT channel FROM intent WHERE request_id = $1", mine["request_id"])
    assert [row["channel"] for row in found] == ["sms"]
    await bench.feed(profile(phone="213 555 0142", language="es", version=2))
    assert await flags(bench) == ANA, "another language makes no address good"
    await bench.feed(profile(phone="213 555 0142", email="new@example.org", version=3))
    assert await flags(bench) == ""
    again = facts("THIRD")
    await bench.feed(created(again))
    await settled(bench, 2)
    assert inbox.mails[-1]["To"] == "new@example.org"


@pytest.mark.requirement("NOT-03")
async def test_what_a_dead_address_refuses_is_told_by_the_next_channel(bench: Bench, inbox: Inbox) -> None:
    inbox.dead.add("ana@example.org")
    await bench.feed(profile(phone="213 555 0142"))
    base = facts()
    await bench.feed(created(base))
    await settled(bench, 1)
    found = await bench.rows("notify", "SELECT channel, outcome, transition FROM intent ORDER BY channel")
    assert [tuple(row.values()) for row in found] == [("email", "failed", "created"), ("sms", None, "created")]
    assert await flags(bench) == ANA
    assert await bench.rebuild("notify") == []
    assert len(await bench.rows("notify", "SELECT FROM intent")) == 2, "a rebuild intends neither anew"


async def test_what_comes_back_for_now_counts_and_the_third_time_is_one_too_many(
    bench: Bench, inbox: Inbox, returns_port: int
) -> None:
    mail = await told(bench, inbox)
    await by_smtp(returns_port, bounce(mail, "5.2.2", "smtp; 552 5.2.2 mailbox full"), bounce(mail, action="delayed"))
    await by_smtp(returns_port, bounce(mail, "5.2.2", "smtp; 552 5.2.2 mailbox full"))
    for count, number in enumerate(("SECOND", "THIRD"), 2):
        assert await flags(bench) == "", "the same report twice counts once"
        await bench.feed(created(facts(number)))
        await settled(bench, count)
        await by_smtp(returns_port, bounce(inbox.mails[-1], "4.4.7", "smtp; 421 expired"))
    assert await flags(bench) == ANA


@pytest.mark.requirement("NOT-03")
async def test_who_complains_gets_no_more_mails_at_once(bench: Bench, inbox: Inbox, returns_port: int) -> None:
    mail = await told(bench, inbox)
    await by_smtp(returns_port, complaint(mail, "not-spam"))
    assert await flags(bench) == ""
    await by_smtp(returns_port, complaint(mail))
    assert await flags(bench) == ANA
    (left,) = await bench.rows("notify", "SELECT channel, why, request_id FROM leaving")
    assert (left["channel"], left["why"], left["request_id"]) == ("email", "complaint", UUID(int=0))
    base = facts("SECOND")
    await bench.feed(closed(base))
    assert await outcome_of(bench, 2, base) is DeliveryOutcome.SUPPRESSED
    await bench.feed(profile(email="new@example.org", version=2))
    assert await bench.rows("notify", "SELECT FROM leaving") == []
    again = facts("THIRD")
    await bench.feed(closed(again))
    assert await outcome_of(bench, 3, again) is DeliveryOutcome.DELIVERED


@pytest.mark.requirement("NOT-11")
async def test_who_complains_about_a_campaign_still_hears_of_their_own_requests(bench: Bench, inbox: Inbox) -> None:
    agreed = Consent(channel=DeliveryChannel.EMAIL, purpose=Purpose.NOTICES, given=True, source="account", at=AT)
    await told(bench, inbox, consents=(agreed,))
    words = {"en": "Seen a pothole?", "es": "¿Vio un bache?"}
    times = {"starts_at": bench.clock.now.isoformat(), "ends_at": (bench.clock.now + timedelta(days=1)).isoformat()}
    body = {"title": words, "text": words, "ways": ["messages"], **times}
    made = await bench.http.put("/campaigns/pothole-week", json=body, headers=bench.token("supervisor"))
    assert made.status_code == 201, made.text
    await bench.advance(timedelta(seconds=1))
    await settled(bench, 2)
    assert (await by_http(bench, complaint(inbox.mails[-1]))).json() == {"known": True}
    assert await flags(bench) == ""
    (left,) = await bench.rows("notify", "SELECT why, request_id FROM leaving")
    assert (left["why"], left["request_id"]) == ("complaint", NOTICES)
    base = facts("SECOND")
    await bench.feed(closed(base))
    assert await outcome_of(bench, 3, base) is DeliveryOutcome.DELIVERED


async def test_by_http_a_report_is_taken_from_who_signs_alone(bench: Bench, inbox: Inbox) -> None:
    mail = await told(bench, inbox)
    other = "whsec_" + "c29tZW9uZS1lbHNlcy1zZWNyZXQtb2YtMzItYnl0ZXM="
    assert (await by_http(bench, bounce(mail), other)).status_code == 403
    assert (await bench.http.post("/mail/returns", content=bounce(mail))).status_code == 403
    assert await flags(bench) == ""
    taken = await by_http(bench, bounce(mail))
    assert (taken.status_code, taken.json()) == (200, {"known": True})
    assert (await by_http(bench, b"Subject: I am away\r\n\r\nBack soon.")).json() == {"known": False}
    assert await flags(bench) == ANA


async def test_a_forged_report_about_no_mail_of_ours_does_nothing(
    bench: Bench, inbox: Inbox, returns_port: int
) -> None:
    mail = await told(bench, inbox)
    mail.replace_header("Message-ID", f"<{uuid4()}@city.example>")
    await by_smtp(returns_port, bounce(mail), complaint(mail))
    assert await flags(bench) == ""
    assert await bench.rows("notify", "SELECT FROM returned") == []


async def test_hostile_mails_neither_break_the_door_nor_hold_it_up(
    bench: Bench, inbox: Inbox, returns_port: int, figure: Callable[[str], None]
) -> None:
    mail = await told(bench, inbox)
    mails, began, longest = list(hostile(mail)), time.monotonic(), 0.0
    for one in mails:
        started = time.process_time()
        found = read_return(one)
        longest = max(longest, time.process_time() - started)
        assert found is None or isinstance(found.kind, Kind)
    figure(f"{len(mails)} hostile mails read in {time.monotonic() - began:.1f} s, the longest took {longest:.2f} s")
    assert longest < 2
    short = [one for one in mails if len(max(one.split(b"\r\n"), key=len)) < 60_000]
    await by_smtp(returns_port, *short[::10], *short[-8:])
    with pytest.raises(smtplib.SMTPResponseException):
        await by_smtp(returns_port, b"A" * (2 * 1024 * 1024))
    await by_smtp(returns_port, bounce(mail))
    assert ANA in await flags(bench)
    assert (await bench.http.get("/health/live")).status_code == 200


@pytest.mark.requirement("NOT-03")
async def test_a_provider_tells_of_dead_numbers_and_of_stop(bench: Bench) -> None:
    await bench.feed(profile(email=None, phone="213 555 0142"))
    base = facts()
    await bench.feed(created(base))
    (intent,) = await bench.rows("notify", "SELECT intent_id FROM intent")
    path = f"/telephony/status?request={base['request_id']}&intent={intent['intent_id']}"

    async def tell(status: str, code: str, token: str = TOKEN) -> int:
        form = {"MessageStatus": status, "ErrorCode": code}
        signed = {"X-Twilio-Signature": signature(token, BASE + path, form.items())}
        return (await bench.http.post(path, data=form, headers=signed)).status_code

    assert await tell("undelivered", "30005", "guessed") == 403
    assert await tell("delivered", "") == 200
    assert await flags(bench) == ""
    assert await tell("undelivered", "21610") == 200
    assert await flags(bench) == " ".join(silenced("213 555 0142", ())), "who said STOP is not called instead"
    assert [row["channel"] for row in await bench.rows("notify", "SELECT channel FROM leaving")] == ["sms"]


async def test_what_came_back_survives_a_rebuild_and_goes_with_an_erased_person(
    bench: Bench, inbox: Inbox, returns_port: int
) -> None:
    mail = await told(bench, inbox)
    await by_smtp(returns_port, bounce(mail))
    assert await bench.rebuild("notify") == []
    assert await flags(bench) == ANA
    assert len(await bench.rows("notify", "SELECT FROM returned")) == 1
    assert "ana" not in str(await bench.rows("notify", "SELECT * FROM returned"))
    await bench.feed(ContactErased(contact_ref="c1"))
    assert await bench.rows("notify", "SELECT FROM returned") == []
    await by_smtp(returns_port, complaint(mail))
    assert await bench.rows("notify", "SELECT FROM returned UNION ALL SELECT FROM leaving") == []


async def test_mails_are_sent_from_where_they_come_back_to(bench: Bench, inbox: Inbox) -> None:
    await told(bench, inbox)
    assert inbox.senders == ["returned@city.example"]
