"""Campaigns as the city announces them, for the pages."""

from collections.abc import Sequence

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.notify import CampaignChanged, CampaignState, CampaignWay
from intake.store.tables import Campaign


async def follow_campaigns(tx: Transaction, received: Sequence[Received[CampaignChanged]]) -> None:
    """Keep the newest version of each campaign."""
    newest = {r.event.code: r.event for r in sorted(received, key=lambda r: r.event.version)}
    rows = [
        {
            "code": event.code,
            "version": event.version,
            "title": event.title,
            "text": event.text,
            "link": event.link,
            "shown": event.state is CampaignState.ANNOUNCED and CampaignWay.BANNER in event.ways,
            "starts_at": event.starts_at,
            "ends_at": event.ends_at,
        }
        for event in newest.values()
    ]
    await tx.upsert(Campaign, rows, ("code",), newer="version")
