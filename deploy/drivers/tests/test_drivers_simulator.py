"""The agency simulator: it works in time, repeats itself exactly, and never calls read what it has not answered."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts.agencies import AgencyReport
from contracts.city import load_city
from contracts.event import RequestFacts, encode, open_envelope
from contracts.routing import AgencyNotice
from contracts.topics import inbox, outbox
from contracts.vocabulary import NoticeKind
from relay311_drivers.simulator.__main__ import agencies_of
from relay311_drivers.simulator.behaviour import SHARES, STEPS, Behaviour, Step, behaviour_of
from relay311_drivers.simulator.desk import Desk
from relay311_drivers.simulator.reports import Agency
from relay311_drivers.simulator.settings import Settings
from relay311_drivers.simulator.workload import Spot, Workload

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def request_that(wanted: Behaviour, agency: str = "parks") -> UUID:
    """Find a request that an agency treats in a given way."""
    return next(UUID(int=n) for n in range(1, 10_000) if behaviour_of(UUID(int=n), agency) is wanted)


def notice(request_id: UUID, kind: NoticeKind = NoticeKind.ASSIGNED, sequence: int = 1, **more: Any) -> AgencyNotice:
    """Write one notice to an agency."""
    about = RequestFacts(tracking_number="T-1", service_code="pothole", opened_at=NOW)
    given = {"assignment_id": UUID(int=request_id.int + 1), "notice_id": f"n-{request_id.int}-{sequence}"} | more
    return AgencyNotice(request_id=request_id, sequence=sequence, kind=kind, about=about, **given)


def play(work: Workload, until: float, step: float = 1.0) -> list[tuple[float, Step]]:
    """Let time pass, and tell what was done when."""
    done, now = [], 0.0
    while now <= until:
        due = work.due(now)
        done += [(now, one.step) for one in due]
        work.settle(due)
        now += step
    return done


def test_the_shares_are_whole_and_every_behaviour_has_steps() -> None:
    assert sum(share for _, share in SHARES) == pytest.approx(1)
    assert set(STEPS) == set(Behaviour) == {behaviour for behaviour, _ in SHARES}


def test_nothing_is_referred_by_chance_to_who_has_a_system_behind_an_adapter_that_runs() -> None:
    city = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")
    played = agencies_of(city, adapted=False)
    assert city.adapters
    for agency in played:
        assert set(agency.others) == {one.slug for one in played} - {agency.slug, city.profile.operator_agency}
    assert not city.adapters.keys() & {one.slug for one in played}


def test_steps_come_one_delay_apart_and_then_the_inbox_is_read() -> None:
    work = Workload("parks", delay=2)
    work.take(notice(request_that(Behaviour.COMPLETES)), Spot(1, 7), now=0)
    assert work.done() == {1: 7}
    assert play(work, 5) == [(2, Step.ACCEPT), (4, Step.START)]
    assert work.done() == {1: 7}
    assert play(work, 6) == [(6, Step.COMPLETE)]
    assert work.done() == {1: 8}


def test_a_repeated_notice_is_dropped() -> None:
    work = Workload("parks", delay=1)
    again = notice(request_that(Behaviour.COMPLETES))
    for offset in (0, 1):
        work.take(again, Spot(0, offset), now=0)
    assert [step for _, step in play(work, 9)] == list(STEPS[Behaviour.COMPLETES])
    assert work.done() == {0: 2}


def test_a_withdrawn_request_is_put_down() -> None:
    work = Workload("parks", delay=1)
    request_id = request_that(Behaviour.SCHEDULES)
    work.take(notice(request_id), Spot(0, 0), now=0)
    play(work, 1)
    work.take(notice(request_id, NoticeKind.CANCELLED, 2), Spot(0, 1), now=1)
    assert play(work, 9) == []
    assert work.done() == {0: 2}


def test_an_answer_ends_the_wait_for_it() -> None:
    request_id = request_that(Behaviour.ASKS)
    patient, answered = Workload("parks", delay=1), Workload("parks", delay=1)
    for work in (patient, answered):
        work.take(notice(request_id), Spot(0, 0), now=0)
        play(work, 2)
    answered.take(notice(request_id, NoticeKind.MESSAGE, 2, message_ref="m"), Spot(0, 1), now=3)
    assert play(answered, 4)[0] == (3, Step.START)
    assert play(patient, 30)[0] == (22, Step.START)


def test_what_was_closed_wrongly_is_done_right_when_refused() -> None:
    work = Workload("parks", delay=1)
    request_id = request_that(Behaviour.CLOSES_WRONGLY)
    work.take(notice(request_id), Spot(0, 0), now=0)
    assert play(work, 9)[-1][1] is Step.CLOSE_WRONGLY
    refused = notice(request_id, NoticeKind.UPDATE_REFUSED, 2, update_id=f"n-{request_id.int}-1-close_wrongly")
    work.take(refused, Spot(0, 1), now=0)
    assert [step for _, step in play(work, 9)] == [Step.COMPLETE]


async def publish(producer: AIOKafkaProducer, topic: str, given: AgencyNotice, clock: str | None = None) -> None:
    """Write one notice to an inbox as routing does."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    value = encode(given, uuid4().hex, "routing", NOW, traceparent=trace, clock=clock)
    await producer.send_and_wait(topic, value, key=given.key.encode())


async def reports(consumer: AIOKafkaConsumer, wanted: int, seconds: float = 20) -> list[tuple[Any, AgencyReport]]:
    """Read an outbox until it holds as many reports as wanted."""
    found: list[tuple[Any, AgencyReport]] = []
    async with asyncio.timeout(seconds):
        while len(found) < wanted:
            for records in (await consumer.getmany(timeout_ms=200)).values():
                envelopes = [open_envelope(record.value) for record in records]
                found += [(envelope, AgencyReport.model_validate(envelope.data)) for envelope in envelopes]
    return found


@pytest.mark.slow
async def test_an_agency_answers_on_a_real_broker_and_goes_on_after_a_restart(kafka: Any) -> None:
    slug = f"parks-{uuid4().hex[:6]}"
    kafka.create_topics({inbox(slug): 3, outbox(slug): 3})
    settings = Settings(kafka.bootstrap, Path("unused"), delay=0.05)
    whole, imported = request_that(Behaviour.COMPLETES, slug), request_that(Behaviour.CANNOT, slug)
    later = request_that(Behaviour.SCHEDULES, slug)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await publish(producer, inbox(slug), notice(imported), clock="event")
        await publish(producer, inbox(slug), notice(whole))
        reader = AIOKafkaConsumer(outbox(slug), bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
        async with reader:
            first = await at_work(slug, settings, reader, 3)
            await publish(producer, inbox(slug), notice(later))
            second = await at_work(slug, settings, reader, 4)
    assert [report.kind.value for _, report in first] == ["accepted", "in_progress", "completed"]
    assert {report.request_id for _, report in first} == {whole}, "imported history is left alone"
    assert [report.request_id for _, report in second] == [later] * 4, "what was answered is not read again"
    assert all(envelope.source == f"/relay311/agency.{slug}" for envelope, _ in first)
    assert all(
        (envelope.traceparent or "").split("-")[1] == "0af7651916cd43dd8448eb211c80319c" for envelope, _ in first
    )


async def at_work(
    slug: str, settings: Settings, reader: AIOKafkaConsumer, wanted: int
) -> list[tuple[Any, AgencyReport]]:
    """Let one agency work until it has reported as often as wanted, and stop it."""
    desk = asyncio.create_task(Desk(Agency(slug), settings).run(asyncio.Semaphore(1)))
    try:
        found = await reports(reader, wanted)
        await asyncio.sleep(1.5)  # the inbox is called read after the reports
        return found
    finally:
        desk.cancel()
        await asyncio.gather(desk, return_exceptions=True)
