"""What people agreed to: by channel and purpose, as they said last, with where and when they said it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from peers import Peer
from told import AT, Inbox, closed, created, facts, noon, profile, put_off, settled

from chassis.testing import Bench
from contracts.intake import Consent, Purpose
from contracts.survey import SurveyInvited
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome, Moment
from notify.app import build
from notify.domain.consent import may_tell
from notify.settings import Settings

SMS, EMAIL = DeliveryChannel.SMS, DeliveryChannel.EMAIL


def said(channel: DeliveryChannel, purpose: Purpose, *, given: bool) -> Consent:
    return Consent(channel=channel, purpose=purpose, given=given, source="account", at=AT)


def invited(**given: object) -> SurveyInvited:
    asked = {"invitation_id": uuid4(), "closure_id": uuid4(), "contact_ref": "c1"}
    return SurveyInvited(**facts(), **(asked | given))


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox, phone: Peer) -> Bench:
    settings = {"telephone_api": phone.url, "telephone_from": "+12135550100", "social_x_api": phone.url}
    made = await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02, **settings)
    await noon(made)
    return made


@pytest.mark.requirement("NOT-03")
@pytest.mark.parametrize("channel", ["sms", "voice", "social"])
def test_who_said_nothing_hears_of_their_own_requests_and_of_nothing_else(channel: str) -> None:
    assert [may_tell(None, channel, purpose) for purpose in Purpose] == [True, True, False]


async def test_what_was_agreed_to_is_kept_with_where_and_when_and_survives_a_rebuild(bench: Bench) -> None:
    consents = (said(SMS, Purpose.SURVEYS, given=False), said(EMAIL, Purpose.NOTICES, given=True))
    await bench.feed(profile(phone="+12135550142", consents=consents))
    text = "SELECT consents FROM profile"
    (kept,) = await bench.rows("notify", text)
    assert [Consent.model_validate(one) for one in json.loads(kept["consents"])] == list(consents)
    assert await bench.rebuild("notify") == []
    assert await bench.rows("notify", text) == [kept]
    await bench.feed_raw("contact.profile", "c1", None)
    assert await bench.rows("notify", text) == []


@pytest.mark.requirement("NOT-03")
async def test_who_refused_to_be_asked_by_text_is_asked_by_mail_and_still_told_by_text(
    bench: Bench, inbox: Inbox, phone: Peer
) -> None:
    refused = (said(SMS, Purpose.SURVEYS, given=False),)
    await bench.feed(profile(phone="+12135550142", channels=(SMS,), consents=refused))
    await bench.feed(closed(facts()))
    await bench.feed(invited())
    told = {one.moment: one.channel for one in await settled(bench, 2)}
    assert told == {Moment.CLOSED: SMS, Moment.SURVEY_INVITED: EMAIL}
    assert (len(phone.calls), len(inbox.mails)) == (1, 1)


async def test_who_refused_every_way_is_not_asked(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile(consents=tuple(said(one, Purpose.SURVEYS, given=False) for one in DeliveryChannel)))
    await bench.feed(invited())
    await asyncio.sleep(0.1)
    await bench.advance(timedelta(seconds=31))
    (one,) = await settled(bench, 1)
    assert (one.outcome, inbox.mails) == (DeliveryOutcome.SUPPRESSED, [])


async def test_what_was_refused_after_it_was_intended_is_not_sent(bench: Bench, inbox: Inbox) -> None:
    inbox.refusals = ["451 busy"]
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await put_off(bench)
    await bench.feed(profile(version=2, consents=(said(EMAIL, Purpose.REQUESTS, given=False),)))
    await bench.advance(timedelta(seconds=5))
    (one,) = await settled(bench, 1)
    assert (one.outcome, inbox.mails) == (DeliveryOutcome.SUPPRESSED, [])


async def test_stop_and_start_count_beside_what_was_agreed_to(bench: Bench, phone: Peer) -> None:
    agreed = (said(SMS, Purpose.REQUESTS, given=True),)
    texts = {"email": None, "phone": "+12135550142", "channels": (SMS,), "consents": agreed}
    for version, stopped in enumerate((None, True, False), 1):
        await bench.feed(profile(version=version, texts_stopped=stopped, **texts))
        await bench.feed(created(facts(f"N{version}")))
        await bench.advance(timedelta(seconds=31))
        outcomes = {one.about.tracking_number: one.outcome for one in await settled(bench, version)}
    taken, none = DeliveryOutcome.DELIVERED, DeliveryOutcome.SUPPRESSED
    assert outcomes == {"N1": taken, "N2": none, "N3": taken}
    assert len(phone.calls) == 2
