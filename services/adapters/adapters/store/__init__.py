"""What adapters keeps: handovers, errands, what was heard, what waits for a person, and comparisons."""

from adapters.store.errands import (
    add_deliveries,
    deliveries_of,
    give_up,
    is_due,
    reopen_deliveries,
    save_outcomes,
    take_due,
)
from adapters.store.handovers import (
    Standing,
    Taken,
    Told,
    add_handovers,
    amend_handover,
    comparable,
    end_handovers,
    find_handovers,
    handovers,
    handovers_of,
    note_sent,
    note_standings,
    note_told,
    numbers_of,
)
from adapters.store.hearing import (
    add_code,
    add_exceptions,
    added_codes,
    count_exceptions,
    end_watch,
    exception,
    exceptions,
    heard_of,
    keep_news,
    known_news,
    reconciliations,
    resolve_alike,
    resolve_one,
    resolve_subject,
    save_reconciliation,
    set_aside,
    take_watch,
    waiting_news,
    want_reconciliation,
    wanted_reconciliations,
    watches,
)
from adapters.store.jobs import Job, note_work_orders, work_orders, work_orders_of
from adapters.store.retaining import RETAINS, retire_again
from adapters.store.tables import METADATA

__all__ = [
    "METADATA", "RETAINS", "Job", "Standing", "Taken", "Told", "add_code", "add_deliveries", "add_exceptions",
    "add_handovers", "added_codes", "amend_handover", "comparable", "count_exceptions", "deliveries_of",
    "end_handovers", "end_watch", "exception", "exceptions", "find_handovers", "give_up", "handovers",
    "handovers_of", "heard_of", "is_due", "keep_news", "known_news", "note_sent", "note_standings", "note_told",
    "note_work_orders", "numbers_of", "reconciliations", "reopen_deliveries", "resolve_alike", "resolve_one",
    "resolve_subject", "retire_again", "save_outcomes", "save_reconciliation", "set_aside", "take_due",
    "take_watch", "waiting_news", "want_reconciliation", "wanted_reconciliations", "watches", "work_orders",
    "work_orders_of",
]  # fmt: skip
