"""The contact center: a call's whole way through wait, call-back, transfer and wrap-up, on a real database."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import ContactRecorded
from contracts.kb import ArticlePublished
from contracts.vocabulary import ContactKind
from intake.app import build
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]


class Center:
    """Agents at work on the bench."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.agent = bench, bench.token("agent", subject="alex")

    async def begin(self, **told: Any) -> str:
        answer = await self.bench.http.post("/contacts", json={"channel": "phone"} | told, headers=self.agent)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["contact_id"])

    async def then(self, contact: str, event: str, minutes: float = 0, **told: Any) -> Any:
        """Let time pass, then take down what happens."""
        self.bench.clock.now += timedelta(minutes=minutes)
        path = f"/contacts/{contact}/events"
        answer = await self.bench.http.post(path, json={"event": event} | told, headers=self.agent)
        await self.bench.quiet()
        return answer

    async def get(self, path: str) -> Any:
        return (await self.bench.http.get(path, headers=self.agent)).json()

    def recorded(self, *contacts: str) -> list[ContactRecorded]:
        told = {str(event.contact_id): event for event in self.bench.events("contact.recorded", ContactRecorded)}
        assert set(told) == set(contacts)
        return [told[contact] for contact in contacts]


@pytest.fixture
async def center(bench_factory: BenchFactory) -> Center:
    return Center(await bench_factory(build, Settings))


@pytest.mark.requirement("AGT-01", "AGT-03", "AGT-04", "AGT-12", "CP-08")
async def test_a_call_back_a_transfer_and_its_context_are_measured_and_told(center: Center) -> None:
    call = await center.begin(language="es", phone="555-010-4477")
    await center.then(call, "callback_asked", 2)
    assert (await center.then(call, "answered")).status_code == 409
    (waiting,) = (await center.get("/contacts/queue"))["waiting"]
    assert (waiting["callback"], waiting["place"], waiting["waited_seconds"]) == (True, 1, 120)
    await center.then(call, "callback_made", 8, note="Dog without owner; call Pat at 555-010-4477.")
    assert (await center.then(call, "transferred", 1, destination="nowhere")).status_code == 422
    handed = (await center.then(call, "transferred", 4, destination="animal-shelter", reason="Adoption")).json()
    await center.then(call, "ended", 1)
    following = handed["next_contact_id"]
    shown = await center.get(f"/contacts/{following}")
    assert (shown["transferred_from"], shown["phone"], len(shown["notes"])) == (call, "555-010-4477", 1)
    await center.then(following, "answered", 2)
    await center.then(following, "ended", 5)
    first, second = center.recorded(call, following)
    assert (first.kind, first.destination, first.reason) == (ContactKind.CALL_TRANSFERRED, "animal-shelter", "Adoption")
    assert (first.wait_seconds, first.callback_wait_seconds, first.talk_seconds, first.wrap_up_seconds) == (
        120, 480, 300, 60,
    )  # fmt: skip
    assert (second.transferred_from, second.transfer_hold_seconds, second.wait_seconds) == (first.contact_id, 180, None)
    raw = b"".join(record.value or b"" for record in center.bench.cluster.of_topic("contact.recorded"))
    assert b"4477" not in raw
    waits = (await center.get("/contacts/waits"))["all"]
    assert (waits["answered"], waits["average_wait"], waits["average_callback_wait"]) == (2, 600, 480)
    assert (waits["average_transfer_hold"], waits["waiting"]) == (180, 0)


@pytest.mark.requirement("CH-18", "CH-19")
async def test_a_question_answered_counts_with_its_article_and_makes_no_work(center: Center) -> None:
    words = {"en": "Noise", "es": "Ruido"}
    await center.bench.feed(ArticlePublished(article_id="noise", version=3, title=words, summary=words, services=()))
    desk = await center.begin(channel="in_person")
    await center.then(desk, "answered")
    assert (await center.then(desk, "noted", article_id="nothing")).status_code == 422
    await center.then(desk, "noted", article_id="noise")
    await center.then(desk, "ended", 3, helped=True)
    assert (await center.then(desk, "ended")).status_code == 409
    (told,) = center.recorded(desk)
    assert (told.kind, told.article_id, told.article_version, told.resolved) == (
        ContactKind.QUESTION_ANSWERED, "noise", 3, True,
    )  # fmt: skip
    assert center.bench.published("request.created") == []


@pytest.mark.requirement("AGT-09", "AGT-14", "AGT-15", "CH-01")
async def test_a_request_made_by_phone_and_feedback_hang_together_and_only_staff_may(center: Center) -> None:
    chat, call = await center.begin(channel="chat"), await center.begin()
    queue = await center.get("/contacts/queue")
    assert {one["channel"] for one in queue["waiting"]} == {"chat", "phone"}
    assert len((await center.get("/contacts/queue?channel=chat"))["waiting"]) == 1
    await center.then(call, "answered", 1)
    body = {"service_code": "other", "place": {"address": "100 W 1st St"}, "channel": "phone"}
    made = (await center.bench.http.post("/requests", json=body, headers=center.agent)).json()
    await center.then(call, "ended", 2, number=made["tracking_number"], made=True)
    await center.then(chat, "ended", 30)
    request, given_up = center.recorded(call, chat)
    assert (request.kind, str(request.request_id)) == (ContactKind.REQUEST_MADE, made["request_id"])
    assert (given_up.reason, given_up.resolved, given_up.wait_seconds) == ("abandoned", False, 33 * 60)
    path = f"/requests/{made['tracking_number']}/feedback"
    said = {"text": "Friendly, says Pat Doe.", "rating": 5, "contact_id": call}
    assert (await center.bench.http.post(path, json=said, headers=center.agent)).status_code == 201
    assert [one["rating"] for one in (await center.get(path))["feedback"]] == [5]
    for closed in ("/contacts/queue", "/contacts/waits", f"/contacts/{call}", path):
        assert (await center.bench.http.get(closed)).status_code == 403, closed
    assert (await center.bench.http.post("/contacts", json={"channel": "phone"})).status_code == 403


@pytest.mark.requirement("AGT-02", "AGT-11")
async def test_waits_are_held_against_the_citys_target_and_watched_from_anywhere(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings, own_networks="10.0.0.0/8")  # whoever asks here is no neighbour
    center = Center(bench)
    for minutes in (0.5, 0.5, 0.5, 3):
        call = await center.begin()
        await center.then(call, "answered", minutes)
    supervisor = bench.token("supervisor", subject="sam")
    waits = (await bench.http.get("/contacts/waits", headers=supervisor)).json()
    assert (waits["target_seconds"], waits["all"]["within_target"]) == (60, 0.75)
    assert (await bench.http.get("/contacts/queue", headers=supervisor)).json() == {"waiting": []}
