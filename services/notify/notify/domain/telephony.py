"""What a telephone provider says afterwards of a text, judged."""

from typing import Final

from notify.domain.returns import Kind

_FAILED: Final = frozenset({"undelivered", "failed"})
_DEAD: Final = frozenset({21211, 21214, 21217, 21614, 30005, 30006})
"""Codes of a number that is none, is unknown, or takes no texts."""
_STOPPED: Final = frozenset({21610})
"""The number's owner has said STOP."""


def kind_of(status: str, code: str) -> Kind | None:
    """Judge what became of a text; None when nothing came back.

    >>> kind_of("undelivered", "30005").value, kind_of("undelivered", "30003").value, kind_of("failed", "21610").value
    ('hard', 'soft', 'complaint')
    >>> kind_of("delivered", "") is None, kind_of("undelivered", "none").value
    (True, 'soft')
    """
    if status not in _FAILED:
        return None
    number = int(code[:9]) if code.isascii() and code.isdigit() else 0
    return Kind.HARD if number in _DEAD else Kind.COMPLAINT if number in _STOPPED else Kind.SOFT
