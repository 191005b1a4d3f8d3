"""Drafts: reports that are not finished. They may hold anything a report may, so they lie in the vault."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads
from intake.store.tables import Base, reporter_in

_LOCK = "SELECT * FROM vault_draft WHERE reference = ANY($1::text[]) ORDER BY reference FOR UPDATE"
_CONTACT_OF = "SELECT contact_ref FROM vault_words WHERE request_id = $1"
_CONTACT = "SELECT name, email, phone, webhook_url, language FROM vault_contact WHERE contact_ref = $1"


class VaultDraft(Base, table=True):
    """A report in the making; `contact_ref` is the contact of an earlier report that goes on with this one."""

    __tablename__ = "vault_draft"
    __table_args__ = ({"info": {"erased_by": reporter_in("body")}},)

    reference: str = Field(primary_key=True)
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    contact_ref: str | None
    begun_in: str
    begun_at: datetime = Field(sa_type=DateTime(timezone=True))
    forget_at: datetime = Field(sa_type=DateTime(timezone=True))


async def lock_drafts(reads: Reads, references: Sequence[str]) -> Mapping[str, Row]:
    """Lock and read drafts by reference."""
    return {row["reference"]: row for row in await reads.sql(_LOCK, sorted(set(references)))}


async def forget_drafts(reads: Reads, references: Sequence[str], until: datetime | None = None) -> None:
    """Delete drafts; with `until`, those alone that were not touched again."""
    text = "DELETE FROM vault_draft WHERE reference = ANY($1::text[]) AND ($2::timestamptz IS NULL OR forget_at <= $2)"
    await reads.sql(text, references, until)


async def contact_of(reads: Reads, request_id: UUID) -> str | None:
    """Find who reported a request."""
    found = await reads.sql(_CONTACT_OF, request_id)
    return found[0]["contact_ref"] if found else None


async def reporter_row(reads: Reads, contact_ref: str) -> Row | None:
    """Read how to reach a contact."""
    found = await reads.sql(_CONTACT, contact_ref)
    return found[0] if found else None
