"""A batch's requests, locked: each decision is noted here, told on the log, and saved in whole statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

from chassis.ids import derived_uuid
from chassis.transaction import Transaction
from contracts.intake import Change, DuplicateLinked, DuplicateUnlinked, RequestClosed, RequestReopened, RequestUpdated
from contracts.vocabulary import Channel, Disposition, Status
from intake import store
from intake.domain.life.case import Case, Part, clock_changes, closed, dated, followed, reopened
from intake.domain.life.closing import Outcome
from intake.domain.life.replaying import closure_of
from intake.handlers.life.causes import Ending, Why
from intake.handlers.life.endings import ClosureBook
from intake.handlers.life.files import UNKEPT, File, crew_told, file_of, part_row, state_of
from intake.handlers.life.threads import tell_threads

__all__ = ["Cases", "Ending", "File", "Why"]

_FOR_CREWS: Final = frozenset({"message", "amended", "photos", "appointment"})
"""Changes of a request that those at work on it are to see, although their own part stands where it stood."""


class Cases:
    """The locked requests of one batch. Those that follow another are closed and reopened with it when it is saved."""

    def __init__(self, tx: Transaction, files: Mapping[UUID, File]) -> None:
        self._tx, self.files = tx, dict(files)
        self._linked: set[UUID] = set()
        self._corrected: set[UUID] = set()
        self._ended: dict[UUID, Ending] = {}
        self._reopened: dict[UUID, tuple[str, Why]] = {}
        self._timeline: list[dict[str, Any]] = []
        self._new_parts: dict[UUID, dict[str, Any]] = {}
        self.book = ClosureBook()

    @classmethod
    async def load(cls, tx: Transaction, request_ids: Sequence[UUID]) -> Self:
        """Lock these requests and read where they stand; an id that is not ours is simply not in `files`."""
        rows = await store.lock_requests(tx, request_ids)
        parts = await store.assignments_of(tx, [row["request_id"] for row in rows])
        return cls(tx, {row["request_id"]: file_of(row, parts.get(row["request_id"], ())) for row in rows})

    async def take_in(self, request_ids: Sequence[UUID]) -> None:
        """Lock further requests and read where they stand."""
        if new := [known for known in request_ids if known not in self.files]:
            self.files |= (await Cases.load(self._tx, new)).files

    def note(self, request_id: UUID, at: datetime, kind: str, detail: Mapping[str, Any]) -> None:
        """Write a line of the timeline."""
        self._timeline.append({"request_id": request_id, "at": at, "kind": kind, "detail": dict(detail)})

    def keep(self, request_id: UUID, case: Case, at: datetime) -> None:
        """Remember where a case now stands."""
        file = self.files[request_id]
        before = {part.assignment_id: (part.substatus, part.ended) for part in file.case.parts}
        case, moved = dated(file.case, case, at)
        file.arrived |= {p.assignment_id: None for p in moved if before.get(p.assignment_id) != (p.substatus, p.ended)}
        file.moved |= {part.assignment_id: part for part in moved}
        file.case, file.updated_at = case, max(at, file.updated_at or at)

    def tell(self, request_id: UUID, changes: Sequence[Change], by: str, why: Why) -> None:
        """Publish changes and write them on the timeline."""
        file = self.files[request_id]
        for change in changes:
            event = RequestUpdated(
                request_id=request_id, sequence=file.next("updated"), about=file.about, change=change, by=by
            )
            self._tx.publish(event, why.cause, at=why.at, clock=why.clock)
            self.note(request_id, why.at, change.kind, change.model_dump(mode="json", exclude={"kind"}))
            file.told(change.kind)
            if change.kind in _FOR_CREWS:
                file.moved |= {part.assignment_id: part for part in file.case.parts if not part.ended}
        file.updated_at = why.at

    def close(self, request_id: UUID, ending: Outcome, by: str, agencies: Sequence[str], why: Why) -> UUID:
        """Close a request, publish it, and return the closing's id."""
        file = self.files[request_id]
        self.tell(request_id, file.ends_pause(), by, why)
        sequence = file.next("closed")
        event = RequestClosed(
            request_id=request_id,
            sequence=sequence,
            about=file.about,
            closure_id=derived_uuid("closure", request_id, sequence),
            disposition=ending.disposition,
            explanation=ending.explanation,
            evidence=ending.evidence,
            closed_at=why.at,
            closed_by=by,
            agencies=tuple(dict.fromkeys(agencies)),
            reopen_count=file.case.reopen_count,
            door=why.door,
            confirmed_by=why.confirmed_by,
            area=file.row["area"] or {},
            crew=crew_told(file.case),
            visible_from=ending.visible_from,
        )
        self._tx.publish(event, why.cause, at=why.at, clock=why.clock)
        self.keep(request_id, closed(file.case, closure_of(event)), why.at)
        file.closure = event.model_dump(mode="json", exclude=set(UNKEPT))
        self.note(request_id, why.at, "closed", file.closure)
        self.book.closed(event, with_parent=file.parent is not None, imported=why.is_past)
        self._ended[request_id] = Ending(ending, by, agencies, why)
        return event.closure_id

    def reopen(
        self,
        request_id: UUID,
        decided_by: str,
        comment_ref: str | None,
        why: Why,
        *,
        with_parent: bool = False,
        disputed_by: str | None = None,
    ) -> int:
        """Reopen a request under the same number, publish it, and return its count of reopenings.

        One that follows another stands for itself again, unless it is reopened because that one is.
        """
        file = self.files[request_id]
        if file.parent and not with_parent:
            self.unlink(request_id, decided_by, why)
        closure = file.closure or {}
        event = RequestReopened(
            request_id=request_id,
            sequence=file.next("reopened"),
            about=file.about,
            closure_id=UUID(closure["closure_id"]),
            reopen_count=file.case.reopen_count + 1,
            reopened_at=why.at,
            agencies=tuple(closure["agencies"]),
            comment_ref=comment_ref,
            decided_by=decided_by,
            disputed_by=disputed_by,
        )
        self._tx.publish(event, why.cause, at=why.at, clock=why.clock)
        self.keep(request_id, reopened(file.case), why.at)
        file.closure = None
        self.book.reopened(event.closure_id, why.at)
        self.note(request_id, why.at, "reopened", event.model_dump(mode="json", exclude={"about"}))
        self._reopened[request_id] = decided_by, why
        return event.reopen_count

    def add_part(self, request_id: UUID, part: Part, assigned_at: datetime) -> None:
        """Remember a part that was not there before."""
        self._new_parts[part.assignment_id] = {"request_id": request_id, "assigned_at": assigned_at}

    def link(self, child: UUID, parent: UUID, by: str, why: Why) -> None:
        """Let a request follow another: nobody works on it by itself from here on."""
        file, before = self.files[child], self.files[child].case
        self.keep(child, followed(before), why.at)
        self.tell(child, (*clock_changes(before, file.case), DuplicateLinked(parent_request_id=parent)), by, why)
        self.attach(child, parent)

    def attach(self, child: UUID, parent: UUID | None) -> None:
        """Remember whom a request follows, or that it follows none."""
        self.files[child].parent = parent
        self._linked.add(child)

    def correct(self, request_id: UUID, service_code: str) -> None:
        """Remember that a request is another service's work."""
        self.files[request_id].correct(service_code)
        self._corrected.add(request_id)

    def unlink(self, child: UUID, by: str, why: Why) -> None:
        """Let a request stand for itself again."""
        file = self.files[child]
        if file.parent:
            self.tell(child, (DuplicateUnlinked(parent_request_id=file.parent),), by, why)
            self.attach(child, None)

    async def _bring_children(self) -> None:
        """Let those that follow a closed or reopened request go its way, in this same transaction."""
        moved = {*self._ended, *self._reopened}
        children = await store.children_of(self._tx, sorted(moved)) if moved else []
        await self.take_in(children)
        followers = sorted(child for child, file in self.files.items() if file.parent in moved)
        for parent in sorted(moved) if followers else ():
            following = [child for child in followers if self.files[child].parent == parent]
            if following and self.files[parent].case.status is Status.CLOSED:
                self._close_all(following, parent, self._ended[parent])
            elif following:
                self._reopen_all(following, parent)

    def _close_all(self, children: Sequence[UUID], parent: UUID, how: Ending) -> None:
        waiting = [child for child in children if self.files[child].case.status is Status.OPEN]
        if how.ending.disposition is Disposition.CANCELLED_BY_REQUESTER:
            self._bequeath(waiting, how)
            return
        for child in waiting:
            self.close_behind(child, parent, how)

    def close_behind(self, child: UUID, parent: UUID, how: Ending) -> None:
        """Close a request because the one it follows is closed; it is reopened with that one."""
        self.close(child, how.ending, how.by, how.agencies, how.why)
        self.files[child].closure = (self.files[child].closure or {}) | {"with_parent": str(parent)}

    def _bequeath(self, children: Sequence[UUID], how: Ending) -> None:
        """One person's withdrawal is not the others': the first opened takes the place of what was withdrawn."""
        heirs = sorted(children, key=lambda child: (self.files[child].about.opened_at, child))
        for heir in heirs[:1]:
            self.unlink(heir, how.by, how.why)
            for child in heirs[1:]:
                self.link(child, heir, how.by, how.why)

    def _reopen_all(self, children: Sequence[UUID], parent: UUID) -> None:
        decided_by, why = self._reopened[parent]
        for child in children:
            if (self.files[child].closure or {}).get("with_parent") == str(parent):
                self.reopen(child, decided_by, None, why, with_parent=True)

    async def save(self) -> None:
        """Write everything back, a statement a table."""
        await self._bring_children()
        states = [state_of(f) for f in self.files.values() if f.updated_at]
        await self._tx.update(store.Request, states, ("request_id",))
        new = self._new_parts
        rows = [part_row(part, f.row["change"]) for f in self.files.values() for part in f.moved.values()]
        fresh = [row | new[row["assignment_id"]] for row in rows if row["assignment_id"] in new]
        await self._tx.insert(store.Assignment, fresh)
        await self._tx.update(store.Assignment, [r for r in rows if r["assignment_id"] not in new], ("assignment_id",))
        await self.book.save(self._tx)
        await store.set_parents(self._tx, {child: self.files[child].parent for child in self._linked})
        await store.correcting.set_services(self._tx, {n: self.files[n].about.service_code for n in self._corrected})
        await self._tx.insert(store.TimelineEntry, self._timeline)
        social = {n for n, file in self.files.items() if file.about.channel is Channel.SOCIAL}
        if social:
            await tell_threads(self._tx, [line for line in self._timeline if line["request_id"] in social])
