"""Load facts, decide, save and publish: everything routing does."""

from routing.handlers.desk import resolve_triage
from routing.handlers.life import (
    assign_new_requests,
    follow_closings,
    follow_reopenings,
    follow_updates,
    hand_back_refusals,
    pass_on_escalations,
)
from routing.handlers.occasions import Office

__all__ = [
    "Office",
    "assign_new_requests",
    "follow_closings",
    "follow_reopenings",
    "follow_updates",
    "hand_back_refusals",
    "pass_on_escalations",
    "resolve_triage",
]
