"""What intake does: load facts, decide, save and publish."""

from intake.handlers.desk import Desk
from intake.handlers.details import read_details
from intake.handlers.disputes import Ruling, follow_survey_answers, rule_disputes, take_disputes
from intake.handlers.following import (
    follow_articles,
    follow_assignments,
    follow_forecasts,
    follow_notifications,
    follow_promises,
)
from intake.handlers.reporting import WAITING, refuse_waiting, take_agency_reports
from intake.handlers.residents import Asked, cancel_requests, send_messages
from intake.handlers.taking import take_new_requests, take_submissions
from intake.handlers.views import find_request, list_disputes, list_requests, read_cursor, show_catalog, show_request

__all__ = [
    "WAITING",
    "Asked",
    "Desk",
    "Ruling",
    "cancel_requests",
    "find_request",
    "follow_articles",
    "follow_assignments",
    "follow_forecasts",
    "follow_notifications",
    "follow_promises",
    "follow_survey_answers",
    "list_disputes",
    "list_requests",
    "read_cursor",
    "read_details",
    "refuse_waiting",
    "rule_disputes",
    "send_messages",
    "show_catalog",
    "show_request",
    "take_agency_reports",
    "take_disputes",
    "take_new_requests",
    "take_submissions",
]  # fmt: skip
