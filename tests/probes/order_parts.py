"""The processes of the order probe, each killed and frozen at will: `order_parts.py writer|relay|consumer …`."""

import asyncio
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import uvloop

from chassis.database import Database
from chassis.kafka import KafkaLog
from chassis.kafka_access import KafkaAccess
from chassis.principals import SYSTEM
from chassis.records import Command
from chassis.relay import Relay
from chassis.running import Running, wall_clock
from chassis.settings import ServiceSettings
from chassis.telemetry import Telemetry
from chassis.topology import Topology
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import RequestCreated
from contracts.vocabulary import Operator

sys.path.insert(0, str(Path(__file__).parents[2] / "chassis" / "tests" / "tally"))
import tally

REQUESTS = 40
FACTS = RequestFacts(tracking_number="T", service_code="pothole", opened_at=datetime(2026, 1, 1, tzinfo=UTC))


async def write(url: str, seed: str) -> None:
    """Bump random requests, several in one transaction, until killed."""
    chance = random.Random(seed)
    database = Database(url, "intake", Topology(("parks",)), Telemetry("writer", None), tally.Base.metadata, wall_clock)
    await database.start(3)
    while True:
        ids = sorted(UUID(int=n) for n in chance.sample(range(1, REQUESTS + 1), 5))
        try:
            async with database.transaction() as tx:
                await bump(tx, ids)
        except OSError:
            await asyncio.sleep(0.1)
        await asyncio.sleep(chance.random() * 0.004)


async def bump(tx: Transaction, ids: list[UUID]) -> None:
    """Give each request its next version under its row lock, and publish it."""
    rows = await tx.sql(
        "SELECT request_id, sequence FROM tally WHERE request_id = ANY($1::uuid[]) ORDER BY request_id FOR UPDATE", ids
    )
    await tx.update(
        tally.Tally,
        [{"request_id": r["request_id"], "sequence": r["sequence"] + 1} for r in rows],
        keys=("request_id",),
    )
    for r in rows:
        version = r["sequence"] + 1
        cause = Command(None, SYSTEM, f"{r['request_id']}-{version}", tx.now)
        tx.publish(
            RequestCreated(
                request_id=r["request_id"], sequence=version, about=FACTS, place=Place(), operator=Operator.CITY_311
            ),
            because=cause,
        )


async def relay(url: str, bootstrap: str, name: str) -> None:
    """Lead or follow until killed."""
    log = KafkaLog(KafkaAccess(bootstrap, f"relay-{name}"))
    await log.start()
    await Relay(url, log, lambda _count: None).run()


async def consume(url: str, bootstrap: str) -> None:
    """Tally until killed."""
    service = tally.build(ServiceSettings(database_url=url, kafka_bootstrap=bootstrap))
    async with Running(service, KafkaLog(KafkaAccess(bootstrap, "order-probe"))) as running:
        assert running.failed is not None
        await running.failed


PARTS = {"writer": write, "relay": relay, "consumer": consume}

if __name__ == "__main__":
    uvloop.run(PARTS[sys.argv[1]](*sys.argv[2:]))
