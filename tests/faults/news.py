"""What residents must be told, worked out from the log's own bytes without asking how notify does it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from faults.evidence import Evidence

Line = tuple[str, str, str]
"""Request, transition, contact."""
Data = Mapping[str, Any]
_TELLING_CAUSES: Final = frozenset({"rule", "reading", "triage", "additional", "referral"})
_TELLING_SUBSTATUSES: Final = frozenset({"scheduled", "in_progress", "on_hold"})


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
    """Tell a first promise, and a revised one when it reads otherwise than the one before, or work goes on again.

    That work waits, and the day that an agency has set, are told with the step that does it.
    """
    for request, seen in evidence.of_requests("request.promised").items():
        before: object = None
        for one in sorted(seen, key=lambda one: one.data["revision"]):
            data = one.data
            said = data["words"], data.get("deadline_at") or data.get("due_at")
            if data.get("reason") not in {"paused", "scheduled"} and (
                said != before or data.get("reason") == "resumed"
            ):
                name = f"promised:{data['revision']}"
                yield from ((request, name, ref) for ref in _people("request.promised", data))
            before = said


def replaced(line: Line, there: Collection[Line]) -> bool:
    """Tell whether a promise went untold because a newer one was told in its place before it was sent."""
    request, name, ref = line
    kind, _, revision = name.partition(":")
    return kind == "promised" and any(
        (who, to) == (request, ref) and other.partition(":")[0] == kind and int(other.partition(":")[2]) > int(revision)
        for who, other, to in there
    )
