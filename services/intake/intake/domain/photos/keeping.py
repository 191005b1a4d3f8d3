"""Which pictures may be kept, for how long one waits for its report, and when an address is asked again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from contracts.intake import FieldProblem
from intake.domain.photos.addresses import read_address

MOST_BYTES: Final = 20_000_000
"""Of one picture as it comes in."""
MOST_PIXELS: Final = 40_000_000
"""Width times height, read from the picture's head before anything is decoded."""
MOST_AT_ONCE: Final = 10
"""Pictures of one report or one upload."""
MOST_PER_REQUEST: Final = 20
CLAIMABLE: Final = timedelta(days=1)
"""An upload waits so long for the report it belongs to."""
SWEPT_AFTER: Final = timedelta(hours=25)
"""Then it is deleted; the hour between keeps a last claim and the sweep apart."""
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))


def photo_problems(photos: Sequence[str], claimed: Mapping[str, object]) -> tuple[FieldProblem, ...]:
    """Find what is wrong with the pictures a report names: each is a claim of an upload, or an address to fetch.

    >>> photo_problems(("https://example.org/a.jpg", "c1"), {"c1": "a photo"})
    ()
    >>> [problem.field for problem in photo_problems(("https://example.org/a.jpg", "c1", "ftp://example.org/b"), {})]
    ['photos.1', 'photos.2']
    """
    if len(photos) > MOST_AT_ONCE:
        return (FieldProblem(field="photos", problem=f"Send at most {MOST_AT_ONCE} photos with a report."),)
    bad = "Expected a claim of POST /photos that is younger than a day, or a plain http or https address of a picture."
    return tuple(
        FieldProblem(field=f"photos.{n}", problem=bad)
        for n, photo in enumerate(photos)
        if photo not in claimed and read_address(photo) is None
    )


def next_try(tries: int, now: datetime) -> datetime | None:
    """Tell when an address that did not answer is asked again, or None after the last of five times.

    >>> next_try(1, datetime(2026, 1, 1)), next_try(6, datetime(2026, 1, 1))
    (datetime.datetime(2026, 1, 1, 0, 1), None)
    """
    return now + _WAITS[tries - 1] if tries <= len(_WAITS) else None
