"""Intake's tables and queries."""

from intake.store.requests import (
    articles,
    assignments_of,
    forecasts_of,
    list_requests,
    lock_requests,
    promises_of,
    request_ids_of,
    show_request,
    submitted,
    timeline_of,
    waiting_reports,
)
from intake.store.requests import disputes_of, list_disputes, lock_disputes, reports_known, service_articles
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
