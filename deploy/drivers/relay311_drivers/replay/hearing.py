"""Follows what the platform publishes about the imported requests, and notes it in the ledger."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from contracts.event import Envelope
from relay311_drivers.log import Heard
from relay311_drivers.replay.ledger import Assigned, Ledger

Said: TypeAlias = Mapping[str, Any]

TOPICS: Final = (
    "request.assigned", "request.promised", "request.updated", "request.closed", "notification.settled",
)  # fmt: skip

_LAST_WORDS: Final = frozenset({"closed", "cancelled"})


def note(ledger: Ledger, events: Iterable[Heard]) -> int:
    """Sort events of imported history into the ledger; tell how many there were."""
    sorted_by: dict[str, list[Said]] = {topic: [] for topic in TOPICS}
    for topic, envelope in events:
        if is_imported(envelope):
            sorted_by[topic].append(envelope.data)
    for topic, said in sorted_by.items():
        if said:
            _NOTED[topic](ledger, said)
    return sum(map(len, sorted_by.values()))


def is_imported(envelope: Envelope) -> bool:
    """Tell whether an event belongs to a request that lives by its own time."""
    about: Any = envelope.data.get("about") or {}
    return envelope.clock == "event" or about.get("clock") == "event"


def _assigned(ledger: Ledger, said: list[Said]) -> None:
    ledger.assigned(
        [Assigned(e["assignment_id"], e["request_id"], e["agency"], e["sequence"], e.get("replaces")) for e in said]
    )


def _updated(ledger: Ledger, said: list[Said]) -> None:
    ledger.heard("referred", (e["request_id"] for e in said if e["change"]["kind"] == "referral"))


def _settled(ledger: Ledger, said: list[Said]) -> None:
    ledger.messages((e["intent_id"], e["request_id"]) for e in said)
    ledger.heard("told", (e["request_id"] for e in said if e["moment"] in _LAST_WORDS))


_NOTED: Final[Mapping[str, Callable[[Ledger, list[Said]], None]]] = {
    "request.assigned": _assigned,
    "request.promised": lambda ledger, said: ledger.heard("promised", (e["request_id"] for e in said)),
    "request.updated": _updated,
    "request.closed": lambda ledger, said: ledger.heard("closed", (e["request_id"] for e in said)),
    "notification.settled": _settled,
}
