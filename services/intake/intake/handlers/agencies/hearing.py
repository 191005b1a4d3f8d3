"""A batch of agencies' updates, by whatever door they came: one rule judges all, refusals are told and counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from chassis.records import EVENT_CLOCK
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.intake import UpdateRefused
from intake import store
from intake.domain.agencies.bulk import HELD, Tally, held_back, sameness
from intake.domain.agencies.reporting import ENDINGS, Applied, apply_report, has_words, masked
from intake.domain.agencies.standing import open_to
from intake.domain.agencies.verifying import verifier_of
from intake.domain.life.closing import Refusal, sighted
from intake.handlers.agencies.doubles import Doubles
from intake.handlers.desk import Desk
from intake.handlers.life.cases import Cases, Why
from intake.handlers.life.stepping import promise_steps


@dataclass(frozen=True, slots=True)
class Told:
    """What an agency reports, by which door, and who of its people said it, where a person did."""

    report: AgencyReport
    agency: str
    door: str = "outbox"
    said_by: str | None = None
    confirmed_by: str | None = None


class Hearing:
    """The updates of one batch, held against the rules one after the other."""

    def __init__(
        self, tx: Transaction, cases: Cases, desk: Desk, names: Mapping[UUID, Sequence[str]], tally: Tally
    ) -> None:
        self._tx, self._cases, self._desk, self._names, self._tally = tx, cases, desk, names, tally
        self._refused: list[dict[str, Any]] = []
        self._held: dict[UUID, dict[str, Any]] = {}
        self._doubles = Doubles()

    @classmethod
    async def open(cls, tx: Transaction, cases: Cases, told: Sequence[Told], desk: Desk) -> Self:
        """Read what the rules ask for: the names to mask, and what was closed lately."""
        worded = [one.report.request_id for one in told if has_words(one.report)]
        names = await store.names_of(tx, worded) if worded else {}
        made = cls(tx, cases, desk, names, await _tally(tx, told, desk))
        made._doubles = await Doubles.open(tx, cases, [one.report for one in told])
        return made

    def hear(self, told: Told, why: Why) -> Refusal | None:
        """Apply an update, or refuse it to its agency by name. A closing in bulk is held, and the agency told so."""
        refusal = self._settle(told, why)
        if refusal:
            self.refuse(told, refusal, why)
        return refusal

    def _settle(self, told: Told, why: Why) -> Refusal | None:
        report, agency = told.report, told.agency
        file = self._cases.files.get(report.request_id)
        if file is None:
            return _UNKNOWN_REQUEST
        imported = file.about.clock.value == EVENT_CLOCK and why.is_past
        said = masked(report, self._names.get(report.request_id, ()))
        verifier = None if imported else verifier_of(self._desk.city, file.about.service_code, agency, file.about)
        applied = apply_report(file.case, said, agency, self._desk.city, imported=imported, verifier=verifier)
        if isinstance(applied, Refusal):
            return applied
        refusal = self._doubles.problem(said, applied, imported=imported)
        if refusal:
            return refusal
        if applied.ending and not why.is_past and told.confirmed_by is None:
            same = sameness(agency, report)
            if self._tally.needs_second(agency, same):
                return self._hold(told, said, same, why)
            self._tally.note(agency, same)
        self._tell(told, applied, why)
        return None

    def _hold(self, told: Told, said: AgencyReport, same: int, why: Why) -> Refusal:
        self._tally.held[same] += 1
        self._held[said.assignment_id] = {
            "assignment_id": said.assignment_id,
            "request_id": said.request_id,
            "agency": told.agency,
            "sameness": same,
            "door": told.door,
            "said_by": told.said_by,
            "body": said.model_dump(mode="json"),
            "at": why.at,
            "state": "held",
            "decided_by": None,
            "decided_at": None,
        }
        case = self._cases.files[said.request_id].case
        return held_back(self._tally.limit, open_to(case, said.assignment_id))

    def _tell(self, told: Told, applied: Applied, why: Why) -> None:
        request_id, by, cases = told.report.request_id, f"agency:{told.agency}", self._cases
        if self._doubles.follow(cases, told.report, applied, by, why):
            return
        if applied.note:
            cases.note(request_id, why.at, "note", {"agency": told.agency, "text": applied.note})
        cases.keep(request_id, applied.case, why.at)
        cases.tell(request_id, applied.changes, by, why)
        if applied.ending:
            agencies = [part.agency for part in applied.case.parts if part.outcome]
            service, at = cases.files[request_id].about.service_code, why.at
            ending = applied.ending if why.is_past else sighted(applied.ending, self._desk.city, service, at)
            closure_id = cases.close(request_id, ending, by, agencies, why.through(told.door, told.confirmed_by))
            cases.book.mark(closure_id, None if why.is_past else sameness(told.agency, told.report))

    def refuse(self, told: Told, refusal: Refusal, why: Why) -> None:
        """Tell an agency which rule its update broke, and count it."""
        report = told.report
        event = UpdateRefused(
            request_id=report.request_id,
            agency=told.agency,
            assignment_id=report.assignment_id,
            update_id=report.update_id,
            code=refusal.code,
            detail=refusal.detail,
            allowed=refusal.allowed,
            field=refusal.field,
            door=told.door,
        )
        refusal_id = self._tx.publish(event, why.cause, at=why.at, clock=why.clock)
        self._refused.append(refusal_row(refusal_id, event) | {"at": why.at})
        self._tx.count("relay311_updates_refused", "Agencies' updates refused", agency=told.agency, rule=refusal.code)

    async def close(self) -> None:
        """Save what was decided."""
        await self._tx.insert(store.endings.Refused, self._refused, ignore=("refusal_id",))
        await self._tx.upsert(store.endings.HeldClosing, list(self._held.values()), ("assignment_id",))
        promise_steps(self._tx, self._cases, self._desk)
        await self._cases.save()


_UNKNOWN_REQUEST = Refusal("unknown_request", "No request has this request_id; send the one in the notice.")


def is_taken(refusal: Refusal | None) -> bool:
    """Tell whether an update is settled: applied, or held for a second person."""
    return refusal is None or refusal.code == HELD


def refusal_row(refusal_id: str, event: UpdateRefused) -> dict[str, Any]:
    """Write a refusal down as it was published."""
    names = ("agency", "code", "door", "request_id", "assignment_id", "update_id")
    return {"refusal_id": refusal_id, **{name: getattr(event, name) for name in names}}


async def _tally(tx: Transaction, told: Sequence[Told], desk: Desk) -> Tally:
    limit = desk.city.steps.bulk_closing
    endings = [one for one in told if one.report.kind in ENDINGS] if limit else []
    if limit is None or not endings:
        return Tally(limit)
    since, agencies = tx.now - timedelta(hours=limit.hours), [one.agency for one in endings]
    rows = await store.endings.alike_lately(tx, [sameness(one.agency, one.report) for one in endings], agencies, since)
    closings = await store.endings.closings_lately(tx, agencies, since) if limit.closings else {}
    alike = Counter({row["sameness"]: row["n"] for row in rows if not row["held"]})
    return Tally(limit, alike, Counter({row["sameness"]: row["n"] for row in rows if row["held"]}), Counter(closings))
