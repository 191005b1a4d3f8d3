"""What everybody may see of a request: only what is listed here leaves the service."""

from collections.abc import Mapping
from typing import Any, Final

PUBLIC_FIELDS: Final = (
    "request_id", "tracking_number", "service_code", "service_name", "status", "substatus", "substatus_name",
    "description", "photos", "address", "latitude", "longitude", "area", "place_verified", "place_method", "asset_id",
    "setting", "attributes", "channel", "opened_at", "updated_at", "agencies", "due_at", "deadline_at", "expected_at",
    "earliest_at", "latest_at", "forecast", "basis", "closure_id", "closed_at", "disposition", "disposition_name",
    "explanation", "evidence", "visible_from", "reopen_count", "parent_request_id", "parent_number", "recurrence_of",
    "external_ids", "started_at", "ended_at", "segments", "durations", "timeline",
)  # fmt: skip
"""Fields of the public view. A new column stays private until it is named here."""

PUBLIC_TIMELINE: Final[Mapping[str, tuple[str, ...]]] = {
    "created": ("channel",),
    "assigned": ("agency", "cause", "reason"),
    "promised": ("due_at", "deadline_at", "expected_at", "words", "reason"),
    "substatus": ("substatus", "agency", "scheduled_for", "reason"),
    "verification": ("state", "agency", "verifier", "reason"),
    "note": ("agency", "text"),
    "referral": ("from_agency", "to_agency", "reason", "explanation"),
    "clock_paused": ("reason",),
    "clock_resumed": (),
    "message": ("sender", "agency", "text", "needs_answer"),
    "photos": (),
    "photo_refused": ("reason",),
    "amended": ("place",),
    "service_corrected": ("before", "service_code"),
    "appointment": ("state", "starts_at", "ends_at"),
    "cancelled": (),
    "duplicate": ("parent_request_id",),
    "duplicate_unlinked": ("parent_request_id",),
    "closed": (
        "disposition", "explanation", "evidence", "closed_by", "confirmed_by", "agencies", "closure_id", "visible_from",
    ),
    "disputed": ("decision",),
    "reopened": ("reopen_count", "decided_by", "closure_id"),
    "dispute_declined": ("reason",),
    "notified": ("moment", "channel", "outcome"),
    "survey_answered": (),
}  # fmt: skip
"""What the public timeline shows of each kind of entry; a kind that is not listed is not shown."""


def public_view(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the fields that everybody may see, and leave out what is empty.

    >>> public_view({"tracking_number": "AB", "contact_refs": ["c1"], "closed_at": None})
    {'tracking_number': 'AB'}
    """
    return {name: facts[name] for name in PUBLIC_FIELDS if facts.get(name) not in (None, {}, [], "")}


def public_entry(kind: str, at: object, detail: Mapping[str, Any]) -> dict[str, Any] | None:
    """Show one entry of the timeline, or None when its kind is not public.

    >>> public_entry("notified", "now", {"moment": "closed", "contact_ref": "c1"})
    {'kind': 'notified', 'at': 'now', 'moment': 'closed'}
    >>> public_entry("secret", "now", {}) is None
    True
    """
    shown = PUBLIC_TIMELINE.get(kind)
    if shown is None:
        return None
    kept = {name: detail[name] for name in shown if detail.get(name) not in (None, {}, [], "")}
    return {"kind": kind, "at": at, **kept}
