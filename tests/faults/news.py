"""What residents must be told, worked out from the log's own bytes without asking how notify does it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from faults.evidence import Evidence

Line = tuple[str, str, str]
"""Request, transition, contact."""
Data = Mapping[str, Any]
_TELLING_CAUSES: Final = frozenset({"rule", "reading", "triage", "additional", "referral"})
_TELLING_SUBSTATUSES: Final = frozenset({"scheduled", "in_progress"})


def _assigned(data: Data) -> str:
    return f"assigned:{data['assignment_id']}" if data.get("cause") in _TELLING_CAUSES else ""


def _updated(data: Data) -> str:
    change = data["change"]
    if change["kind"] == "message":
        return "" if change.get("sender") == "resident" else f"message:{change['message_ref']}"
    told = {
        "substatus": change.get("substatus") in _TELLING_SUBSTATUSES,
        "referral": not change.get("to_agency"),
    }
    return f"updated:{data['sequence']}" if told.get(change["kind"]) else ""


_NAMES: Final[Mapping[str, Callable[[Data], str]]] = {
    "request.created": lambda _: "created",
    "request.assigned": _assigned,
    "request.updated": _updated,
    "request.closed": lambda data: f"closed:{data['closure_id']}",
    "request.reopened": lambda data: f"reopened:{data['closure_id']}",
    "survey.invited": lambda data: f"survey:{data['invitation_id']}",
}
"""Topic -> how the change in a record is named; empty when nobody is told of it."""
KINDS: Final = frozenset({"created", "assigned", "updated", "message", "closed", "reopened", "survey", "promised"})
"""The first words of the transitions that are recomputed here; escalations take days and are left out."""


def news(evidence: Evidence) -> Iterator[Line]:
    """Work out everything that must be told, and to whom."""
    for topic, named in _NAMES.items():
        for one in evidence.firsts(topic):
            if name := named(one.data):
                yield from ((one.request_id, name, ref) for ref in _people(topic, one.data))
    yield from _promises(evidence)


def _people(topic: str, data: Data) -> tuple[str, ...]:
    return (data["contact_ref"],) if topic == "survey.invited" else tuple(data["about"].get("contact_refs", ()))


def _promises(evidence: Evidence) -> Iterator[Line]:
    """Tell a first promise, and a revised one only when it reads otherwise than what was told before."""
    for request, seen in evidence.of_requests("request.promised").items():
        told: Data | None = None
        for one in seen:
            if one.data["revision"] == 1 or one.data["words"] != told:
                told = one.data["words"]
                name = f"promised:{one.data['revision']}"
                yield from ((request, name, ref) for ref in _people("request.promised", one.data))
