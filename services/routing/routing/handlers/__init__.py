"""Load facts, decide, save and publish: everything routing does."""

from routing.handlers.desk import resolve_triage
from routing.handlers.life import (
    assign_new_requests,
    follow_closings,
    follow_reopenings,
    follow_updates,
    hand_back_refusals,
    pass_on_escalations,
    pass_on_praise,
)
from routing.handlers.noticing import Addresses
from routing.handlers.occasions import Office
from routing.handlers.reading import Reader, put_to_use

__all__ = [
    "Addresses",
    "Office",
    "Reader",
    "assign_new_requests",
    "follow_closings",
    "follow_reopenings",
    "follow_updates",
    "hand_back_refusals",
    "pass_on_escalations",
    "pass_on_praise",
    "put_to_use",
    "resolve_triage",
]
