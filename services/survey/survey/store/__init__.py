"""What survey keeps: who was asked about which closing, what they answered, and their comments, which never travel."""

from survey.store.asking import (
    add_invitations,
    closings_asked_about,
    invitation,
    keep_reopenings,
    known_invitations,
    lock_requests,
    reopen_counts,
    set_sent,
    set_state,
    waiting_invitations,
    withdraw,
)
from survey.store.results import results
from survey.store.tables import METADATA, AnswerRow, Row
from survey.store.words import add_answers, comment, forget_contacts, forgotten

__all__ = [
    "METADATA",
    "AnswerRow",
    "Row",
    "add_answers",
    "add_invitations",
    "closings_asked_about",
    "comment",
    "forget_contacts",
    "forgotten",
    "invitation",
    "keep_reopenings",
    "known_invitations",
    "lock_requests",
    "reopen_counts",
    "results",
    "set_sent",
    "set_state",
    "waiting_invitations",
    "withdraw",
]
