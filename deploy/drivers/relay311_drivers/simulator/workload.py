"""What one agency has on its desk: steps to take in time, and how far its inbox may be called done."""

import heapq
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final, NamedTuple
from uuid import UUID

from contracts.routing import AgencyNotice
from contracts.vocabulary import NoticeKind
from relay311_drivers.simulator.behaviour import Step, pause_before, steps_for

REMEMBERED: Final = 5_000
"""Requests whose newest notice is remembered: a repeated delivery comes soon or never."""

_STOP: Final = frozenset({NoticeKind.CANCELLED, NoticeKind.CLOSED})
_HURRY: Final = frozenset({NoticeKind.MESSAGE, NoticeKind.ESCALATED})


class Spot(NamedTuple):
    """Where a notice lies in the inbox."""

    partition: int
    offset: int


class Work(NamedTuple):
    """One step whose time has come."""

    step: Step
    notice: AgencyNotice
    traceparent: str | None


@dataclass(slots=True)
class _Job:
    notice: AgencyNotice
    steps: list[Step]
    spot: Spot
    traceparent: str | None
    ticket: int = 0


@dataclass(slots=True)
class Workload:
    """The steps of one agency. `delay` is the time between two steps, in seconds; clocks are the caller's."""

    agency: str
    delay: float
    _jobs: dict[UUID, _Job] = field(default_factory=dict)
    _queue: list[tuple[float, int, UUID]] = field(default_factory=list)
    _newest: OrderedDict[UUID, int] = field(default_factory=OrderedDict)
    _open: dict[int, set[int]] = field(default_factory=dict)
    _read: dict[int, int] = field(default_factory=dict)
    _tickets: Iterator[int] = field(default_factory=count)

    def __len__(self) -> int:
        return len(self._jobs)

    def pass_over(self, spot: Spot) -> None:
        """Read past a record that asks for nothing."""
        self._read[spot.partition] = spot.offset + 1

    def take(self, notice: AgencyNotice, spot: Spot, now: float, traceparent: str | None = None) -> None:
        """Put a notice on the desk; one that is not newer than the last about its request is dropped."""
        self.pass_over(spot)
        if notice.sequence <= self._newest.get(notice.request_id, 0):
            return
        self._remember(notice)
        if notice.kind in _STOP:
            self._drop(notice.assignment_id)
        elif notice.kind in _HURRY:
            self._queue_job(notice.assignment_id, now)
        else:
            self._begin(notice, steps_for(notice, self.agency), spot, now, traceparent)

    def due(self, now: float) -> list[Work]:
        """Take out every step whose time has come, in order."""
        found = []
        while self._queue and self._queue[0][0] <= now:
            _, ticket, assignment_id = heapq.heappop(self._queue)
            job = self._jobs.get(assignment_id)
            if job is not None and job.ticket == ticket:
                found.append(self._advance(job, now))
        return found

    def settle(self, work: Sequence[Work]) -> None:
        """Call jobs done whose last step was published; only then may the inbox be called read past them."""
        for one in work:
            job = self._jobs.get(one.notice.assignment_id)
            if job is not None and not job.steps:
                self._drop(one.notice.assignment_id)

    def wait(self, now: float, most: float) -> float:
        """Tell how long nothing is due, at most `most` seconds."""
        return min(most, max(0.0, self._queue[0][0] - now)) if self._queue else most

    def done(self) -> Mapping[int, int]:
        """Tell by partition from where a restart must read: the first notice that is not finished."""
        return {part: min(self._open.get(part) or {following}) for part, following in self._read.items()}

    def _begin(self, notice: AgencyNotice, steps: Sequence[Step], spot: Spot, now: float, trace: str | None) -> None:
        if not steps:
            return
        self._drop(notice.assignment_id)
        self._jobs[notice.assignment_id] = _Job(notice, list(steps), spot, trace)
        self._open.setdefault(spot.partition, set()).add(spot.offset)
        self._queue_job(notice.assignment_id, now + self.delay)

    def _advance(self, job: _Job, now: float) -> Work:
        step = job.steps.pop(0)
        if job.steps:
            self._queue_job(job.notice.assignment_id, now + pause_before(job.steps[0], step, self.delay))
        return Work(step, job.notice, job.traceparent)

    def _queue_job(self, assignment_id: UUID, due: float) -> None:
        """Set when a job goes on; its earlier place in the queue no longer counts."""
        job = self._jobs.get(assignment_id)
        if job is not None and job.steps:
            job.ticket = next(self._tickets)
            heapq.heappush(self._queue, (due, job.ticket, assignment_id))

    def _drop(self, assignment_id: UUID) -> None:
        job = self._jobs.pop(assignment_id, None)
        if job is not None:
            self._open[job.spot.partition].discard(job.spot.offset)

    def _remember(self, notice: AgencyNotice) -> None:
        self._newest[notice.request_id] = notice.sequence
        self._newest.move_to_end(notice.request_id)
        if len(self._newest) > REMEMBERED:
            self._newest.popitem(last=False)
