"""What a rebuild does with each table: made anew from the log, or kept because the log does not have it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from chassis.consuming import Subscription
from chassis.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Derived:
    """Made anew from the log.

    `rows` is the SQL condition of the rows that come from the log; others stay as they are. A table that is not
    `emptied` keeps its rows, because some columns of theirs are not on the log; those that are missing come back
    without them. `carried` names columns that are not on the log and are taken over by the primary key where they held
    something. `without` names the columns that are not compared, and why; `uncompared` says why none is.
    """

    rows: str = "true"
    emptied: bool = True
    carried: tuple[str, ...] = ()
    without: Mapping[str, str] = field(default_factory=dict)
    uncompared: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """Left as it is; `why` says what the log does not have."""

    why: str


Fate: TypeAlias = Derived | Kept

CHASSIS_DUE: Final = Derived(
    without={
        "payload": "facts of whichever event set the timer last",
        "traceparent": "the trace of whichever event set the timer last",
    }
)
"""Timers come back with the events that set them; a service whose timers also come from elsewhere says which."""

CHASSIS: Final[Mapping[str, Fate]] = {
    "platform": Kept("which cluster the database belongs to"),
    "consumer_offset": Kept("written at the end: the service goes on where it had been"),
    "outbox": Kept("sent to the log before the rebuild begins, so that it is empty"),
    "parked": Kept("what was parked stays parked, with the operators' marks"),
    "idempotency": Kept("answers to callers' keys are never published"),
    "audit": Kept("who did what is noted here alone"),
    "inbox": Derived(uncompared="old months are given up by retention while the log still has them"),
    "inbox_before": Derived(uncompared="emptied: what is read again is noted in the months"),
    "due": CHASSIS_DUE,
}
"""The fate of the tables that every service has."""


@dataclass(frozen=True)
class Rebuild:
    """How one service is rebuilt: the fate of its own tables, and what it does with each event, its own included.

    `restores` are all the handlers of a rebuild, in the order in which events of one moment are applied. An event type
    that the service consumes live but does not name here is noted as seen and otherwise passed over. `finish` runs once
    at the end, for what follows from the whole.
    """

    tables: Mapping[str, Fate]
    restores: tuple[Subscription, ...] = ()
    finish: Callable[[Transaction], Awaitable[None]] | None = None

    @property
    def fates(self) -> Mapping[str, Fate]:
        """The fate of every table."""
        return {**CHASSIS, **self.tables}

    @property
    def derived(self) -> Mapping[str, Derived]:
        """The tables made anew."""
        return {name: fate for name, fate in self.fates.items() if isinstance(fate, Derived)}
