"""Tables and queries of social networks: posts seen, for ever; threads and answers, which name people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, text
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)
_LEASE = """
UPDATE vault_social_reply r SET due_at = $2, tries = tries + 1 FROM vault_social_thread t
WHERE r.thread_ref = t.thread_ref AND r.reply_id IN (
  SELECT reply_id FROM vault_social_reply own WHERE state = 'waiting' AND due_at <= $1 AND NOT EXISTS (
    SELECT FROM vault_social_reply other WHERE other.thread_ref = own.thread_ref AND other.state = 'waiting'
    AND (-other.tries, other.due_at, other.reply_id) < (-own.tries, own.due_at, own.reply_id))
  ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING r.reply_id, r.answers, r.text, r.tries, t.provider, t.author_id, t.is_private
"""


class SocialPost(Base, table=True):
    """A mention or message that was taken: the provider may tell of it again at any time."""

    __tablename__ = "social_post"

    provider: str = Field(primary_key=True)
    post_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=_MOMENT)


class VaultSocialThread(Base, table=True):
    """A thread with one person, and the last request made in it."""

    __tablename__ = "vault_social_thread"
    __table_args__ = (Index("vault_social_thread_by_request", "request_id"),)

    thread_ref: str = Field(primary_key=True)
    provider: str
    thread_id: str
    author_id: str
    handle: str | None
    is_private: bool
    language: str
    request_id: UUID | None
    at: datetime = Field(sa_type=_MOMENT)


class VaultSocialReply(Base, table=True):
    """An answer intended, once for a thread and cause; `state` is waiting, sent or failed."""

    __tablename__ = "vault_social_reply"
    __table_args__ = (Index("vault_social_reply_due", "due_at", postgresql_where=text("state = 'waiting'")),)

    reply_id: str = Field(primary_key=True)
    thread_ref: str
    request_id: UUID | None
    answers: str | None
    text: str
    state: str
    posted_id: str | None
    due_at: datetime = Field(sa_type=_MOMENT)
    tries: int


async def known(reads: Reads, posts: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Tell which posts were taken already."""
    providers, ids = [p for p, _ in posts], [i for _, i in posts]
    rows = await reads.sql(
        "SELECT provider, post_id FROM social_post JOIN unnest($1::text[], $2::text[]) AS g(provider, post_id)"
        " USING (provider, post_id)",
        providers,
        ids,
    )
    return {(row["provider"], row["post_id"]) for row in rows}


async def thread_answered(reads: Reads, provider: str, author_id: str, answers: str) -> Row | None:
    """Find the thread of this author that a post answers to: their own post, or our answer to it."""
    rows = await reads.sql(
        "SELECT t.* FROM vault_social_thread t WHERE t.provider = $1 AND t.author_id = $2 AND (t.thread_id = $3 OR"
        " EXISTS (SELECT FROM vault_social_reply r WHERE r.thread_ref = t.thread_ref AND r.posted_id = $3)) LIMIT 1",
        provider,
        author_id,
        answers,
    )
    return rows[0] if rows else None


async def thread(reads: Reads, thread_ref: str) -> Row | None:
    """Find a thread."""
    rows = await reads.sql("SELECT * FROM vault_social_thread WHERE thread_ref = $1", thread_ref)
    return rows[0] if rows else None


async def contact_of(reads: Reads, request_id: UUID) -> str | None:
    """Find who a thread's writer is known to be: the contact of its request, or whom staff linked its writer to."""
    rows = await reads.sql(
        "SELECT coalesce(nullif(split_part(r.contact_refs, ' ', 1), ''), p.contact_ref) AS ref FROM request r"
        " LEFT JOIN vault_words w USING (request_id) LEFT JOIN person_contact p"
        " ON p.contact_ref = w.contact_ref AND p.person_id IS NOT NULL WHERE r.request_id = $1",
        request_id,
    )
    return rows[0]["ref"] if rows else None


async def threads_of(reads: Reads, request_ids: Sequence[UUID]) -> Sequence[Row]:
    """Find the threads that these requests came from."""
    return await reads.sql(
        "SELECT t.thread_ref, t.thread_id, t.language, t.request_id, r.tracking_number FROM vault_social_thread t"
        " JOIN request r USING (request_id) WHERE t.request_id = ANY($1::uuid[])",
        list(request_ids),
    )


async def article_about(reads: Reads, service: str) -> Row | None:
    """Find the first article that explains a service."""
    rows = await reads.sql(
        "SELECT article_id, version, title, summary FROM article"
        " WHERE shown AND $1 = ANY(string_to_array(services, ' ')) ORDER BY article_id LIMIT 1",
        service,
    )
    return rows[0] if rows else None


async def forget_threads(tx: Transaction, thread_refs: Sequence[str]) -> None:
    """Delete these threads and what was answered in them, where no request was made meanwhile."""
    gone = (
        "DELETE FROM vault_social_thread WHERE thread_ref = ANY($1::text[]) AND request_id IS NULL RETURNING thread_ref"
    )
    refs = [row["thread_ref"] for row in await tx.sql(gone, list(thread_refs))]
    await tx.sql("DELETE FROM vault_social_reply WHERE thread_ref = ANY($1::text[])", refs)


async def lease(tx: Transaction, until: datetime, most: int) -> Sequence[Row]:
    """Take answers that are due, of each thread its first alone; who dies holds them no longer than `until`.

    Whoever is told of a closing has been told the number before: what is being sent, or tried again, goes first.
    """
    return await tx.sql(_LEASE, tx.now, until, most)


async def settle(tx: Transaction, rows: Sequence[Mapping[str, object]]) -> None:
    """Write down what became of answers: their state, the provider's id, and when to try again."""
    await tx.update(VaultSocialReply, [dict(row) for row in rows], ("reply_id",))
