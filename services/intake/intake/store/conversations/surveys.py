"""Whom texts and calls may be asked by about a closing, as long as the invitation can be answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import DateTime, Index
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)


class VaultSurveyAsk(Base, table=True):
    """An invitation of somebody with a telephone, until it is answered or runs out."""

    __tablename__ = "vault_survey_ask"
    __table_args__ = (
        Index("vault_survey_ask_by_phone", "phone", "at"),
        Index("vault_survey_ask_by_time", "until"),
        {"info": {"erased_by": {"phone": "phone"}}},
    )

    invitation_id: UUID = Field(primary_key=True)
    request_id: UUID
    contact_ref: str
    phone: str
    channel: str
    at: datetime = Field(sa_type=_MOMENT)
    until: datetime = Field(sa_type=_MOMENT)
    questions: str = Field(default="", sa_column_kwargs={"server_default": ""})


_NEWEST: Final = """
SELECT a.invitation_id::text, a.request_id::text, a.contact_ref, a.channel, a.questions, r.language
FROM vault_survey_ask a JOIN request r USING (request_id) WHERE a.phone = $1 AND a.until > $2 AND r.substatus = 'closed'
ORDER BY a.at DESC LIMIT 1
"""


async def phones_of(reads: Reads, refs: Sequence[str]) -> dict[str, str]:
    """Read the telephones of contacts that have one."""
    text = "SELECT contact_ref, phone FROM vault_contact WHERE contact_ref = ANY($1::text[]) AND phone IS NOT NULL"
    return {row["contact_ref"]: row["phone"] for row in await reads.sql(text, refs)}


async def keep_asked(tx: Transaction, rows: Sequence[Row], now: datetime) -> None:
    """Keep whom to hear, and forget those whose invitations ran out."""
    if rows:
        await tx.insert(VaultSurveyAsk, rows, ignore=("invitation_id",))
        await tx.sql("DELETE FROM vault_survey_ask WHERE until < $1", now)


async def asked_by_phone(reads: Reads, phone: str, now: datetime) -> Row | None:
    """Find the newest invitation of a telephone whose request is closed still."""
    found = await reads.sql(_NEWEST, phone, now)
    return dict(found[0]) if found else None


async def forget_asked(tx: Transaction, invitation_ids: Sequence[UUID]) -> None:
    """Hear these no more: they were answered."""
    await tx.sql("DELETE FROM vault_survey_ask WHERE invitation_id = ANY($1::uuid[])", invitation_ids)
