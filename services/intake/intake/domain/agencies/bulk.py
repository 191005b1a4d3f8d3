"""Closings in bulk: beyond a number the city sets, a second person says that they are meant."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from contracts.agencies import AgencyReport
from contracts.city.steps import BulkClosing
from intake.domain.life.closing import Refusal

HELD: Final = "second_person_needed"


def sameness(agency: str, report: AgencyReport) -> int:
    """Name an ending by what it says: two of the same words, disposition and evidence are alike.

    >>> from uuid import UUID
    >>> told = dict(request_id=UUID(int=1), update_id="u", kind="cannot_complete", reported_at="2026-11-20T09:00:00Z",
    ...     disposition="unable_to_act", explanation={"en": "The gate was locked."})
    >>> one, other = (AgencyReport(assignment_id=UUID(int=n), **told) for n in (2, 3))
    >>> sameness("parks", one) == sameness("parks", other), sameness("parks", one) == sameness("streets", other)
    (True, False)
    """
    words = sorted((language, " ".join(text.casefold().split())) for language, text in report.explanation.items())
    shown = sorted((item.kind.value, item.reference.strip()) for item in report.evidence)
    said = repr((agency, report.disposition and report.disposition.value, words, shown))
    return int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), "big", signed=True)


@dataclass(slots=True)
class Tally:
    """What agencies closed lately, and what of theirs is held already."""

    limit: BulkClosing | None
    alike: Counter[int] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    closings: Counter[str] = field(default_factory=Counter)

    def needs_second(self, agency: str, same: int) -> bool:
        """Tell whether one more closing needs a second person; what is like something held is held with it.

        >>> tally = Tally(BulkClosing(hours=24, alike=2), alike=Counter({7: 1}))
        >>> tally.needs_second("parks", 7), tally.needs_second("parks", 8)
        (False, False)
        >>> tally.note("parks", 7)
        >>> tally.needs_second("parks", 7), Tally(None).needs_second("parks", 7)
        (True, False)
        """
        limit = self.limit
        if limit is None:
            return False
        if self.held[same]:
            return True
        too_alike = limit.alike is not None and self.alike[same] >= limit.alike
        return too_alike or (limit.closings is not None and self.closings[agency] >= limit.closings)

    def note(self, agency: str, same: int) -> None:
        """Count one that closed."""
        self.alike[same] += 1
        self.closings[agency] += 1


def held_back(limit: BulkClosing | None, allowed: tuple[str, ...] = ()) -> Refusal:
    """Tell the agency that its closing waits, and what it may report meanwhile.

    >>> held_back(BulkClosing(hours=24, alike=25)).detail
    'More than 25 closings of yours alike within 24 hours: it is kept, and holds once a second person confirms it.'
    """
    of = f"{limit.alike} closings of yours alike" if limit and limit.alike else f"{limit and limit.closings} closings"
    hours = f"{limit.hours:g}" if limit else "0"
    detail = f"More than {of} within {hours} hours: it is kept, and holds once a second person confirms it."
    return Refusal(HELD, detail, allowed)


def group_id(agency: str, same: int) -> str:
    """Name a group of held closings that are alike.

    >>> group_id("parks", -1)
    'parks.ffffffffffffffff'
    """
    return f"{agency}.{same & (2**64 - 1):016x}"


def read_group(name: str) -> tuple[str, int] | None:
    """Read a group's name; None when it is none.

    >>> read_group("parks.ffffffffffffffff"), read_group("parks")
    (('parks', -1), None)
    """
    agency, _, digits = name.rpartition(".")
    try:
        number = int(digits, 16)
    except ValueError:
        return None
    return (agency, number - 2**64 if number >= 2**63 else number) if agency and number < 2**64 else None
