"""Asking about closings and hearing the answers, on a real database and through the real doors."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.ids import derived_uuid
from chassis.links import sign
from chassis.testing import Bench
from contracts.city import load_city
from contracts.event import RequestFacts
from contracts.intake import RequestClosed, RequestReopened
from contracts.survey import SurveyAnswered, SurveyInvited
from contracts.vocabulary import Channel, Disposition
from survey.app import build
from survey.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PAGE = {"Accept": "text/html"}
Make = Callable[..., Awaitable[Bench]]


def request_id(number: int = 1) -> UUID:
    return derived_uuid("survey test", number)


def facts(
    contacts: tuple[str, ...] = ("c1",),
    channel: Channel = Channel.WEB,
    language: str = "en",
    service: str = "graffiti-removal",
) -> RequestFacts:
    return RequestFacts(
        tracking_number="7KQ2-9MXA-4TBC-R",
        service_code=service,
        opened_at=NOW - 3 * DAY,
        contact_refs=contacts,
        channel=channel,
        language=language,
    )


def closed(
    number: int = 1,
    disposition: Disposition = Disposition.FIXED,
    reopen_count: int = 0,
    about: RequestFacts | None = None,
    at: datetime = NOW,
) -> RequestClosed:
    return RequestClosed(
        request_id=request_id(number),
        sequence=reopen_count + 1,
        about=about or facts(),
        closure_id=derived_uuid("closure", number, reopen_count),
        disposition=disposition,
        explanation={"en": "Done."},
        closed_at=at,
        closed_by="agency:sanitation",
        agencies=("community-beautification",),
        reopen_count=reopen_count,
    )


def reopened(count: int = 1) -> RequestReopened:
    return RequestReopened(
        request_id=request_id(),
        sequence=count,
        about=facts(),
        closure_id=derived_uuid("closure", 1, count - 1),
        reopen_count=count,
        reopened_at=NOW,
    )


@pytest.fixture
async def bench(bench_factory: Make) -> Bench:
    return await bench_factory(build, Settings, now=NOW, link_key="a key of the test")


def delayed(bench: Bench) -> RequestFacts:
    """Facts of a service whose survey the city delays by two days, so that the work can be seen."""
    services = load_city(bench.running["survey"].service.settings.city).services
    return facts(("c1", "c2", "c1"), service=next(x.code for x in services.values() if x.survey.delay_hours == 48))


def invited(bench: Bench) -> list[SurveyInvited]:
    return bench.events("survey.invited", SurveyInvited)


def answered(bench: Bench) -> list[SurveyAnswered]:
    return bench.events("survey.answered", SurveyAnswered)


def link(invitation: SurveyInvited) -> str:
    token = sign("a key of the test", "survey", str(invitation.invitation_id))
    return f"/surveys/{invitation.invitation_id}?token={token}"


async def ask(bench: Bench, event: RequestClosed | None = None) -> str:
    """Close a request and return the link of its last invitation."""
    event = event or closed()
    await bench.feed(event)
    await bench.advance(2 * DAY)
    return next(link(one) for one in invited(bench) if one.closure_id == event.closure_id)


@pytest.mark.requirement("SUR-01", "SUR-02")
async def test_each_contact_is_asked_once_after_the_delay(bench: Bench) -> None:
    await bench.feed(closed(about=delayed(bench)))
    await bench.advance(DAY)
    assert invited(bench) == []
    await bench.advance(DAY)
    assert [(one.contact_ref, one.sequence) for one in invited(bench)] == [("c1", 1), ("c2", 2)]
    await bench.feed(closed(about=delayed(bench)))
    await bench.advance(30 * DAY)
    assert len(invited(bench)) == 2


@pytest.mark.requirement("SUR-01")
async def test_who_was_promised_something_later_is_asked_from_when_it_is_there_to_see(bench: Bench) -> None:
    await bench.feed(closed().model_copy(update={"visible_from": NOW + 30 * DAY}))
    await bench.advance(29 * DAY)
    assert invited(bench) == []
    await bench.advance(3 * DAY)
    (asked,) = invited(bench)
    await bench.advance(10 * DAY)
    assert (await bench.http.post(link(asked), json={"done": False})).json()["disputed"], "14 days from when it shows"
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-02")
async def test_nobody_is_asked_about_cancellations_and_duplicates(bench: Bench) -> None:
    await bench.feed(closed(disposition=Disposition.CANCELLED_BY_REQUESTER))
    await bench.feed(closed(2, disposition=Disposition.DUPLICATE))
    await bench.feed(closed(3, about=facts(contacts=())))
    await bench.advance(30 * DAY)
    assert invited(bench) == []


async def test_imported_history_is_asked_at_its_own_time(bench: Bench) -> None:
    then = datetime(2017, 5, 1, tzinfo=UTC)
    await bench.feed(closed(at=then), at=then, clock="event")
    (envelope,) = bench.published("survey.invited")
    assert (envelope.time, envelope.clock) == (then, "event")


@pytest.mark.requirement("SUR-04")
async def test_a_reopened_request_is_asked_about_only_after_its_next_closing(bench: Bench) -> None:
    await bench.feed(closed(about=delayed(bench)))
    await bench.feed(reopened())
    await bench.advance(30 * DAY)
    assert invited(bench) == []
    await bench.feed(closed(reopen_count=1, about=delayed(bench), at=NOW + 30 * DAY))
    await bench.advance(2 * DAY)
    assert [one.sequence for one in invited(bench)] == [1001, 1002]


@pytest.mark.requirement("SUR-04")
async def test_a_link_about_a_disputed_closing_opens_no_more(bench: Bench) -> None:
    address = await ask(bench)
    await bench.feed(reopened())
    assert (await bench.http.post(address, json={"done": True})).status_code == 410
    page = await bench.http.get(address, headers=PAGE)
    assert "open again" in page.text


async def test_a_reopening_that_overtakes_its_closing_still_counts(bench: Bench) -> None:
    await bench.feed(reopened())
    await bench.feed(closed())
    await bench.advance(30 * DAY)
    assert invited(bench) == []


@pytest.mark.requirement("SUR-03", "SUR-04", "SUR-05")
async def test_an_answer_is_published_without_its_words(bench: Bench) -> None:
    address = await ask(bench, closed(about=facts(channel=Channel.PHONE)))
    words = "The van left before the wall was clean"
    answers = {"done": False, "quality": 2, "handling": 5, "agent": 4, "comment": words}
    taken = await bench.http.post(address, json=answers)
    assert (taken.status_code, taken.json()["disputed"]) == (201, True)
    await bench.quiet()
    (event,) = answered(bench)
    assert (event.work_rating, event.handling_rating, event.agent_rating, event.done) == (2, 5, 4, False)
    assert event.disputed
    assert event.comment_ref is not None
    assert all(words.encode() not in (record.value or b"") for record in bench.cluster.of_topic("survey.answered"))
    assert (await bench.http.get(f"/comments/{event.comment_ref}")).status_code == 403
    read = await bench.http.get(f"/comments/{event.comment_ref}", headers=bench.token("supervisor"))
    assert read.json()["comment"] == words
    assert len(await bench.rows("survey", "SELECT * FROM audit WHERE action = 'comment.read'")) == 1


async def test_each_invitation_is_answered_once(bench: Bench) -> None:
    address = await ask(bench)
    assert (await bench.http.post(address, json={"done": True})).status_code == 201
    assert (await bench.http.post(address, json={"done": False})).status_code == 410
    await bench.quiet()
    assert [event.disputed for event in answered(bench)] == [False]


async def test_the_same_key_gets_the_same_answer(bench: Bench) -> None:
    address, key = await ask(bench), {"Idempotency-Key": "once"}
    for _ in range(2):
        assert (await bench.http.post(address, json={"done": True}, headers=key)).status_code == 201
    await bench.quiet()
    assert len(answered(bench)) == 1


async def test_a_dispute_after_its_time_is_heard_but_reopens_nothing(bench: Bench) -> None:
    address = await ask(bench)
    await bench.advance(20 * DAY)
    assert (await bench.http.post(address, json={"done": False})).json()["disputed"] is False
    late = await ask(bench, closed(2, at=NOW + 22 * DAY))
    await bench.advance(40 * DAY)
    assert (await bench.http.post(late, json={"done": False})).status_code == 410


async def test_two_people_of_one_request_are_counted_in_order(bench: Bench) -> None:
    await ask(bench, closed(about=facts(contacts=("c1", "c2"))))
    for one in invited(bench):
        await bench.http.post(link(one), json={"done": True, "quality": 5})
    await bench.quiet()
    assert [event.sequence for event in answered(bench)] == [1, 2]


REFUSED: tuple[tuple[Any, str], ...] = (
    ({}, "done"),
    ({"done": "perhaps"}, "done"),
    ({"done": True, "quality": 6}, "quality"),
    ({"done": True, "quality": True}, "quality"),
    ({"done": True, "agent": 5}, "agent"),
    ({"done": True, "comment": "x" * 5000}, "comment"),
    ([], "body"),
)


async def test_what_cannot_be_read_is_named(bench: Bench) -> None:
    address = await ask(bench)
    for given, field in REFUSED:
        refused = await bench.http.post(address, json=given)
        assert refused.status_code == 422, given
        assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_without_the_link_nothing_is_told(bench: Bench) -> None:
    known = (await ask(bench)).split("?")[0]
    for change in ("", "?token=", "?token=AAAAAAAAAAAAAAAAAAAAAA"):
        assert (await bench.http.get(known + change)).status_code == 404
        assert (await bench.http.post(known + change, json={"done": True})).status_code == 404
        page = await bench.http.get(known + change, headers=PAGE)
        assert page.status_code == 404
        assert "7KQ2" not in page.text


@pytest.mark.requirement("SUR-03")
async def test_the_page_works_without_scripts_and_in_the_persons_language(bench: Bench) -> None:
    address = await ask(bench, closed(about=facts(language="es")))
    page = await bench.http.get(address, headers=PAGE)
    assert '<html lang="es">' in page.text
    assert "<script" not in page.text
    assert page.text.count("<fieldset>") == page.text.count("<legend>") == 3
    assert page.headers["referrer-policy"] == "no-referrer"
    assert '<html lang="en">' in (await bench.http.get(address + "&lang=en", headers=PAGE)).text
    shown = (await bench.http.get(address)).json()
    assert (shown["language"], shown["state"]) == ("es", "open")
    assert "agent" not in [question["code"] for question in shown["questions"]]


async def test_a_form_comes_back_with_what_was_typed_and_then_thanks(bench: Bench) -> None:
    address = await ask(bench)
    again = await bench.http.post(address, data={"quality": "4", "comment": "<b>fine</b>"}, headers=PAGE)
    assert again.status_code == 422
    assert 'role="alert"' in again.text
    assert 'value="4" checked' in again.text
    assert "&lt;b&gt;fine&lt;/b&gt;" in again.text
    thanks = await bench.http.post(address, data={"done": "no", "quality": "4"}, headers=PAGE)
    assert thanks.status_code == 201
    assert "Thank you" in thanks.text
    (elsewhere,) = re.findall(r'href="\.\.(/feedback/form[^"]*)"', thanks.text)
    assert (await bench.http.get(html.unescape(elsewhere), headers=PAGE)).status_code == 200
    await bench.quiet()
    assert answered(bench)[0].disputed
    closed_page = await bench.http.get(address, headers=PAGE)
    assert (closed_page.status_code, "already" in closed_page.text) == (410, True)


@pytest.mark.requirement("SUR-13")
async def test_results_are_shared_once_they_hide_single_people(bench: Bench) -> None:
    for number in range(5):
        address = await ask(bench, closed(number))
        shown = (await bench.http.get("/results", headers=bench.token("agent"))).json()
        assert [line["suppressed"] for line in shown] == [True]
        await bench.http.post(address, json={"done": True, "quality": number + 1})
    own = bench.token("agency", agency="community-beautification")
    (line,) = (await bench.http.get("/results?agency=community-beautification", headers=own)).json()
    assert (line["answered"], line["response_rate"], line["work_rating"], line["done_share"]) == (5, 1.0, 3.0, 1.0)
    assert (await bench.http.get("/results?agency=sanitation", headers=own)).status_code == 403
    assert (await bench.http.get("/results")).status_code == 403


@pytest.mark.requirement("SUR-02", "SUR-04")
async def test_an_agent_writes_down_what_somebody_answers_on_the_telephone_and_it_counts_once(bench: Bench) -> None:
    address = await ask(bench, closed(about=facts(language="es")))
    number, agent = facts().tracking_number, bench.token("agent")
    assert (await bench.http.get(f"/surveys?tracking_number={number}")).status_code == 403
    (waiting,) = (await bench.http.get(f"/surveys?tracking_number={number}", headers=agent)).json()
    assert (waiting["language"], waiting["questions"]) == ("es", ["done", "quality", "handling", "comment"])
    path, said = f"/surveys/{waiting['invitation_id']}/spoken", {"answers": {"done": False, "quality": 1}}
    for refused in ({}, bench.token("agency", agency="community-beautification")):
        assert (await bench.http.post(path, json=said, headers=refused)).status_code == 403
    taken = await bench.http.post(path, json=said, headers=agent)
    assert (taken.status_code, taken.json()["disputed"]) == (201, True)
    assert (await bench.http.post(path, json=said, headers=agent)).status_code == 410
    assert (await bench.http.post(address, json={"done": True})).status_code == 410, "nor by the link any more"
    await bench.quiet()
    assert [(one.via, one.work_rating) for one in answered(bench)] == [("phone", 1)]
    assert len(await bench.rows("survey", "SELECT * FROM audit WHERE action = 'survey.answer_for'")) == 1
    assert (await bench.http.get(f"/surveys?tracking_number={number}", headers=agent)).json() == []
