"""Whose turn it is: due messages are claimed by request, and leave the queue when they are settled."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.vocabulary import Moment
from notify.domain.leaving import EVERYTHING, NOTICES

LOCK: Final = 311_021
"""Held to commit by whoever claims or settles; both are short."""


class Claim(NamedTuple):
    """Messages held by one deliverer, oldest news first. `id` names the lease; `is_full` when more may be due."""

    id: int
    rows: Sequence[Row]
    is_full: bool


class Ending(NamedTuple):
    """How a message ended."""

    request_id: UUID
    intent_id: UUID
    attempts: int
    outcome: str
    detail: str | None


class Postponement(NamedTuple):
    """When a message is tried again."""

    request_id: UUID
    intent_id: UUID
    attempts: int
    next_attempt_at: datetime
    detail: str | None


# `held_until`: one before it in its line (the messages of one request to one contact by one channel) is tried again
# later. It is moved behind that one, and so is looked at once for each of its attempts, not at every turn.
# `behind`: one before it gives way to others; it is moved into that one's lane. `was_told`: the same news was heard
# again after it had been told.
# What gives way takes what is left, and at least a quarter, so that neither waits for ever for the other.
# `left_all`: also, of a campaign, who left campaigns.
# The first numbers go before all: what follows one in its line is taken only when all of them are.
# Scalar subqueries and lateral joins look up each row by its key; EXISTS and a plain join may be planned as a hash or
# a copy of the whole history, and are, once a plan was made while the tables were small.
_TURN: Final = """
    SELECT request_id, intent_id, contact_ref, channel, moment, transition, at, seq, made_at, next_attempt_at,
        expires_at, details, traceparent, attempts, lane, detail
    FROM open_intent AS mine
    WHERE lane = {lane} AND mine.next_attempt_at <= $1
      AND mine.request_id NOT IN (SELECT unnest(requests) FROM claim WHERE until > $1)
    ORDER BY mine.next_attempt_at, mine.at, mine.seq LIMIT {limit}
"""
_DUE: Final = f"""
WITH first AS MATERIALIZED ({_TURN.format(lane=-1, limit="$2")}),
front AS MATERIALIZED ({_TURN.format(lane=0, limit="$2 - (SELECT count(*) FROM first)")}),
before AS (SELECT FROM first UNION ALL SELECT FROM front),
back AS MATERIALIZED ({_TURN.format(lane=1, limit="greatest($2 / 4, $2 - (SELECT count(*) FROM before))")}),
due AS (SELECT * FROM first UNION ALL SELECT * FROM front UNION ALL SELECT * FROM back)
SELECT due.*, $1::timestamptz AS claimed_at, line.held_until, line.behind, (
        SELECT true FROM settled_intent AS old
        WHERE old.request_id = due.request_id AND old.intent_id = due.intent_id) AS was_told,
       request.about, request.agency, request.words, request.due_at,
       profile.contact_ref IS NOT NULL AS is_known, profile.email, profile.webhook_url, profile.language,
       profile.phone, profile.push, profile.social, profile.postal_address, profile.frequency, profile.flags,
       profile.quiet_from, profile.quiet_until, profile.consents, gone.left_request, gone.left_all,
       CASE WHEN due.channel = 'sms' THEN (
        SELECT sum(parts) FROM texts_sent
        WHERE texts_sent.contact_ref = due.contact_ref AND hour > $1 - interval '24 hours') END AS parts_sent
FROM due JOIN request USING (request_id)
LEFT JOIN LATERAL (
    SELECT max(before.next_attempt_at) FILTER (WHERE before.next_attempt_at > due.next_attempt_at) AS held_until,
        max(before.lane) AS behind
    FROM open_intent AS before
    WHERE (before.postponed OR before.lane > 0) AND before.request_id = due.request_id
      AND before.contact_ref = due.contact_ref AND before.channel IS NOT DISTINCT FROM due.channel
      AND (before.at, before.seq) < (due.at, due.seq)) AS line ON true
LEFT JOIN LATERAL (SELECT * FROM profile AS known WHERE known.contact_ref = due.contact_ref LIMIT 1) AS profile ON true
LEFT JOIN LATERAL (
    SELECT bool_or(l.request_id = due.request_id) AS left_request, bool_or(l.request_id <> due.request_id) AS left_all
    FROM leaving AS l WHERE l.contact_ref = due.contact_ref AND l.channel = due.channel
      AND l.request_id IN (due.request_id, '{EVERYTHING}',
        CASE WHEN due.moment = '{Moment.CAMPAIGN}' THEN '{NOTICES}'::uuid END)) AS gone ON true
ORDER BY due.lane, due.at, due.seq
"""
_TAKE_BACK: Final = """
DELETE FROM open_intent USING unnest($1::uuid[], $2::uuid[]) AS given(request, intent)
WHERE request_id = given.request AND intent_id = given.intent
"""
_HOLD: Final = """
UPDATE open_intent SET next_attempt_at = given.later, lane = given.lane
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::smallint[]) AS given(request, intent, later, lane)
WHERE request_id = given.request AND intent_id = given.intent
"""
_CLAIM: Final = """
WITH gone AS (DELETE FROM claim WHERE until <= $1)
INSERT INTO claim (until, requests) VALUES ($1 + $2::interval, $3::uuid[]) RETURNING claim_id
"""


async def claim_due(tx: Transaction, lease: timedelta, limit: int) -> Claim | None:
    """Take up messages whose time has come, for the length of the lease; None when there is nothing to do.

    A claim holds all messages of its requests, so that each line is delivered in order, by one deliverer at a time.
    """
    await tx.sql("SELECT pg_advisory_xact_lock($1)", LOCK)
    found = await tx.sql(_DUE, tx.now, limit)
    if not found:
        return None
    if told := [(row["request_id"], row["intent_id"]) for row in found if row["was_told"]]:
        await tx.sql(_TAKE_BACK, *zip(*told, strict=True))
    new = [row for row in found if not row["was_told"]]
    if waits := [_moved(row) for row in new if _waits(row)]:
        await tx.sql(_HOLD, *zip(*waits, strict=True))
    rows = [row for row in new if not _waits(row)]
    made = await tx.sql(_CLAIM, tx.now, lease, list({row["request_id"] for row in rows}))
    return Claim(made[0]["claim_id"], rows, len(found) >= limit)


def _waits(row: Row) -> bool:
    """Tell whether one before it in its line must go first."""
    return row["held_until"] is not None or _lane(row) > row["lane"]


def _lane(row: Row) -> int:
    lane: int = row["lane"]
    return lane if row["behind"] is None else max(lane, row["behind"])


def _moved(row: Row) -> tuple[UUID, UUID, datetime, int]:
    return row["request_id"], row["intent_id"], row["held_until"] or row["next_attempt_at"], _lane(row)


_END: Final = """
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock($2)) DELETE FROM claim USING alone WHERE claim_id = $1
RETURNING claim_id
"""


async def end_claim(tx: Transaction, claim_id: int) -> bool:
    """Give a claim back; tells whether it was still held. From here to the commit nobody else claims or settles."""
    return bool(await tx.sql(_END, claim_id, LOCK))


async def settle_alone(tx: Transaction) -> None:
    """Let nobody else claim or settle from here to the commit: for who settles without a claim."""
    await tx.sql("SELECT pg_advisory_xact_lock($1)", LOCK)


_SETTLE: Final = """
WITH given AS (
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[])
    WITH ORDINALITY AS given(request, intent, tries, outcome, said, nth)
), gone AS (
    DELETE FROM open_intent USING given WHERE request_id = request AND intent_id = intent
    RETURNING open_intent.*, tries, outcome, said, nth
)
INSERT INTO settled_intent (request_id, intent_id, sequence, seq, contact_ref, channel, moment, transition, at, made_at,
    attempts, outcome, detail, settled_at)
SELECT request_id, intent_id, row_number() OVER (PARTITION BY request_id ORDER BY nth)
    + (SELECT coalesce(max(old.sequence), 0) FROM settled_intent AS old WHERE old.request_id = gone.request_id),
    seq, contact_ref, channel, moment, transition, at, made_at, tries, outcome, said, $1
FROM gone
RETURNING intent_id, sequence
"""


async def settle(tx: Transaction, endings: Sequence[Ending]) -> dict[UUID, int]:
    """Write down how messages ended; returns the number of each that was still open among its request's settled."""
    found = await tx.sql(_SETTLE, tx.now, *zip(*endings, strict=True)) if endings else []
    return {row["intent_id"]: row["sequence"] for row in found}


_POSTPONE: Final = """
UPDATE open_intent SET attempts = given.tries, next_attempt_at = given.later, detail = given.said, postponed = true
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[], $5::text[])
    AS given(request, intent, tries, later, said)
WHERE request_id = given.request AND intent_id = given.intent
"""


async def postpone(tx: Transaction, postponements: Sequence[Postponement]) -> None:
    """Let messages be tried again later."""
    if postponements:
        await tx.sql(_POSTPONE, *zip(*postponements, strict=True))
