"""People with an account, and what staff do for them."""

from intake.handlers.people.accounts import (
    AskedCode,
    Proof,
    ask_codes,
    code_wanted,
    end_sessions,
    open_sessions,
    send_code,
)
from intake.handlers.people.erasing import Erasure, erase_people
from intake.handlers.people.history import find_people, show_person
from intake.handlers.people.linking import Ruled, rule_contacts
from intake.handlers.people.me import (
    change_choices,
    feedback_link,
    list_own_requests,
    reporter_of,
    show_me,
    signed_in,
)

__all__ = [
    "AskedCode",
    "Erasure",
    "Proof",
    "Ruled",
    "ask_codes",
    "change_choices",
    "code_wanted",
    "end_sessions",
    "erase_people",
    "feedback_link",
    "find_people",
    "list_own_requests",
    "open_sessions",
    "reporter_of",
    "rule_contacts",
    "send_code",
    "show_me",
    "show_person",
    "signed_in",
]
