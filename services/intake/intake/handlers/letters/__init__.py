"""E-mail: a letter becomes a request, joins one or is answered, once for each Message-ID; the doubtful waits."""

from intake.handlers.letters.answering import LetterAnswers
from intake.handlers.letters.held import decide_letter, list_held_letters
from intake.handlers.letters.receiving import Post, receive_letter, target_of

__all__ = ["LetterAnswers", "Post", "decide_letter", "list_held_letters", "receive_letter", "target_of"]
