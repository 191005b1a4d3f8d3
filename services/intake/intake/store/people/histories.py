"""What a person said and whom they spoke with, beside their requests: conversations, and contacts with the center."""

from collections.abc import Sequence
from typing import Final

from chassis.sql import Row
from chassis.transaction import Reads

_TALKS: Final = """
SELECT reference, channel, talk->>'language' AS language, request_id, at FROM vault_conversation
WHERE reference = ANY($1::text[]) ORDER BY at DESC, reference LIMIT $2
"""
_LEGS: Final = r"""
SELECT c.contact_id, c.channel, c.direction, c.state, c.language, c.agent, c.started_at, c.ended_at, c.article_id,
  c.helped, c.destination, c.reason, n.notes
FROM desk_contact c LEFT JOIN vault_contact_note n USING (contact_id)
WHERE c.contact_id = ANY($1::uuid[])
  OR c.contact_id IN (SELECT contact_id FROM vault_contact_note
    WHERE regexp_replace(phone, '\D', '', 'g') = ANY($2::text[]))
ORDER BY c.started_at DESC, c.contact_id LIMIT $3
"""


async def talks(reads: Reads, references: Sequence[object], limit: int) -> list[Row]:
    """Read the newest conversations; what was said is read of each by itself."""
    return await reads.sql(_TALKS, list(references), limit)


async def contacts_with_agents(
    reads: Reads, contact_ids: Sequence[object], phones: Sequence[str], limit: int
) -> list[Row]:
    """Read the newest contacts with the center: those about these requests, and those of these telephones."""
    return await reads.sql(_LEGS, list(contact_ids), list(phones), limit)
