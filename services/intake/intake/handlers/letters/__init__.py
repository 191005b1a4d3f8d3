"""E-mail: a letter becomes a request or joins one, once for every Message-ID; what is doubtful waits for a person."""

from intake.handlers.letters.held import decide_letter, list_held_letters
from intake.handlers.letters.receiving import Post, receive_letter, target_of

__all__ = ["Post", "decide_letter", "list_held_letters", "receive_letter", "target_of"]
