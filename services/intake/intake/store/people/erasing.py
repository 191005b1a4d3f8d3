"""Erasure: every table that knows a person says by which columns, so that none can be forgotten.

A table whose name begins with `vault_` takes part by itself, by each of its columns that is named as a kind; one with
other columns names them, or what SQL finds in them, in its table's `info`, for example
`{"info": {"erased_by": {"caller": "phone"}}}`: rows whose `caller` holds one of the person's telephone numbers go.
Kinds are contact_ref, request_id, person_id, reference (of a conversation), thread_ref (of a social thread), contact_id
(of a contact with the center), email, phone and address_hash; addresses are compared as they are normalised.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Table

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.tables import METADATA

Known = Mapping[str, Sequence[str] | Sequence[UUID]]
"""What is known of a person, by kind."""

_BY_NAME: Final = ("contact_ref", "request_id", "person_id", "reference", "thread_ref", "contact_id")
_ALSO: Final[Mapping[str, Mapping[str, str]]] = {
    "person_contact": {"contact_ref": "contact_ref", "person_id": "person_id"},
    "account_session": {"person_id": "person_id"},
    "account_code": {"address_hash": "address_hash"},
    "vault_held_letter": {"sender": "email"},
    "unverified_place": {"request_id": "request_id"},
}
_WHERE: Final = {
    "contact_ref": "{} = ANY($1::text[])",
    "request_id": "{} = ANY($1::uuid[])",
    "person_id": "{} = ANY($1::text[])",
    "reference": "{} = ANY($1::text[])",
    "thread_ref": "{} = ANY($1::text[])",
    "contact_id": "{} = ANY($1::uuid[])",
    "address_hash": "{} = ANY($1::text[])",
    "email": "lower(btrim({})) = ANY($1::text[])",
    "phone": r"regexp_replace({}, '\D', '', 'g') = ANY($1::text[])",
}
_OF_REFS = "SELECT request_id FROM vault_words WHERE contact_ref = ANY($1::text[]) ORDER BY request_id"
_FOLLOWED = """
SELECT request_id FROM request WHERE followers IS NOT NULL AND string_to_array(followers, ' ') && $1::text[]
"""
_NUMBERS = """
SELECT request_id, array_agg(external_id ORDER BY external_id) AS numbers FROM external_id
WHERE request_id = ANY($1::uuid[]) GROUP BY request_id
"""
_UNFOLLOW = """
UPDATE request SET followers = nullif(array_to_string(ARRAY(SELECT ref
  FROM unnest(string_to_array(followers, ' ')) WITH ORDINALITY AS g(ref, place)
  WHERE ref <> ALL($1::text[]) ORDER BY place), ' '), '')
WHERE followers IS NOT NULL AND string_to_array(followers, ' ') && $1::text[]
"""
_TALKS = r"""
SELECT reference FROM vault_conversation
  WHERE request_id = ANY($1::uuid[]) OR regexp_replace(phone, '\D', '', 'g') = ANY($2::text[])
UNION SELECT reference FROM vault_telephone WHERE regexp_replace(phone, '\D', '', 'g') = ANY($2::text[])
UNION SELECT reference FROM vault_live_queue WHERE regexp_replace(phone, '\D', '', 'g') = ANY($2::text[])
"""
_THREADS = """
SELECT DISTINCT t.thread_ref FROM vault_social_thread own JOIN vault_social_thread t USING (provider, author_id)
WHERE own.request_id = ANY($1::uuid[]) OR own.thread_ref IN (
  SELECT thread_ref FROM vault_social_reply WHERE request_id = ANY($1::uuid[]))
"""
_CONTACTS = """
SELECT contact_id FROM desk_contact WHERE draft = ANY($2::text[])
  OR (numbers <> '' AND string_to_array(numbers, ' ') && ($1::uuid[])::text[])
UNION SELECT queue_id FROM vault_live_queue WHERE reference = ANY($2::text[])
"""


def erased_by(table: Table) -> Mapping[str, str]:
    """Tell by which columns, of which kind, a person's rows of this table are found; empty for what knows nobody."""
    declared: Mapping[str, str] = table.info.get("erased_by", {}) or _ALSO.get(table.name, {})
    if not table.name.startswith("vault_"):
        return declared
    return {name: name for name in _BY_NAME if name in table.columns} | dict(declared)


async def requests_of_contacts(reads: Reads, refs: Sequence[str]) -> list[UUID]:
    """List the requests these contacts made."""
    return [row["request_id"] for row in await reads.sql(_OF_REFS, list(refs))]


async def ties_of(reads: Reads, request_ids: Sequence[UUID], phones: Sequence[str]) -> Known:
    """Find what hangs on these requests and telephones: conversations, social threads, contacts with the center."""
    talks = [row["reference"] for row in await reads.sql(_TALKS, list(request_ids), list(phones))]
    threads = [row["thread_ref"] for row in await reads.sql(_THREADS, list(request_ids))]
    contacts = [row["contact_id"] for row in await reads.sql(_CONTACTS, list(request_ids), talks)]
    return {"reference": talks, "thread_ref": threads, "contact_id": contacts}


async def followed_by(reads: Reads, refs: Sequence[str]) -> list[UUID]:
    """List the requests that these contacts follow without one of their own."""
    return [row["request_id"] for row in await reads.sql(_FOLLOWED, list(refs))]


async def numbers_elsewhere(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, list[str]]:
    """Read by which numbers other systems know these requests."""
    rows = await reads.sql(_NUMBERS, list(request_ids))
    return {row["request_id"]: row["numbers"] for row in rows}


async def unfollow(tx: Transaction, refs: Sequence[str]) -> None:
    """Take contacts out of whom the requests tell that they follow."""
    await tx.sql(_UNFOLLOW, list(refs))


async def forget(tx: Transaction, known: Known) -> int:
    """Delete a person's rows everywhere; returns how many."""
    gone = 0
    for table in METADATA.sorted_tables:
        for column, kind in erased_by(table).items():
            if known.get(kind):
                text = f"DELETE FROM {table.name} WHERE {_WHERE[kind].format(column)} RETURNING 1"
                gone += len(await tx.sql(text, list(known[kind])))
    return gone


async def blank_requests(tx: Transaction, answers: Mapping[UUID, Mapping[str, object]]) -> None:
    """Leave requests without words: only those answers that were chosen, not written."""
    text = "UPDATE request SET description = '', attributes = $2 WHERE request_id = $1"
    for request_id, kept in answers.items():
        await tx.sql(text, request_id, dict(kept))


async def addresses_of(reads: Reads, refs: Sequence[str]) -> list[Row]:
    """Read the normalised addresses of contacts."""
    return await reads.sql(
        r"SELECT lower(btrim(email)) AS email, regexp_replace(phone, '\D', '', 'g') AS phone FROM vault_contact"
        " WHERE contact_ref = ANY($1::text[])",
        list(refs),
    )
