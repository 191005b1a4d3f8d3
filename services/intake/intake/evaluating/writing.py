"""Addresses as people write them: worse than a city's own file does."""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final

_DIRECTION: Final = re.compile(r"^(\S+ (?:\d/\d )?)[NSEW] ")


def misspelt(address: str) -> str:
    """Leave out, change or double one letter behind the first third, always the same one.

    >>> misspelt("120 N OAK AVE, 90001") == misspelt("120 N OAK AVE, 90001") != "120 N OAK AVE, 90001"
    True
    """
    head, comma, tail = address.partition(",")
    letters = [place for place, letter in enumerate(head) if letter.isalpha() and place > len(head) // 3]
    if not letters:
        return address
    chance = int.from_bytes(blake2b(address.encode(), digest_size=4).digest(), "big")
    place = letters[chance % len(letters)]
    wrong = ("", "QXZJ"[chance % 4], head[place] * 2)[chance // 7 % 3]
    return head[:place] + wrong + head[place + 1 :] + comma + tail


def shortened(address: str) -> str:
    """Leave out direction and postcode, in small letters.

    >>> shortened("120 N OAK AVE, 90001")
    '120 oak ave'
    """
    return _DIRECTION.sub(r"\1", address.split(",", maxsplit=1)[0]).lower()


WRITING: Final[Mapping[str, Callable[[str], str]]] = {"told": str, "misspelt": misspelt, "short": shortened}
"""Ways of writing an address by name; `told` is as the file has it."""
