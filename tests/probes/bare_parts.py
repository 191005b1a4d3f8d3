"""Six bare services: the real hops and bytes of a life on the real chassis, with one row each and no rules."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import uvloop
from fastapi import APIRouter

from chassis.command_line import spare_the_collector
from chassis.consuming import Subscription, on
from chassis.http import Doors
from chassis.ids import derived_uuid, uuid7
from chassis.kafka import KafkaLog
from chassis.kafka_access import KafkaAccess
from chassis.principals import SYSTEM
from chassis.records import Command, Received
from chassis.running import Running
from chassis.service import Service, Worker
from chassis.settings import ServiceSettings
from chassis.transaction import Transaction
from contracts.event import Event, RequestFacts
from contracts.frontends import Place
from contracts.intake import RequestClosed, RequestCreated
from contracts.notify import NotificationSettled
from contracts.routing import AgencyNotice, RequestAssigned
from contracts.sla import Basis, RequestPromised
from contracts.survey import SurveyInvited
from contracts.topics import inbox
from contracts.vocabulary import (
    AssignmentCause,
    DeliveryChannel,
    DeliveryOutcome,
    Disposition,
    ForecastMethod,
    Moment,
    NoticeKind,
    Operator,
)

sys.path.insert(0, str(Path(__file__).parents[2] / "chassis" / "tests" / "tally"))
import tally

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
AGENCY = "parks"
WORDS = {"en": "8 of 10 such requests are done within 6 days.", "es": "8 de cada 10 se terminan en 6 días."}
Made = Callable[[Any], Sequence[tuple[Event, str | None]]]


def step(make: Made) -> Any:
    """Make a handler that counts each event in its request's row and publishes what follows."""

    async def handle(tx: Transaction, received: Sequence[Received[Any]]) -> None:
        counts: dict[UUID, int] = {}
        for r in received:
            counts[r.event.request_id] = counts.get(r.event.request_id, 0) + 1
        await tx.sql(
            "INSERT INTO tally AS t SELECT *, 0 FROM unnest($1::uuid[], $2::int[]) ON CONFLICT (request_id)"
            " DO UPDATE SET applied = t.applied + excluded.applied",
            list(counts),
            list(counts.values()),
        )
        for r in received:
            for event, topic in make(r):
                tx.publish(event, because=r, topic=topic)

    return handle


def nothing(_r: Any) -> Sequence[tuple[Event, str | None]]:
    return ()


def assigned(r: Received[RequestCreated]) -> Sequence[tuple[Event, str | None]]:
    e, assignment = r.event, derived_uuid(r.id, "assignment")
    fact = RequestAssigned(
        request_id=e.request_id,
        sequence=1,
        about=e.about,
        assignment_id=assignment,
        agency=AGENCY,
        queue="q",
        cause=AssignmentCause.RULE,
        rule_id="r1",
        rule_version=1,
        confidence=1.0,
        reason=WORDS,
        assigned_at=r.now,
    )
    notice = AgencyNotice(
        request_id=e.request_id,
        notice_id=r.id,
        sequence=1,
        kind=NoticeKind.ASSIGNED,
        assignment_id=assignment,
        about=e.about,
        description=e.description,
        place=e.place,
    )
    return ((fact, None), (notice, inbox(AGENCY)))


def promised(r: Received[RequestCreated]) -> Sequence[tuple[Event, str | None]]:
    basis = Basis(method=ForecastMethod.BASELINE, sample_size=100, days_80=5.8, source="historic_closure")
    return (
        (
            RequestPromised(
                request_id=r.event.request_id,
                sequence=1,
                about=r.event.about,
                revision=1,
                due_at=r.now,
                expected_at=r.now,
                basis=basis,
                words=WORDS,
            ),
            None,
        ),
    )


def closed(r: Received[RequestAssigned]) -> Sequence[tuple[Event, str | None]]:
    return (
        (
            RequestClosed(
                request_id=r.event.request_id,
                sequence=1,
                about=r.event.about,
                closure_id=derived_uuid(r.id, "c"),
                disposition=Disposition.FIXED,
                explanation=WORDS,
                closed_at=r.now,
                closed_by="agency:parks",
            ),
            None,
        ),
    )


def invited(r: Received[RequestClosed]) -> Sequence[tuple[Event, str | None]]:
    return (
        (
            SurveyInvited(
                request_id=r.event.request_id,
                sequence=1,
                about=r.event.about,
                invitation_id=derived_uuid(r.id, "i"),
                closure_id=r.event.closure_id,
                contact_ref="c1",
            ),
            None,
        ),
    )


def settled(moment: Moment) -> Made:
    def make(r: Received[Any]) -> Sequence[tuple[Event, str | None]]:
        return (
            (
                NotificationSettled(
                    request_id=r.event.request_id,
                    sequence=len(moment),
                    about=r.event.about,
                    intent_id=r.id,
                    moment=moment,
                    contact_ref="c1",
                    channel=DeliveryChannel.EMAIL,
                    outcome=DeliveryOutcome.DELIVERED,
                    attempts=1,
                ),
                None,
            ),
        )

    return make


FLOW: dict[str, tuple[Subscription, ...]] = {
    "intake": (
        on(RequestAssigned, step(closed)),
        on(RequestPromised, step(nothing)),
        on(NotificationSettled, step(nothing)),
    ),
    "routing": (on(RequestCreated, step(assigned)), on(RequestClosed, step(nothing))),
    "sla": (
        on(RequestCreated, step(promised)), on(RequestAssigned, step(nothing)), on(RequestClosed, step(nothing)),
    ),
    "notify": (
        on(RequestCreated, step(settled(Moment.RECEIVED))),
        on(RequestAssigned, step(settled(Moment.ASSIGNED))),
        on(RequestPromised, step(settled(Moment.PROMISED))),
        on(RequestClosed, step(settled(Moment.CLOSED))),
        on(SurveyInvited, step(settled(Moment.SURVEY_INVITED))),
    ),
    "survey": (on(RequestClosed, step(invited)),),
    "kb": (on(RequestCreated, step(nothing)),),
}  # fmt: skip


def loader(lives: int, go: Path) -> Worker:
    """Make lives as intake's commands would: rows and outbox in shared transactions."""

    async def load(doors: Doors, _stop: asyncio.Event) -> None:
        while not go.exists():
            await asyncio.sleep(0.1)
        about = RequestFacts(
            tracking_number="9VMN-ZFX8-PK4Z-H", service_code="pothole", opened_at=NOW, contact_refs=("c1",)
        )
        for start in range(0, lives, 500):
            async with doors.transaction() as tx:
                for n in range(start, min(start + 500, lives)):
                    request_id = uuid7(NOW)
                    event = RequestCreated(
                        request_id=request_id, sequence=1, about=about, operator=Operator.CITY_311,
                        description="The street light at the corner has been out for a week.",
                        place=Place(address="500 W Example Street", latitude=34.05, longitude=-118.25),
                    )  # fmt: skip
                    tx.publish(event, because=Command(None, SYSTEM, f"life-{n}", tx.now))

    return Worker("loader", load)


def build(name: str, settings: ServiceSettings, lives: int, go: Path) -> Service:
    return Service(
        name=name,
        package="tally",
        settings=settings,
        metadata=tally.Base.metadata,
        agencies=(AGENCY,),
        subscriptions=FLOW[name],
        routes=lambda _doors: APIRouter(),
        workers=(loader(lives, go),) if name == "intake" else (),
    )


async def run(name: str, url: str, bootstrap: str, lives: str, go: str) -> None:
    service = build(name, ServiceSettings(database_url=url, kafka_bootstrap=bootstrap), int(lives), Path(go))
    async with Running(service, KafkaLog(KafkaAccess(bootstrap, f"bare-{name}"))) as running:
        spare_the_collector()
        assert running.failed is not None
        await running.failed


if __name__ == "__main__":
    uvloop.run(run(*sys.argv[1:]))
