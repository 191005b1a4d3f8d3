"""What was settled without an agent, and how much more available agents are because of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from chassis.transaction import Reads, Transaction
from contracts.vocabulary import Channel, ContactKind
from intake.domain.center import SETTLES, relief
from intake.handlers.desk import Facts
from intake.store import center


async def count_served(
    tx: Transaction, channel: Channel, settled: Iterable[tuple[UUID, ContactKind]], at: datetime
) -> None:
    """Count what a door settled by itself, each under an id of its own."""
    rows = [
        {"served_id": served_id, "channel": channel.value, "outcome": kind.value, "at": at}
        for served_id, kind in settled
        if kind in SETTLES
    ]
    await tx.insert(center.SelfServed, rows, ignore=("served_id",))


async def show_relief(
    reads: Reads, since: datetime | None, until: datetime | None, now: datetime, staffed_hours: float | None
) -> Facts:
    """Tell what was settled without an agent in the last thirty days, or another time, and what agents gained by it.

    Where nobody says how many hours agents were there, an agent was in each hour in which they answered somebody.
    """
    begin, end = since or now - timedelta(days=30), until or now + timedelta(seconds=1)
    work, served = (
        await center.agents_work(reads, begin, end, now),
        await center.served_without_agent(reads, begin, end),
    )
    hours = work["agent_hours"] if staffed_hours is None else staffed_hours
    counted = sum(row["served"] for row in served)
    return {
        "since": begin,
        "until": end,
        "served_without_agent": counted,
        "by_channel": [dict(row) for row in sorted(served, key=lambda row: (row["channel"], row["outcome"]))],
        "handled_by_agents": work["handled"],
        "staffed_hours": hours,
        **relief(counted, work["handled"], work["busy"], hours),
    }
