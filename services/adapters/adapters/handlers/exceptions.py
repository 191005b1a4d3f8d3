"""Putting what could not be translated or placed where people see it."""

from typing import Any

from chassis.ids import derived_uuid
from chassis.transaction import Transaction


def exception_row(
    tx: Transaction, agency: str, direction: str, kind: str, code: str, detail: str, subject: str = "", **more: Any
) -> dict[str, Any]:
    """Write an exception down; the same subject and code make one, however often they are met."""
    return {
        "exception_id": derived_uuid("exception", agency, direction, kind, code, subject),
        "agency": agency,
        "direction": direction,
        "kind": kind,
        "code": code[:200],
        "detail": detail,
        "subject": subject,
        "reference": more.get("reference"),
        "made_at": tx.now,
    }
