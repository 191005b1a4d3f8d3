"""The vault: the only tables with personal data. Every staff read of it is audited."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.transaction import Reads, Transaction
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)


class VaultContact(Base, table=True):
    """How to reach a person."""

    __tablename__ = "vault_contact"
    __table_args__ = (
        Index("vault_contact_by_email", text("lower(btrim(email))"), postgresql_where=text("email IS NOT NULL")),
        Index(
            "vault_contact_by_phone",
            text(r"regexp_replace(phone, '\D', '', 'g')"),
            postgresql_where=text("phone IS NOT NULL"),
        ),
    )

    contact_ref: str = Field(primary_key=True)
    name: str | None
    email: str | None
    phone: str | None
    webhook_url: str | None
    language: str
    at: datetime = Field(sa_type=_MOMENT)
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    texts_stopped: bool | None = None


class VaultWords(Base, table=True):
    """What a reporter said in their own words, where it differs from the public copy, and who they are."""

    __tablename__ = "vault_words"
    __table_args__ = (Index("vault_words_by_contact", "contact_ref", postgresql_where=text("contact_ref IS NOT NULL")),)

    request_id: UUID = Field(primary_key=True)
    contact_ref: str | None
    description: str | None
    attributes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class VaultMessage(Base, table=True):
    """A resident's message, or what they said with a dispute; events name it by reference only."""

    __tablename__ = "vault_message"
    __table_args__ = (Index("vault_message_by_request", "request_id"),)

    message_ref: str = Field(primary_key=True)
    request_id: UUID
    sender: str
    contact_ref: str | None
    text: str
    at: datetime = Field(sa_type=_MOMENT)


async def known_contacts(reads: Reads, refs: Sequence[str]) -> set[str]:
    """Tell which contacts the vault already holds."""
    if not refs:
        return set()
    rows = await reads.sql("SELECT contact_ref FROM vault_contact WHERE contact_ref = ANY($1::text[])", refs)
    return {row["contact_ref"] for row in rows}


async def contact_by_phone(reads: Reads, written: Sequence[str]) -> str | None:
    """Find the newest contact that gave this telephone, however it was written."""
    rows = await reads.sql(
        r"SELECT contact_ref FROM vault_contact WHERE regexp_replace(phone, '\D', '', 'g') = ANY($1::text[])"
        " AND phone IS NOT NULL ORDER BY at DESC, contact_ref LIMIT 1",
        list(written),
    )
    return rows[0]["contact_ref"] if rows else None


async def mark_texts(tx: Transaction, written: Sequence[str], *, stopped: bool) -> list[str]:
    """Note that a telephone, however it was written, wants no texts, or wants them again; returns whose it is."""
    rows = await tx.sql(
        r"UPDATE vault_contact SET texts_stopped = $2 WHERE regexp_replace(phone, '\D', '', 'g') = ANY($1::text[])"
        " AND phone IS NOT NULL RETURNING contact_ref",
        list(written),
        stopped,
    )
    return sorted(row["contact_ref"] for row in rows)


async def names_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    """Find the names of each request's own contacts, to mask them in others' words."""
    if not request_ids:
        return {}
    rows = await reads.sql(
        "SELECT w.request_id, c.name FROM vault_words w JOIN vault_contact c USING (contact_ref)"
        " WHERE w.request_id = ANY($1::uuid[]) AND c.name IS NOT NULL",
        request_ids,
    )
    names: defaultdict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        names[row["request_id"]].append(row["name"])
    return names


async def details_of(reads: Reads, request_id: UUID) -> dict[str, Any]:
    """Read the originals of one request: words, personal answers, how to reach the reporter, and messages."""
    words = await reads.sql(
        "SELECT w.description, w.attributes, c.name, c.email, c.phone, c.language FROM vault_words w"
        " LEFT JOIN vault_contact c USING (contact_ref) WHERE w.request_id = $1",
        request_id,
    )
    messages = await reads.sql(
        "SELECT message_ref, sender, text, at FROM vault_message WHERE request_id = $1 ORDER BY at", request_id
    )
    row = words[0] if words else {}
    contact = {name: row[name] for name in ("name", "email", "phone", "language") if row and row[name]}
    return {
        "description": row["description"] if row else None,
        "attributes": row["attributes"] if row else {},
        "contact": contact,
        "messages": [dict(message) for message in messages],
    }
