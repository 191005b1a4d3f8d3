"""An agency finds that another request stands for this one: it follows that one from then on, and ends with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.vocabulary import Disposition, Status
from intake import store
from intake.domain.agencies.reporting import Applied
from intake.domain.duplicates import link_problem
from intake.domain.life.closing import Refusal
from intake.domain.requests.tracking import parse_tracking_number
from intake.handlers.life.cases import Cases, Ending, Why


@dataclass(slots=True)
class Doubles:
    """The requests that a batch's updates name as standing for others, locked; `with_children` are followed already."""

    parents: Mapping[str, UUID] = field(default_factory=dict)
    with_children: set[UUID] = field(default_factory=set)

    @classmethod
    async def open(cls, tx: Transaction, cases: Cases, reports: Sequence[AgencyReport]) -> Self:
        """Find what is named by its number; one that follows another itself stands for nothing: that other does."""
        numbers = {_number(report): report.request_id for report in reports if report.duplicate_of}
        if not numbers:
            return cls()
        found = await store.named(tx, sorted(numbers))
        roots = {number: row["parent_request_id"] or row["request_id"] for number, row in found.items()}
        await cases.take_in(list(roots.values()))
        return cls(roots, await store.followed_among(tx, list(numbers.values())))

    def problem(self, report: AgencyReport, applied: Applied, *, imported: bool) -> Refusal | None:
        """Say why the request named cannot stand for this one."""
        if imported or not _is_double(report, applied):
            return None
        parent = self.parents.get(_number(report))
        if parent is None:
            detail = f"No request has the number {report.duplicate_of!r}; send the one that stands for this one."
            return Refusal("parent_unknown", detail, ("duplicate_of",))
        wrong = link_problem(report.request_id, parent, None, has_children=report.request_id in self.with_children)
        return Refusal("parent_not_fitting", wrong, ("duplicate_of",)) if wrong else None

    def follow(self, cases: Cases, report: AgencyReport, applied: Applied, by: str, why: Why) -> bool:
        """Let the request follow the one that stands for it; where that one has ended, this one ends now.

        False where the update is no such thing, or imported history that names none.
        """
        parent = self.parents.get(_number(report)) if _is_double(report, applied) else None
        if parent is None or applied.ending is None:
            return False
        said = {"agency": by.removeprefix("agency:"), "text": next(iter(applied.ending.explanation.values()), "")}
        cases.note(report.request_id, why.at, "note", said)
        cases.link(report.request_id, parent, by, why)
        self.with_children.add(parent)
        if cases.files[parent].case.status is Status.CLOSED:
            cases.close_behind(report.request_id, parent, Ending(applied.ending, by, (said["agency"],), why))
        return True


def _number(report: AgencyReport) -> str:
    told = report.duplicate_of or ""
    return parse_tracking_number(told) or told.strip()


def _is_double(report: AgencyReport, applied: Applied) -> bool:
    ending = applied.ending
    return ending is not None and ending.disposition is Disposition.DUPLICATE and bool(report.duplicate_of)
