"""People with an account: what they proved, which contacts are theirs, their codes and sessions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.tables import Base

_MOMENT: Final = DateTime(timezone=True)


class VaultPerson(Base, table=True):
    """A person and what they chose; ways (`channels`, `surveys`, `notices`) are parted by spaces.

    `consented_at` is when they were chosen last; who never said by which ways to be asked has no `surveys`.
    """

    __tablename__ = "vault_person"

    person_id: str = Field(primary_key=True)
    name: str | None
    language: str | None
    preferred_channel: str | None
    customer_type: str
    updates: bool
    quiet_from: str | None
    quiet_until: str | None
    made_at: datetime = Field(sa_type=_MOMENT)
    frequency: str = Field(default="every", sa_column_kwargs={"server_default": "every"})
    channels: str = Field(default="", sa_column_kwargs={"server_default": ""})
    push: dict[str, str] | None = Field(default=None, sa_column=Column(JSONB))
    postal_address: str | None = None
    consented_at: datetime | None = Field(default=None, sa_type=_MOMENT)
    surveys: str | None = None
    notices: str = Field(default="", sa_column_kwargs={"server_default": ""})


class VaultIdentity(Base, table=True):
    """An address that its person proved."""

    __tablename__ = "vault_identity"
    __table_args__ = (Index("vault_identity_by_person", "person_id"),)

    address_hash: str = Field(primary_key=True)
    person_id: str
    kind: str
    address: str
    proven_at: datetime = Field(sa_type=_MOMENT)


class PersonContact(Base, table=True):
    """What staff ruled of a contact: whose it is, or (no person) that it stands apart whatever its address."""

    __tablename__ = "person_contact"
    __table_args__ = (Index("person_contact_by_person", "person_id"),)

    contact_ref: str = Field(primary_key=True)
    person_id: str | None
    ruled_by: str
    at: datetime = Field(sa_type=_MOMENT)


class AccountCode(Base, table=True):
    """The one-time code of an address, both by hash; `asked` counts since `counted_from`."""

    __tablename__ = "account_code"

    address_hash: str = Field(primary_key=True)
    code_hash: str
    expires_at: datetime = Field(sa_type=_MOMENT)
    tries_left: int
    asked_at: datetime = Field(sa_type=_MOMENT)
    asked: int
    counted_from: datetime = Field(sa_type=_MOMENT)


class AccountSession(Base, table=True):
    """A signed-in person, by the token's hash."""

    __tablename__ = "account_session"
    __table_args__ = (Index("account_session_by_person", "person_id"),)

    token_hash: str = Field(primary_key=True)
    person_id: str
    made_at: datetime = Field(sa_type=_MOMENT)
    expires_at: datetime = Field(sa_type=_MOMENT)


_KEEP_CODE = """
INSERT INTO account_code AS c (address_hash, code_hash, expires_at, tries_left, asked_at, asked, counted_from)
VALUES ($1, $2, $3, $4, $5, 1, $5)
ON CONFLICT (address_hash) DO UPDATE SET code_hash = $2, expires_at = $3, tries_left = $4, asked_at = $5,
  asked = CASE WHEN c.counted_from <= $7 THEN 1 ELSE c.asked + 1 END,
  counted_from = CASE WHEN c.counted_from <= $7 THEN $5 ELSE c.counted_from END
WHERE c.asked_at <= $6 AND (c.counted_from <= $7 OR c.asked < $8)
RETURNING 1
"""
_TRY_CODE = """
UPDATE account_code SET tries_left = tries_left - 1
WHERE address_hash = $1 AND expires_at > $2 AND tries_left > 0 RETURNING code_hash
"""
_REFS = """
SELECT c.contact_ref FROM vault_identity i JOIN vault_contact c ON lower(btrim(c.email)) = i.address
WHERE i.person_id = $1 AND i.kind = 'email'
  AND NOT EXISTS (SELECT 1 FROM person_contact r WHERE r.contact_ref = c.contact_ref)
UNION SELECT c.contact_ref FROM vault_identity i
JOIN vault_contact c ON regexp_replace(c.phone, '\\D', '', 'g') = i.address
WHERE i.person_id = $1 AND i.kind = 'phone'
  AND NOT EXISTS (SELECT 1 FROM person_contact r WHERE r.contact_ref = c.contact_ref)
UNION SELECT contact_ref FROM person_contact WHERE person_id = $1
ORDER BY 1
"""
_OWNERS = """
SELECT coalesce(r.person_id, i.person_id) AS person_id FROM vault_contact c
LEFT JOIN person_contact r USING (contact_ref)
LEFT JOIN vault_identity i ON r.contact_ref IS NULL AND ((i.kind = 'email' AND i.address = lower(btrim(c.email)))
  OR (i.kind = 'phone' AND i.address = regexp_replace(c.phone, '\\D', '', 'g')))
WHERE c.contact_ref = $1 ORDER BY i.kind LIMIT 1
"""
_SEARCH = """
SELECT contact_ref FROM vault_contact WHERE lower(btrim(email)) = $1
UNION SELECT contact_ref FROM vault_contact WHERE regexp_replace(phone, '\\D', '', 'g') = $2
ORDER BY 1 LIMIT 100
"""


async def keep_code(tx: Transaction, hashes: tuple[str, str], expires_at: datetime, tries: int, most: int) -> bool:
    """Keep the code of an address (both by hash); False when it was asked for within a minute or too often an hour."""
    now = tx.now
    limits = (now - timedelta(minutes=1), now - timedelta(hours=1), most)
    return bool(await tx.sql(_KEEP_CODE, *hashes, expires_at, tries, now, *limits))


async def try_code(tx: Transaction, address_hash: str) -> str | None:
    """Use up one try; the hash of the code that is good now, if any."""
    rows = await tx.sql(_TRY_CODE, address_hash, tx.now)
    return str(rows[0]["code_hash"]) if rows else None


async def drop_code(tx: Transaction, address_hash: str) -> None:
    """Use a code up; the count of the hour stays."""
    await tx.sql("UPDATE account_code SET tries_left = 0 WHERE address_hash = $1", address_hash)


async def identity_owner(reads: Reads, address_hash: str) -> str | None:
    """Tell who proved an address."""
    rows = await reads.sql("SELECT person_id FROM vault_identity WHERE address_hash = $1", address_hash)
    return str(rows[0]["person_id"]) if rows else None


async def session_person(reads: Reads, token_hash: str, now: datetime) -> str | None:
    """Tell whose session this is, while it lasts."""
    text = "SELECT person_id FROM account_session WHERE token_hash = $1 AND expires_at > $2"
    rows = await reads.sql(text, token_hash, now)
    return str(rows[0]["person_id"]) if rows else None


async def end_session(tx: Transaction, token_hash: str) -> None:
    """Sign out; sessions that ran out go too."""
    await tx.sql("DELETE FROM account_session WHERE token_hash = $1 OR expires_at <= $2", token_hash, tx.now)


async def join_persons(tx: Transaction, other: str, person_id: str) -> None:
    """Give everything of one person to another."""
    for table in ("vault_identity", "person_contact", "account_session"):
        await tx.sql(f"UPDATE {table} SET person_id = $2 WHERE person_id = $1", other, person_id)
    await tx.sql("DELETE FROM vault_person WHERE person_id = $1", other)


async def person(reads: Reads, person_id: str) -> Row | None:
    """Read a person."""
    rows = await reads.sql("SELECT * FROM vault_person WHERE person_id = $1", person_id)
    return rows[0] if rows else None


async def identities(reads: Reads, person_id: str) -> list[Row]:
    """Read what a person proved."""
    text = "SELECT kind, address, proven_at FROM vault_identity WHERE person_id = $1 ORDER BY proven_at, address"
    return await reads.sql(text, person_id)


async def refs_of(reads: Reads, person_id: str) -> list[str]:
    """List the contacts that are this person's: by proven address, and by what staff ruled."""
    return [row["contact_ref"] for row in await reads.sql(_REFS, person_id)]


async def owner_of(reads: Reads, contact_ref: str) -> str | None:
    """Tell whose contact this is."""
    rows = await reads.sql(_OWNERS, contact_ref)
    return rows[0]["person_id"] if rows else None


async def find_contacts(reads: Reads, email: str | None, phone: str | None) -> list[str]:
    """Find contacts by a normalised address."""
    return [row["contact_ref"] for row in await reads.sql(_SEARCH, email, phone)]


async def contacts(reads: Reads, refs: Sequence[str]) -> list[Row]:
    """Read contacts from the vault."""
    return await reads.sql("SELECT * FROM vault_contact WHERE contact_ref = ANY($1::text[]) ORDER BY at", list(refs))


async def bump_versions(tx: Transaction, refs: Sequence[str]) -> list[Row]:
    """Count contacts' profiles one further, and read them."""
    text = "UPDATE vault_contact SET version = version + 1 WHERE contact_ref = ANY($1::text[]) RETURNING *"
    return await tx.sql(text, list(refs))


async def requests_by(reads: Reads, refs: Sequence[str], limit: int) -> list[Row]:
    """Read the requests of these contacts, newest first, each with its contact."""
    return await reads.sql(
        "SELECT r.*, w.contact_ref FROM vault_words w JOIN request r USING (request_id)"
        " WHERE w.contact_ref = ANY($1::text[]) ORDER BY r.opened_at DESC, r.request_id DESC LIMIT $2",
        list(refs), limit,
    )  # fmt: skip


async def messages_of(reads: Reads, request_ids: Sequence[UUID], limit: int) -> list[Row]:
    """Read the newest messages of these requests from the vault."""
    return await reads.sql(
        "SELECT request_id, sender, text, at FROM vault_message WHERE request_id = ANY($1::uuid[])"
        " ORDER BY at DESC LIMIT $2",
        list(request_ids), limit,
    )  # fmt: skip
