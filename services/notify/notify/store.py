"""Contacts' profiles, what is known of requests, and the messages intended."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, col, select

from chassis.sql import Row
from chassis.tables import new_base
from chassis.transaction import Reads, Transaction
from contracts.event import RequestEvent
from notify.domain.intents import Intent, Reach

if TYPE_CHECKING:
    from sqlmodel import SQLModel as Base
else:
    Base = new_base()

METADATA = Base.metadata
_MOMENT: Final = DateTime(timezone=True)


class Profile(Base, table=True):
    """How to reach a person. Personal: only what a message needs, gone with the tombstone.

    `channels` are parted by spaces.
    """

    __tablename__ = "profile"
    contact_ref: str = Field(primary_key=True)
    version: int
    email: str | None
    webhook_url: str | None
    channels: str
    language: str


class Request(Base, table=True):
    """What messages say about a request."""

    __tablename__ = "request"
    request_id: UUID = Field(primary_key=True)
    about: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    agency: str | None
    words: dict[str, str] | None = Field(sa_column=Column(JSONB(none_as_null=True), nullable=True))
    due_at: datetime | None = Field(sa_type=_MOMENT)
    revision: int


class Settled(Base, table=True):
    """How many messages of a request are settled. Apart from it: its row is where deliverers and batches deadlocked."""

    __tablename__ = "settled"
    request_id: UUID = Field(primary_key=True)
    n: int


_ORDER: Final = ("request_id", "contact_ref", "channel", "at", "seq")


class IntendedMessage(Base, table=True):
    """One message; open while `settled_at` is empty. `claims` fences a deliverer whose lease ran out."""

    __tablename__ = "intent"
    __table_args__ = (
        Index("intent_due", "next_attempt_at", postgresql_where=text("settled_at IS NULL")),
        Index("intent_order", *_ORDER, postgresql_where=text("settled_at IS NULL")),
        Index("intent_waiting", "contact_ref", postgresql_where=text("settled_at IS NULL AND channel IS NULL")),
        Index("intent_of_request", "request_id"),
    )
    intent_id: UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    request_id: UUID
    contact_ref: str
    channel: str | None
    moment: str
    transition: str
    at: datetime = Field(sa_type=_MOMENT)
    made_at: datetime = Field(sa_type=_MOMENT)
    next_attempt_at: datetime = Field(sa_type=_MOMENT)
    expires_at: datetime = Field(sa_type=_MOMENT)
    details: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    traceparent: str | None
    attempts: int = Field(sa_column_kwargs={"server_default": "0"})
    claims: int = Field(sa_column_kwargs={"server_default": "0"})
    outcome: str | None
    detail: str | None
    settled_at: datetime | None = Field(sa_type=_MOMENT)


# --- what is known -----------------------------------------------------------------------------------------------


async def reaches_of(tx: Reads, contact_refs: Iterable[str]) -> dict[str, Reach]:
    """Load how contacts can be reached; those not yet known are missing."""
    found = await tx.sql(
        "SELECT contact_ref, email, webhook_url, channels FROM profile WHERE contact_ref = ANY($1::text[])",
        list(contact_refs),
    )
    return {row["contact_ref"]: Reach(row["email"], row["webhook_url"], row["channels"].split()) for row in found}


async def save_profiles(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep each contact's newest profile."""
    await tx.upsert(Profile, rows, keys=("contact_ref",), newer="version")


async def forget_profiles(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Erase contacts."""
    await tx.sql("DELETE FROM profile WHERE contact_ref = ANY($1::text[])", list(contact_refs))


async def words_told(tx: Reads, request_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Load the forecast in words as last told, by request."""
    found = await tx.sql(
        "SELECT request_id, words FROM request WHERE request_id = ANY($1::uuid[]) AND words IS NOT NULL", request_ids
    )
    return {row["request_id"]: row["words"] for row in found}


async def know_requests(
    tx: Transaction, events: Sequence[RequestEvent], learnt: Sequence[Row] = (), renew: tuple[str, ...] = ()
) -> None:
    """Keep each request from its first event on; `learnt` holds, for each event, what it says about `renew`."""
    rows: dict[UUID, dict[str, Any]] = {}
    for nth, event in enumerate(events):
        row = rows.setdefault(event.request_id, _request(event))
        row.update(learnt[nth] if learnt else ())
    if renew:
        await tx.upsert(Request, list(rows.values()), keys=("request_id",), only=renew)
    else:
        await tx.insert(Request, list(rows.values()), ignore=("request_id",))


def _request(event: RequestEvent) -> dict[str, Any]:
    about = event.about.model_dump(mode="json")
    known = {"agency": None, "words": None, "due_at": None, "revision": 0}
    return {"request_id": event.request_id, "about": about, **known}


# --- messages ------------------------------------------------------------------------------------------------------


async def save_intents(tx: Transaction, intents: Iterable[Intent]) -> None:
    """Keep messages to be delivered; one that is there already stays as it is."""
    rows = {intent.intent_id: intent._asdict() for intent in intents}
    await tx.insert(IntendedMessage, list(rows.values()), ignore=("intent_id",))


async def waiting_for(tx: Reads, contact_refs: Sequence[str]) -> list[Intent]:
    """Load the messages that wait for the profiles of these contacts, in order."""
    found = await tx.sql(
        f"SELECT {', '.join(Intent._fields)} FROM intent"
        " WHERE contact_ref = ANY($1::text[]) AND channel IS NULL AND settled_at IS NULL ORDER BY at, seq",
        list(contact_refs),
    )
    return [Intent(**row) for row in found]


async def replace_intents(tx: Transaction, waiting: Sequence[Intent], addressed: Sequence[Intent]) -> None:
    """Put messages with a channel in the place of those that waited for one."""
    await tx.sql("DELETE FROM intent WHERE intent_id = ANY($1::uuid[])", [intent.intent_id for intent in waiting])
    await save_intents(tx, addressed)


async def expire_intents(
    tx: Transaction, transitions: Sequence[str], request_ids: Sequence[UUID], at: datetime
) -> None:
    """Let open messages about these transitions be no longer worth telling."""
    await tx.sql(
        "UPDATE intent SET expires_at = $3 WHERE request_id = ANY($2::uuid[]) AND transition = ANY($1::text[])"
        " AND outcome IS NULL",
        list(transitions),
        list(request_ids),
        at,
    )


# What is open has no outcome and no settled_at. To ask for the outcome keeps the planner from the small indexes of open
# messages: it believes them empty, as they mostly are, and would read a whole backlog once for each message.
_CLAIM: Final = """
WITH due AS (
    SELECT intent_id FROM intent AS mine
    WHERE settled_at IS NULL AND next_attempt_at <= $1 AND NOT EXISTS (
        SELECT 1 FROM intent AS earlier
        WHERE earlier.request_id = mine.request_id AND earlier.contact_ref = mine.contact_ref
          AND earlier.channel IS NOT DISTINCT FROM mine.channel AND earlier.outcome IS NULL
          AND (earlier.at, earlier.seq) < (mine.at, mine.seq))
    ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE intent SET next_attempt_at = $1 + $2::interval, claims = claims + 1
    FROM due WHERE intent.intent_id = due.intent_id RETURNING intent.*
)
SELECT taken.*, $1::timestamptz AS claimed_at, request.about, request.agency, request.words, request.due_at,
       profile.contact_ref IS NOT NULL AS is_known, profile.email, profile.webhook_url, profile.language
FROM taken JOIN request USING (request_id) LEFT JOIN profile USING (contact_ref)
"""


async def claim_due(tx: Transaction, lease: timedelta, limit: int) -> list[Row]:
    """Take up messages whose time has come, for the length of the lease, each the oldest open one of its line.

    A line is the messages of one request to one contact by one channel: they arrive in the order of what happened.
    """
    return await tx.sql(_CLAIM, tx.now, lease, limit)


_SETTLE: Final = """
UPDATE intent SET attempts = given.attempts, next_attempt_at = given.next_attempt_at, outcome = given.outcome,
    detail = given.detail, settled_at = CASE WHEN given.outcome IS NULL THEN NULL ELSE $1::timestamptz END
FROM (SELECT unnest($2::uuid[]) AS intent_id, unnest($3::int[]) AS claims, unnest($4::int[]) AS attempts,
             unnest($5::timestamptz[]) AS next_attempt_at, unnest($6::text[]) AS outcome, unnest($7::text[]) AS detail
) AS given
WHERE intent.intent_id = given.intent_id AND intent.claims = given.claims AND intent.settled_at IS NULL
RETURNING intent.intent_id
"""


async def record_steps(tx: Transaction, steps: Sequence[tuple[Any, ...]]) -> set[UUID]:
    """Write what followed; returns the messages that were still ours.

    A step is (intent_id, claims, attempts, next_attempt_at, outcome, detail).
    """
    found = await tx.sql(_SETTLE, tx.now, *map(list, zip(*steps, strict=True)))
    return {row["intent_id"] for row in found}


_NUMBER: Final = """
INSERT INTO settled SELECT * FROM unnest($1::uuid[], $2::int[]) AS given(request_id, n) ORDER BY request_id
ON CONFLICT (request_id) DO UPDATE SET n = settled.n + excluded.n RETURNING request_id, n
"""


async def number_settled(tx: Transaction, counts: dict[UUID, int]) -> dict[UUID, int]:
    """Reserve the next numbers of settled messages of each request; returns the first of them."""
    found = await tx.sql(_NUMBER, list(counts), list(counts.values()))
    return {row["request_id"]: row["n"] - counts[row["request_id"]] + 1 for row in found}


async def deliveries_of(reads: Reads, request_id: UUID) -> list[Row]:
    """Load the messages of a request, oldest first."""
    table = IntendedMessage
    found = select(table).where(col(table.request_id) == request_id).order_by(col(table.at), col(table.seq))
    return await reads.rows(found)
