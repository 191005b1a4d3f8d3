"""Letters on paper: what is printed, which news is worth a stamp, and how long a letter waits for the print room."""

import json
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from contracts.city import Telling
from contracts.vocabulary import DeliveryChannel, Moment

_LETTER: Final = DeliveryChannel.LETTER.value
WAITS: Final = timedelta(days=21)
"""A letter that nobody has printed by then is old news, and settled as such."""
HELD: Final = timedelta(hours=24)
"""So long a batch belongs to who took it; what was not said to be posted by then is given to the next."""
MOST_AT_ONCE: Final = 500


class Sheet(NamedTuple):
    """What stands on one letter; personal, and gone when it was posted."""

    address: str
    subject: str
    text: str
    language: str
    tracking_number: str
    at: datetime


def is_worth_a_letter(telling: Telling, moment: Moment, channel: str | None) -> bool:
    """Tell whether a moment is told by this channel: on paper people read what the city calls a milestone.

    >>> telling = Telling.model_construct(milestones=(Moment.CLOSED,))
    >>> [is_worth_a_letter(telling, moment, "letter") for moment in (Moment.CLOSED, Moment.ASSIGNED)]
    [True, False]
    >>> is_worth_a_letter(telling, Moment.ASSIGNED, "email")
    True
    """
    return channel != _LETTER or moment in telling.milestones


def written(sheet: Sheet) -> str:
    r"""Write a sheet down as it waits for the print room.

    >>> sheet = Sheet("Ana\n1 Elm St", "S", "T", "es", "AB-1", datetime(2026, 3, 2))
    >>> sheet_of(written(sheet)) == sheet
    True
    """
    return json.dumps({**sheet._asdict(), "at": sheet.at.isoformat()}, ensure_ascii=False)


def sheet_of(content: str) -> Sheet:
    """Read a sheet that was written down.

    >>> sheet_of(written(Sheet("A", "S", "T", "en", "AB-1", datetime(2026, 3, 2)))).tracking_number
    'AB-1'
    """
    given = json.loads(content)
    return Sheet(**{**given, "at": datetime.fromisoformat(given["at"])})
