"""What Open311's doors do: take reports and updates under a key, keep keys, and list."""

from intake.handlers.open311.filing import Filing, file_reports
from intake.handlers.open311.keys import NewKey, check_key, list_keys, make_keys, new_key, revoke_keys
from intake.handlers.open311.lists import (
    Article,
    answer_question,
    last_day,
    list_articles,
    list_updates,
    list_wanted,
    number_of_token,
    write_rows,
)
from intake.handlers.open311.updating import file_updates

__all__ = [
    "Article",
    "Filing",
    "NewKey",
    "answer_question",
    "check_key",
    "file_reports",
    "file_updates",
    "last_day",
    "list_articles",
    "list_keys",
    "list_updates",
    "list_wanted",
    "make_keys",
    "new_key",
    "number_of_token",
    "revoke_keys",
    "write_rows",
]
