"""What may not travel on the log: originals from the vault for the agency at work, every read audited."""

from collections.abc import Sequence

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, not_found
from chassis.principals import may
from chassis.records import Command
from chassis.transaction import Transaction
from intake import store
from intake.domain.policy import POLICY
from intake.handlers.residents import Asked


async def read_details(tx: Transaction, commands: Sequence[Command[Asked]]) -> list[Reply | Problem]:
    """Show originals to an agency with a running assignment."""
    return [await _read(tx, command) for command in commands]


async def _read(tx: Transaction, command: Command[Asked]) -> Reply | Problem:
    request_id, principal = command.payload.request_id, command.principal
    parts = (await store.assignments_of(tx, [request_id])).get(request_id, [])
    working = {part["agency"] for part in parts if not part["ended"]}
    own = principal.agency if principal.agency in working else None
    if not may(POLICY, principal, "request.read_details", agency=own):
        return forbidden("request.read_details", principal.role)
    row = await store.show_request(tx, request_id)
    if row is None:
        return not_found("request")
    kept = await store.details_of(tx, request_id)
    tx.audit(principal, "request.read_details", str(request_id), {"contact": bool(kept["contact"])})
    return Reply(
        200,
        {
            "request_id": str(request_id),
            "tracking_number": row["tracking_number"],
            "description": kept["description"] or row["description"],
            "attributes": row["attributes"] | kept["attributes"],
            "address": row["address"],
            "contact": kept["contact"],
            "messages": kept["messages"],
        },
    )
