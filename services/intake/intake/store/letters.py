"""Tables and queries of e-mail: which letters were seen, for ever, and which wait for a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, LargeBinary
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)


class Letter(Base, table=True):
    """A mail that was seen. Its key is a hash of Message-ID and purpose, its sender's a keyed hash of the address."""

    __tablename__ = "letter"
    __table_args__ = (Index("letter_by_sender", "sender_key", "at"),)

    letter_key: str = Field(primary_key=True)
    sender_key: str
    fate: str
    request_id: UUID | None
    at: datetime = Field(sa_type=_MOMENT)


class VaultHeldLetter(Base, table=True):
    """A mail that a person must read first, whole."""

    __tablename__ = "vault_held_letter"

    letter_key: str = Field(primary_key=True)
    subject: str
    words: str
    sender: str | None
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_type=_MOMENT)


class VaultLetterAnswer(Base, table=True):
    """An answer to a letter that is to be mailed; gone once it is, or cannot be."""

    __tablename__ = "vault_letter_answer"
    __table_args__ = {"info": {"erased_by": {"email": "email"}}}  # noqa: RUF012 - SQLAlchemy's own way

    answer_id: str = Field(primary_key=True)
    email: str
    subject: str
    text: str
    answers: str
    due_at: datetime = Field(sa_type=_MOMENT)
    tries: int


async def known(reads: Reads, keys: Sequence[str]) -> set[str]:
    """Tell which letters were seen already."""
    rows = await reads.sql("SELECT letter_key FROM letter WHERE letter_key = ANY($1::text[])", list(keys))
    return {row["letter_key"] for row in rows}


async def since(reads: Reads, sender_keys: Sequence[str], moment: datetime) -> Mapping[str, int]:
    """Count the letters of each sender since a moment."""
    rows = await reads.sql(
        "SELECT sender_key, count(*) AS n FROM letter WHERE sender_key = ANY($1::text[]) AND at > $2 GROUP BY 1",
        list(sender_keys),
        moment,
    )
    return {row["sender_key"]: row["n"] for row in rows}


async def contacts_of(reads: Reads, tracking_number: str) -> tuple[UUID, tuple[str, ...]] | None:
    """Find a request and who is told of it."""
    rows = await reads.sql("SELECT request_id, contact_refs FROM request WHERE tracking_number = $1", tracking_number)
    return (rows[0]["request_id"], tuple(rows[0]["contact_refs"].split())) if rows else None


async def list_held(reads: Reads, limit: int) -> list[Row]:
    """List letters that wait for a person, the oldest first, without their bytes."""
    return list(
        await reads.sql(
            "SELECT letter_key, subject, words, sender, at FROM vault_held_letter ORDER BY at, letter_key LIMIT $1",
            limit,
        )
    )


async def held(reads: Reads, letter_key: str) -> bytes | None:
    """Give the bytes of a letter that waits."""
    rows = await reads.sql("SELECT raw FROM vault_held_letter WHERE letter_key = $1", letter_key)
    return bytes(rows[0]["raw"]) if rows else None


async def release(tx: Transaction, keys: Sequence[str]) -> set[str]:
    """Let letters wait no longer; tells which did."""
    rows = await tx.sql(
        "DELETE FROM vault_held_letter WHERE letter_key = ANY($1::text[]) RETURNING letter_key", list(keys)
    )
    return {row["letter_key"] for row in rows}


async def lease_answers(tx: Transaction, until: datetime, most: int) -> list[Row]:
    """Take answers that are due; who dies holds them no longer than `until`."""
    return list(await tx.sql(
        "UPDATE vault_letter_answer SET due_at = $2, tries = tries + 1 WHERE answer_id IN ("
        " SELECT answer_id FROM vault_letter_answer WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)"
        " RETURNING *",
        tx.now, until, most,
    ))  # fmt: skip


async def settle_answers(tx: Transaction, ended: Sequence[str], again: Mapping[str, datetime]) -> None:
    """Forget answers that are sent or given up; say when the others are tried again."""
    await tx.sql("DELETE FROM vault_letter_answer WHERE answer_id = ANY($1::text[])", list(ended))
    rows = [{"answer_id": answer_id, "due_at": due_at} for answer_id, due_at in again.items()]
    await tx.update(VaultLetterAnswer, rows, ("answer_id",))
