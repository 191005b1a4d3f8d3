"""Which mail addresses may be spoken to."""

import re
from typing import Final

_MAILBOX: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_ANY_MAILBOX: Final = re.compile(r"\S+@\S+")
DETAIL_LENGTH: Final = 200


def is_mailbox(address: str) -> bool:
    r"""Tell whether a text is one plain mail address and nothing else, least of all a second header line.

    >>> is_mailbox("ana@example.org"), is_mailbox("ana@example.org\nBcc: eve@example.org"), is_mailbox("a@b)c@d")
    (True, False, False)
    """
    return _MAILBOX.fullmatch(address) is not None


def without_addresses(detail: str) -> str:
    """Keep a provider's words, without anybody's address.

    >>> without_addresses("550 <ana@example.org>: no such user")
    '550 (address): no such user'
    """
    return _ANY_MAILBOX.sub(lambda found: "(address)" + ":" * found[0].endswith(":"), detail)[:DETAIL_LENGTH]
