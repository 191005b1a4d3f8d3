"""Intake's tables and queries."""

from intake.store.requests import (
    Search,
    articles,
    assignments_of,
    disputes_of,
    forecasts_of,
    list_disputes,
    list_requests,
    lock_disputes,
    lock_requests,
    promises_of,
    reports_known,
    request_ids_of,
    service_articles,
    show_request,
    submitted,
    timeline_of,
    waiting_reports,
)
from intake.store.tables import (
    METADATA,
    Article,
    Assignment,
    Dispute,
    ExternalId,
    Forecast,
    Promise,
    Report,
    Request,
    Submission,
    TimelineEntry,
)
from intake.store.vault import VaultContact, VaultMessage, VaultWords, details_of, known_contacts, names_of

__all__ = [
    "METADATA", "Article", "Assignment", "Dispute", "ExternalId", "Forecast", "Promise", "Report", "Request", "Search",
    "Submission", "TimelineEntry", "VaultContact", "VaultMessage", "VaultWords", "articles", "assignments_of",
    "details_of", "disputes_of", "forecasts_of", "known_contacts", "list_disputes", "list_requests", "lock_disputes",
    "lock_requests", "names_of", "promises_of", "reports_known", "request_ids_of", "service_articles", "show_request",
    "submitted", "timeline_of", "waiting_reports",
]  # fmt: skip
