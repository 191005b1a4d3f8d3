"""Campaigns, their readers, and what is counted of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from chassis.ids import uuid7
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.notify import CampaignChanged
from notify.domain.campaigns import lines_of
from notify.domain.effects import Group, Window
from notify.domain.leaving import NOTICES
from notify.domain.reaching import Reach
from notify.store.tables import AGREES_TO_NOTICES, Campaign

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAVED: Final = ("version", "starts_at", "ends_at", "content")
_ONE: Final = "SELECT content, told_to FROM campaign WHERE code = $1"
_ALL: Final = "SELECT content FROM campaign WHERE ends_at > $1 ORDER BY starts_at, code"
# Whom notify has told of a request of theirs has asked for it; who was told of the campaign is not told again, also by
# another way, and also when the log was read again.
_READERS: Final = f"""
SELECT p.contact_ref, {", ".join(f"p.{name}" for name in Reach._fields)}, p.language, NOT EXISTS (
    SELECT FROM settled_intent AS told WHERE told.contact_ref = p.contact_ref AND told.transition = $3
  ) AND EXISTS (
    SELECT FROM settled_intent AS told JOIN request AS r ON r.request_id = told.request_id
    WHERE told.contact_ref = p.contact_ref AND r.areas IS NOT NULL
      AND (cardinality($4::text[]) = 0 OR r.about::json ->> 'service_code' = ANY($4::text[]))
      AND (cardinality($5::text[]) = 0 OR string_to_array(r.areas, E'\\n') && $5::text[])
  ) AS is_asked_for
FROM profile AS p WHERE p.contact_ref > $1 AND p.{AGREES_TO_NOTICES} ORDER BY p.contact_ref LIMIT $2
"""
_TOLD_TO: Final = "UPDATE campaign SET told_to = $2 WHERE code = $1"
# A request's id begins with its time, so that a span of time is a span of the key. What it is about is read once.
_GROUPS: Final = """
SELECT is_since, channel, is_asked_for, is_there, count(*) AS requests FROM (
    SELECT request_id >= $2 AS is_since, coalesce(facts ->> 'channel', 'web') AS channel,
        cardinality($4::text[]) = 0 OR facts ->> 'service_code' = ANY($4::text[]) AS is_asked_for,
        cardinality($5::text[]) = 0 OR string_to_array(areas, E'\\n') && $5::text[] AS is_there
    FROM request CROSS JOIN LATERAL (SELECT about::jsonb AS facts OFFSET 0) AS read
    WHERE request_id >= $1 AND request_id < $3 AND areas IS NOT NULL
) AS told GROUP BY is_since, channel, is_asked_for, is_there
"""
_ENDINGS: Final = """
SELECT outcome, count(*) AS messages, count(*) FILTER (WHERE EXISTS (
    SELECT FROM leaving AS l WHERE l.contact_ref = s.contact_ref AND l.request_id = $3 AND l.left_at >= s.settled_at
)) AS gone FROM settled_intent AS s WHERE request_id = ANY($1::uuid[]) AND transition = $2 GROUP BY outcome
UNION ALL SELECT 'waiting', count(*), 0 FROM open_intent WHERE request_id = ANY($1::uuid[]) AND transition = $2
"""


async def save_campaigns(tx: Transaction, campaigns: Sequence[CampaignChanged]) -> None:
    """Keep campaigns as they were published; an older version changes nothing."""
    await tx.upsert(Campaign, [_row(campaign) for campaign in campaigns], ("code",), newer="version", only=_SAVED)


async def campaign_of(tx: Reads, code: str) -> CampaignChanged | None:
    """Load a campaign."""
    found = await tx.sql(_ONE, code)
    return CampaignChanged.model_validate_json(found[0]["content"]) if found else None


async def hold_campaign(tx: Transaction, code: str) -> tuple[CampaignChanged, str] | None:
    """Load a campaign and how far its readers are told; whoever asks next waits until this one is done."""
    found = await tx.sql(f"{_ONE} FOR UPDATE", code)
    return (CampaignChanged.model_validate_json(found[0]["content"]), found[0]["told_to"]) if found else None


async def campaigns(reads: Reads, after: datetime = EVER) -> list[CampaignChanged]:
    """Load the campaigns that end after a moment, the first to start first."""
    return [CampaignChanged.model_validate_json(row["content"]) for row in await reads.sql(_ALL, after)]


async def readers_of(tx: Reads, campaign: CampaignChanged, transition: str, after: str, limit: int) -> list[Row]:
    """Load the next who said something of the city's notices, each with whether the campaign is for them."""
    services, areas = list(campaign.services), lines_of(campaign.areas)
    return await tx.sql(_READERS, after, limit, transition, services, areas)


async def note_told_to(tx: Transaction, code: str, contact_ref: str) -> None:
    """Note how far the readers of a campaign are told."""
    await tx.sql(_TOLD_TO, code, contact_ref)


async def requests_around(reads: Reads, campaign: CampaignChanged, window: Window) -> list[Group]:
    """Count the requests of a window."""
    moments = [uuid7(at, 0) for at in (window.before, window.start, window.until)]
    found = await reads.sql(_GROUPS, *moments, list(campaign.services), lines_of(campaign.areas))
    return [Group(**row) for row in found]


async def endings_of(reads: Reads, shares: Sequence[UUID], transition: str) -> dict[str, int]:
    """Count how the messages of a campaign ended, those that wait, and whose readers left since."""
    found = await reads.sql(_ENDINGS, list(shares), transition, NOTICES)
    counts = {row["outcome"]: row["messages"] for row in found}
    return {**counts, "left": sum(row["gone"] for row in found)}


def _row(campaign: CampaignChanged) -> dict[str, Any]:
    content = campaign.model_dump_json(exclude_none=True)
    return {**{name: getattr(campaign, name) for name in ("code", *_SAVED[:-1])}, "content": content, "told_to": ""}
