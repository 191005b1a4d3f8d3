"""What may not travel on the log: originals from the vault for the agency at work, every read audited."""

from uuid import UUID

from chassis.errors import forbidden, not_found
from chassis.principals import Principal, may
from chassis.transaction import Transaction
from intake import store
from intake.domain.policy import POLICY
from intake.handlers.desk import Facts


async def read_details(tx: Transaction, request_id: UUID, principal: Principal) -> Facts:
    """Show originals to an agency with a running assignment. No command: what a command answers is kept.

    Raises a 403 problem for everybody else.
    """
    parts = (await store.assignments_of(tx, [request_id])).get(request_id, [])
    working = {part["agency"] for part in parts if not part["ended"]}
    own = principal.agency if principal.agency in working else None
    if not may(POLICY, principal, "request.read_details", agency=own):
        raise forbidden("request.read_details", principal.role)
    row = await store.show_request(tx, request_id)
    if row is None:
        raise not_found("request")
    kept = await store.details_of(tx, request_id)
    tx.audit(principal, "request.read_details", str(request_id), {"contact": bool(kept["contact"])})
    return {
        "request_id": str(request_id),
        "tracking_number": row["tracking_number"],
        "description": kept["description"] or row["description"],
        "attributes": row["attributes"] | kept["attributes"],
        "address": row["address"],
        "contact": kept["contact"],
        "messages": kept["messages"],
    }
