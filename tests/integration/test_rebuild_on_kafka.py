"""On real Kafka and PostgreSQL: sla, stopped in the middle of its work and rebuilt, is the one that lived."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

import sla.app
import sla.settings
from chassis import offsets
from chassis.ids import derived_id, derived_uuid, partition_of
from chassis.kafka import KafkaLog
from chassis.kafka_access import KafkaAccess
from chassis.rebuilding.procedure import plan_of, rebuild
from chassis.rebuilding.state import TableState, differences, look
from chassis.records import Outgoing, Place
from chassis.running import Running
from chassis.service import Service
from contracts.event import RequestEvent, RequestFacts, encode
from contracts.frontends import Place as Where
from contracts.intake import ClockPaused, ClockResumed, RequestClosed, RequestCreated, RequestReopened, RequestUpdated
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause, Disposition, Operator
from relay311_local.testing import KafkaServer

CITY = Path(__file__).parents[2] / "cities" / "los-angeles"
NOW = datetime.now(UTC)
REQUESTS = 60


def life(number: int) -> Iterator[RequestEvent]:
    """One request: assigned, paused and resumed, closed, every third reopened and closed again."""
    request_id = derived_uuid("rebuild", number)
    opened = NOW - timedelta(days=20, minutes=number)
    facts = RequestFacts(tracking_number=f"T{number}", service_code="single-streetlight-issue", opened_at=opened)
    known = {"request_id": request_id, "about": facts}
    yield RequestCreated(**known, sequence=1, place=Where(), operator=Operator.CITY_311)
    yield RequestAssigned(
        **known, sequence=1, assignment_id=UUID(int=number), agency="street-lighting", queue="field", confidence=1,
        cause=AssignmentCause.RULE, reason={"en": "A lamp."}, assigned_at=opened,
    )  # fmt: skip
    yield RequestUpdated(**known, sequence=1, change=ClockPaused(reason="awaiting_requester"), by="agency:x")
    yield RequestUpdated(**known, sequence=2, change=ClockResumed(), by="agency:x")
    for count in range(1 + (number % 3 == 0)):
        closure = derived_uuid("closure", request_id, count)
        yield RequestClosed(
            **known, sequence=count + 1, closure_id=closure, disposition=Disposition.FIXED, explanation={"en": "Done."},
            closed_at=opened + timedelta(days=number % 9 + count), closed_by="agency:x", reopen_count=count,
        )  # fmt: skip
        if number % 3 == 0 and count == 0:
            again = opened + timedelta(days=number % 9)
            yield RequestReopened(**known, sequence=1, closure_id=closure, reopen_count=1, reopened_at=again)


def outgoing(event: RequestEvent) -> Outgoing:
    event_id = derived_id(event.TYPE, event.key, event.sequence)
    value = encode(event, event_id, "intake", NOW)
    return Outgoing(event.TYPE, partition_of(event.key, 12), event.key, value)


async def until_applied(running: Running, log: KafkaLog) -> None:
    places = [Place(t, p) for t in running.consumer.topics for p in range(12)]
    ends = {place: end for place, end in (await log.ends(places)).items() if end}
    async with asyncio.timeout(60):
        while True:
            async with running.database.reads() as reads:
                known = await offsets.stored(reads.connection, places)
                (row,) = await reads.sql("SELECT count(*) AS n FROM outbox")
            if all(known.get(place) == end for place, end in ends.items()) and not row["n"]:
                return
            await asyncio.sleep(0.05)


async def lived(service: Service, access: KafkaAccess, first: Sequence[Outgoing], rest: Sequence[Outgoing]) -> None:
    """Let sla apply the first events; the rest comes when it is stopped."""
    log = KafkaLog(access)
    async with Running(service, log) as running:
        await log.append(first)
        await until_applied(running, log)
    log = KafkaLog(access)
    await log.start()
    await log.append(rest)
    await log.stop()


async def rebuilt(service: Service, access: KafkaAccess) -> list[TableState]:
    await rebuild(service, KafkaLog(access), lambda _line: None)
    return await look(service.settings.database_url.get_secret_value(), plan_of(service), service.metadata)


@pytest.mark.timeout(180)
async def test_a_service_rebuilt_from_kafka_goes_on_where_it_had_been(city_log: KafkaServer, database_url: str) -> None:
    service = sla.app.build(sla.settings.Settings(database_url=database_url, city=CITY, port=0))
    access = KafkaAccess(city_log.bootstrap, "sla")
    lives = [[outgoing(event) for event in life(number)] for number in range(REQUESTS)]
    mixed = [records[step] for step in range(7) for records in lives if step < len(records)]
    await lived(service, access, mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :])
    before = await look(database_url, plan_of(service), service.metadata)
    assert differences(before, await rebuilt(service, access)) == []
    connection = await asyncpg.connect(database_url)
    # The group's hint may be a batch behind; with the positions kept, everything else comes from the log.
    await connection.execute(f"TRUNCATE {', '.join(set(service.metadata.tables) - {'consumer_offset'})}")
    await connection.close()
    assert differences(before, await rebuilt(service, access)) == []
    log = KafkaLog(access)
    async with Running(service, log) as running:
        await until_applied(running, log)
        async with running.database.reads() as reads:
            rows = await reads.sql("SELECT count(*) AS n, count(closed_at) AS closed FROM clock WHERE revision > 0")
    assert dict(rows[0]) == {"n": REQUESTS, "closed": REQUESTS}
    assert (
        differences(await look(database_url, plan_of(service), service.metadata), await rebuilt(service, access)) == []
    )
