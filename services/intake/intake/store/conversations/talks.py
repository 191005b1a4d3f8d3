"""Conversations by text, voice and chat: drafts in the vault, what was heard already, and recordings."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.tables import Base, reporter_in

_MOMENT = DateTime(timezone=True)
_BY_PHONE = {"info": {"erased_by": {"phone": "phone"}}}
_OF_DRAFT = {"talk->'draft'->>'contact_ref'": "contact_ref", **reporter_in("talk->'draft'")}


class VaultConversation(Base, table=True):
    """A conversation as far as it has come; `call` is the provider's name of a call."""

    __tablename__ = "vault_conversation"
    __table_args__ = (
        Index("vault_conversation_by_phone", "phone", "at"),
        Index("vault_conversation_by_call", "call", unique=True),
        Index("vault_conversation_by_request", "request_id"),
        {"info": {"erased_by": {"phone": "phone", **_OF_DRAFT}}},
    )

    reference: str = Field(primary_key=True)
    phone: str | None
    call: str | None
    channel: str
    talk: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    request_id: UUID | None
    at: datetime = Field(sa_type=_MOMENT)


class TelephoneMessage(Base, table=True):
    """What the provider has sent already, for ever; its own name of a message, or of a step of a call."""

    __tablename__ = "telephone_message"

    provider_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=_MOMENT)


class VaultTelephone(Base, table=True):
    """What was answered, for as long as the conversation is kept; where no provider named it, by its command's id."""

    __tablename__ = "vault_telephone"
    __table_args__ = (Index("vault_telephone_by_reference", "reference"), _BY_PHONE)

    provider_id: str = Field(primary_key=True)
    reference: str
    phone: str | None
    answer: str


class VaultLiveQueue(Base, table=True):
    """Why somebody was put in the contact center's line (`queue_id` is the contact there), and their recording."""

    __tablename__ = "vault_live_queue"
    __table_args__ = (
        Index("vault_live_queue_by_time", "at", postgresql_where=text("taken_at IS NULL")),
        Index("vault_live_queue_by_reference", "reference"),
        _BY_PHONE,
    )

    queue_id: UUID = Field(primary_key=True)
    reference: str
    kind: str
    channel: str
    language: str
    phone: str | None
    recording_url: str | None
    transcript: str | None
    at: datetime = Field(sa_type=_MOMENT)
    taken_at: datetime | None = Field(sa_type=_MOMENT)


class VaultTextStop(Base, table=True):
    """A telephone that wants no texts, until it says START; kept longer than any conversation."""

    __tablename__ = "vault_text_stop"
    __table_args__ = (_BY_PHONE,)

    phone: str = Field(primary_key=True)
    at: datetime = Field(sa_type=_MOMENT)


async def lock_talks(tx: Transaction, keys: Sequence[str]) -> None:
    """Let one message at a time of each conversation, call and telephone be heard, by all workers."""
    for key in sorted(set(keys)):
        await tx.sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 311))", f"talk:{key}")


async def is_heard(reads: Reads, provider_id: str) -> bool:
    """Tell whether the provider has sent this already."""
    return bool(await reads.sql("SELECT 1 FROM telephone_message WHERE provider_id = $1", provider_id))


async def answer_of(reads: Reads, named: str) -> str | None:
    """Find what was answered, as JSON; None when it is forgotten."""
    rows = await reads.sql("SELECT answer FROM vault_telephone WHERE provider_id = $1", named)
    return rows[0]["answer"] if rows else None


async def conversation(reads: Reads, reference: str) -> Row | None:
    """Find a conversation by its reference."""
    rows = await reads.sql("SELECT * FROM vault_conversation WHERE reference = $1", reference)
    return rows[0] if rows else None


async def conversation_of_call(reads: Reads, call: str) -> Row | None:
    """Find the conversation of a call."""
    rows = await reads.sql('SELECT * FROM vault_conversation WHERE "call" = $1', call)
    return rows[0] if rows else None


async def conversation_of_phone(reads: Reads, phone: str) -> Row | None:
    """Find the latest conversation by text with this telephone."""
    rows = await reads.sql(
        'SELECT * FROM vault_conversation WHERE phone = $1 AND "call" IS NULL ORDER BY at DESC, reference LIMIT 1',
        phone,
    )
    return rows[0] if rows else None


async def is_stopped(reads: Reads, phone: str) -> bool:
    """Tell whether a telephone wants no texts."""
    return bool(await reads.sql("SELECT 1 FROM vault_text_stop WHERE phone = $1", phone))


async def stopped_among(reads: Reads, phones: Sequence[str]) -> set[str]:
    """Tell which of these telephones want no texts."""
    rows = await reads.sql("SELECT phone FROM vault_text_stop WHERE phone = ANY($1::text[])", list(phones))
    return {row["phone"] for row in rows}


async def stop_texts(tx: Transaction, phone: str | None, at: datetime) -> None:
    """Note that a telephone wants no texts; one without a number is nobody's."""
    if phone is not None:
        await tx.upsert(VaultTextStop, [{"phone": phone, "at": at}], ("phone",))


async def allow_texts(tx: Transaction, phone: str | None, _at: datetime) -> None:
    """Note that a telephone wants texts again."""
    await tx.sql("DELETE FROM vault_text_stop WHERE phone = $1", phone)


async def give_call(tx: Transaction, call: str, reference: str) -> None:
    """Let a call go on with another draft."""
    await tx.sql('UPDATE vault_conversation SET "call" = NULL WHERE "call" = $1 AND reference <> $2', call, reference)


async def article_words(reads: Reads) -> list[Row]:
    """Read what articles say in short."""
    return await reads.sql("SELECT article_id, version, title, summary, services FROM article WHERE shown")


async def recordings_of(reads: Reads, reference: str) -> list[Row]:
    """List the recordings of a conversation with their words."""
    return await reads.sql(
        "SELECT recording_url, transcript, at FROM vault_live_queue"
        " WHERE reference = $1 AND recording_url IS NOT NULL ORDER BY at",
        reference,
    )


async def add_transcript(tx: Transaction, recording_url: str, transcript: str) -> None:
    """Put the words of a recording beside it."""
    await tx.sql("UPDATE vault_live_queue SET transcript = $2 WHERE recording_url = $1", recording_url, transcript)


async def forget_conversations(tx: Transaction, references: Sequence[str]) -> None:
    """Forget what was said; that the provider's messages were heard stays known."""
    await tx.sql("DELETE FROM vault_telephone WHERE reference = ANY($1::text[])", references)
    await tx.sql("DELETE FROM vault_live_queue WHERE reference = ANY($1::text[])", references)
    await tx.sql("DELETE FROM vault_conversation WHERE reference = ANY($1::text[])", references)
