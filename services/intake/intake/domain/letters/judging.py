"""What becomes of a mail before anybody reads it: ignored, refused, held for a person, or taken."""

import re
from enum import StrEnum
from typing import Final

from intake.domain.letters.reading import Letter

MOST_HOPS: Final = 30
"""Servers a mail has passed; more is a loop."""
MOST_AN_HOUR: Final = 20
"""Reports that one sender makes by mail in an hour; more are held for a person."""
REFUSED, HELD = 5, 3
"""Marks from which a mail is refused, or held for a person."""
_LISTS: Final = ("list-id", "list-unsubscribe", "list-post", "list-help", "list-owner", "list-subscribe")
_ROBOTS: Final = ("x-autoreply", "x-autorespond", "x-auto-response-suppress", "x-failed-recipients", "feedback-id")
_LINK: Final = re.compile(r"https?://", re.IGNORECASE)
_OFFERS: Final = re.compile(
    r"\b(?:viagra|cialis|casino|crypto(?:currency)? (?:investment|profits?)|bitcoin (?:investment|profits?)|lottery"
    r"|seo services|backlinks|payday loan|work from home|100% free|click here now|wire transfer|inheritance"
    r"|you have won|ha ganado|lotería|préstamo inmediato|dinero fácil|haga clic aquí)\b",
    re.IGNORECASE,
)
_TEST: Final = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"  # what every spam filter refuses


class Fate(StrEnum):
    """What becomes of a mail."""

    IGNORED = "ignored"
    REFUSED = "refused"
    HELD = "held"
    TAKEN = "taken"


def _is_automatic(letter: Letter, return_path: str, own_domain: str) -> bool:
    """Tell whether a machine wrote: answering it could go round for ever."""
    said = letter.header("auto-submitted").lower().partition(";")[0].strip()
    return (
        not return_path
        or said not in {"", "no"}
        or letter.header("precedence").lower().strip() in {"bulk", "junk", "list", "auto_reply"}
        or any(letter.header(name) for name in (*_LISTS, *_ROBOTS))
        or letter.message_id.lower().rstrip("> ").endswith(f"@{own_domain}")
        or (letter.sender or "").lower().endswith(f"@{own_domain}")
        or return_path.lower().partition("@")[0] in {"mailer-daemon", "postmaster", "mailer_daemon"}
        or sum(name == "received" for name, _ in letter.headers) > MOST_HOPS
    )


def _spam_marks(letter: Letter) -> int:
    """Add up what speaks for spam: programs 5, each offer 2, many links or nothing else 2, shouting or bad form 1."""
    text = f"{letter.subject}\n{letter.text[:20_000]}"
    links, offers = len(_LINK.findall(text)), len({found.lower() for found in _OFFERS.findall(text)})
    rest = re.sub(r"https?://\S{1,2000}", "", letter.text[:20_000]).strip()
    return sum((
        10 if _TEST in text else 0,
        5 if letter.programs else 0,
        2 * min(offers, 3),
        2 if links > 5 else 0,  # noqa: PLR2004 - more than a report needs
        2 if links and len(rest) < 20 else 0,  # noqa: PLR2004 - a link and nothing said
        1 if len(letter.subject) > 10 and letter.subject.isupper() else 0,  # noqa: PLR2004 - a word may be a name
        1 if letter.message_id.startswith("none:") else 0,
        0 if letter.header("date") else 1,
        0 if letter.sender else 1,
    ))  # fmt: skip


def fate_of(letter: Letter, return_path: str, own_domain: str) -> Fate:
    r"""Decide what becomes of a mail to the city's address.

    >>> from intake.domain.letters.reading import read_letter
    >>> def fate(*lines):
    ...     head = ("From: pat@example.org", "Date: today", "Message-ID: <1@example.org>")
    ...     letter = read_letter("\r\n".join((*head, *lines)).encode())
    ...     return fate_of(letter, "pat@example.org", "city.example").value
    >>> fate("Subject: Pothole", "", "It is deep."), fate("Auto-Submitted: auto-replied", "", "I am away.")
    ('taken', 'ignored')
    >>> fate("Subject: CASINO LOTTERY", "", "You have won!"), fate("Subject: Casino", "", "https://x.example")
    ('refused', 'held')
    """
    if _is_automatic(letter, return_path, own_domain):
        return Fate.IGNORED
    marks = _spam_marks(letter)
    return Fate.REFUSED if marks >= REFUSED else Fate.HELD if marks >= HELD else Fate.TAKEN
