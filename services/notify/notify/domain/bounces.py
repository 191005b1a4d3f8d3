"""Refusals that say an address is dead."""

import re
from typing import Final

_ENHANCED: Final = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_DEAD_SUBJECTS: Final = frozenset({"1"})
"""Subjects of enhanced codes (RFC 3463) that are about the address; 2 is the mailbox, which may be full or off."""
_DEAD_MAILBOX: Final = ("2", "1")
_DEAD_CODES: Final = frozenset({550, 551, 553})


def is_dead(code: int, said: str) -> bool:
    """Tell whether a server's refusal says that the address is dead, not that it dislikes the mail.

    >>> is_dead(550, "5.1.1 no such user"), is_dead(550, "no such user"), is_dead(550, "5.7.1 looks like spam")
    (True, True, False)
    >>> is_dead(552, "5.2.2 mailbox full"), is_dead(450, "4.2.1 later")
    (False, False)
    """
    enhanced = _ENHANCED.search(said)
    if enhanced:
        return enhanced[1] in _DEAD_SUBJECTS or enhanced.groups() == _DEAD_MAILBOX
    return code in _DEAD_CODES
