"""The work desk of agencies without a system of their own: what their crews do, maybe offline, each thing once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.intake import Photo
from intake import store
from intake.domain.agencies.bulk import HELD
from intake.domain.agencies.standing import current_of
from intake.domain.agencies.workdesk import OWN, STEPS, Action, desk_steps, happened_at, report_of
from intake.domain.life.case import Part
from intake.domain.life.closing import Refusal
from intake.domain.photos.keeping import photo_problems
from intake.handlers.agencies.hearing import Hearing, Told, is_taken
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why
from intake.handlers.photos.keeping import claimed_photos, hang, photos_in
from intake.store.agencies import workdesk

_NOT_YOURS = "There is no such assignment, or it is not yours. Drop it, and read the queue again."
_FIELDS = {"kind": "step"}
"""What the desk calls a field of an update, where that is another name."""
_ENDED = "Your part of this has ended or went to another desk while you were away; nothing was changed."


@dataclass(frozen=True, slots=True)
class Deeds:
    """What one crew did, in order; each is answered by itself."""

    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of an action."""

    status: int
    facts: Facts


async def work(tx: Transaction, commands: Sequence[Command[Deeds]], desk: Desk) -> list[Reply | Problem]:
    """Apply crews' actions in order, each once: what is sent again is answered and changes nothing."""
    table = await _Table.open(tx, commands, desk)
    answers: list[Reply | Problem] = []
    for command in commands:
        done = [await table.take(action, command) for action in command.payload.actions]
        told = zip(command.payload.actions, done, strict=True)
        results = [{"client_id": action.client_id, "status": one.status, **one.facts} for action, one in told]
        answers.append(Reply(200, {"results": results}))
    await table.close()
    return answers


def alone(reply: Reply | Problem) -> Reply | Problem:
    """Answer a single action as itself: taken, held, or a problem with what is allowed."""
    if isinstance(reply, Problem):
        return reply
    (result,) = reply.body["results"]
    facts = dict(result)
    status = facts.pop("status")
    if status < 400:  # noqa: PLR2004 - HTTP's own line between answers and refusals
        return Reply(status, facts)
    return Problem(status, "Not taken", facts.pop("detail")).saying(**facts)


class _Table:
    """The work of one transaction: whose assignments are meant, and what was done before."""

    def __init__(self, tx: Transaction, cases: Cases, hearing: Hearing, desk: Desk) -> None:
        self._tx, self._cases, self._hearing, self._desk = tx, cases, hearing, desk
        self._owners: Mapping[UUID, Any] = {}
        self._seen: set[tuple[str, UUID, str]] = set()
        self._claimed: Mapping[str, Photo] = {}
        self._kept: list[Facts] = []

    @classmethod
    async def open(cls, tx: Transaction, commands: Sequence[Command[Deeds]], desk: Desk) -> Self:
        """Lock the requests that are meant, and read what the rules ask for."""
        told = [(c.principal.agency or "", action) for c in commands for action in c.payload.actions]
        owners = await workdesk.owners_of(tx, [action.assignment_id for _, action in told])
        cases = await Cases.load(tx, [row["request_id"] for row in owners.values()])
        claimed = await claimed_photos(tx, [action for _, action in told], desk)
        reports = [
            Told(_report(action, owners[action.assignment_id]["request_id"], claimed, tx.now), agency, "desk")
            for agency, action in told
            if action.step in STEPS and action.assignment_id in owners
        ]
        made = cls(tx, cases, await Hearing.open(tx, cases, reports, desk), desk)
        made._owners, made._claimed = owners, claimed
        keys = [(agency, action.assignment_id, action.client_id) for agency, action in told]
        made._seen = await store.reports_known(tx, keys) if keys else set()
        return made

    async def take(self, action: Action, command: Command[Deeds]) -> _Done:
        """Take one action, or say why it cannot be."""
        agency, owner = command.principal.agency or "", self._owners.get(action.assignment_id)
        part = self._part(action.assignment_id)
        if owner is None or part is None or owner["agency"] != agency:
            return _Done(404, {"code": "not_yours", "field": "assignment_id", "detail": _NOT_YOURS})
        key = (agency, action.assignment_id, action.client_id)
        if key in self._seen:
            return _Done(200, self._standing(action) | {"repeated": True})
        done = await self._apply(action, part, command)
        if done.status < 400:  # noqa: PLR2004 - HTTP's own line between answers and refusals
            self._seen.add(key)
            names = dict(zip(("agency", "assignment_id", "update_id"), key, strict=True))
            self._kept.append({**names, "at": command.now, "body": None})
            self._tx.audit(command.principal, f"desk.{action.step}", str(action.assignment_id), {})
        return done

    async def _apply(self, action: Action, part: Part, command: Command[Deeds]) -> _Done:
        if problems := photo_problems(action.photos, self._claimed):
            return _Done(422, {"code": "photo_unknown", "field": "photos", "detail": problems[0].problem})
        if action.step in OWN and part.ended:
            current = current_of(self._cases.files[self._owners[action.assignment_id]["request_id"]].case, part.agency)
            return self._refused(action, Refusal("stale_assignment", _ENDED, current))
        request_id, held = self._owners[action.assignment_id]["request_id"], False
        if action.step == "crew":
            case = self._cases.files[request_id].case
            parts = tuple(replace(p, crew=action.crew) if p is part else p for p in case.parts)
            self._cases.keep(request_id, replace(case, parts=parts), command.now)
        elif action.step in STEPS:
            refusal = self._hear(action, part, command)
            if not is_taken(refusal):
                assert refusal  # noqa: S101 - only a refusal is not taken
                return self._refused(action, refusal)
            held = refusal is not None
        if action.photos:
            by = f"agency:{part.agency}"
            await hang(self._tx, self._cases, request_id, photos_in(action, self._claimed), by, command)
        return _Done(202 if held else 200, self._standing(action) | ({"code": HELD} if held else {}))

    def _hear(self, action: Action, part: Part, command: Command[Deeds]) -> Refusal | None:
        report = _report(action, self._owners[action.assignment_id]["request_id"], self._claimed, command.now)
        told = Told(report, part.agency, "desk", command.principal.subject)
        return self._hearing.hear(told, Why(command, happened_at(action.at, part, report.kind, command.now)))

    def _refused(self, action: Action, refusal: Refusal) -> _Done:
        facts = {"code": refusal.code, "field": _FIELDS.get(refusal.field, refusal.field), "detail": refusal.detail,
                 "allowed": list(refusal.allowed)}  # fmt: skip
        return _Done(409, self._standing(action) | facts)

    def _standing(self, action: Action) -> Facts:
        """Say where the part and its request stand now, so that an offline crew sees what changed meanwhile."""
        part = self._part(action.assignment_id)
        file = self._cases.files[self._owners[action.assignment_id]["request_id"]]
        assert part  # noqa: S101 - it is ours
        return {
            "assignment_id": str(part.assignment_id),
            "substatus": part.substatus.value,
            "ended": part.ended,
            "request_substatus": file.case.substatus.value,
            "steps": list(desk_steps(part)),
        }

    def _part(self, assignment_id: UUID) -> Part | None:
        owner = self._owners.get(assignment_id)
        file = self._cases.files.get(owner["request_id"]) if owner else None
        return file.case.part(assignment_id) if file else None

    async def close(self) -> None:
        """Save what was done."""
        await self._tx.insert(store.Report, self._kept)
        await self._hearing.close()


def _report(action: Action, request_id: UUID, claimed: Mapping[str, Photo], now: datetime) -> AgencyReport:
    return report_of(action, request_id, [photo.photo_id for photo in photos_in(action, claimed)], now)
