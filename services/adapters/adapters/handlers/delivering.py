"""The loop that runs errands in agencies' systems: noted before, run outside any transaction, recorded after."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import structlog

from adapters import store
from adapters.domain.codes import Unknown
from adapters.domain.order import Action, Errand, without_words
from adapters.domain.outward import outward
from adapters.domain.retries import Answer, State, Verdict, after
from adapters.handlers.desk import Desk
from adapters.handlers.exceptions import exception_row
from chassis.http import Doors
from chassis.sql import Row
from chassis.transaction import Transaction
from chassis.waiting import rest

BATCH: Final = 64
_log = structlog.get_logger()


class Outcome(NamedTuple):
    """One errand and what became of it: an answer, or a code that nobody knows."""

    row: Row
    result: Answer | Unknown


class Deliverer:
    """Runs what is due, the first of each handover, several at a time."""

    def __init__(self, doors: Doors, desk: Desk, at_once: int) -> None:
        self._doors, self._desk = doors, desk
        self._room = asyncio.Semaphore(at_once)

    async def run(self, stop: asyncio.Event, bell: asyncio.Event, poll_seconds: float) -> None:
        """Deliver until told to stop."""
        while not stop.is_set():
            bell.clear()
            if not await self.turn():
                await rest(poll_seconds, bell, stop)

    async def turn(self) -> int:
        """Run what is due now; returns how many errands that were."""
        async with self._doors.reads() as reads:
            if not await store.is_due(reads, self._doors.database.clock()):
                return 0
        async with self._doors.transaction() as tx:
            rows = await store.take_due(tx, BATCH)
            codes = {agency: await self._desk.codes(tx, agency) for agency in {row["agency"] for row in rows}}
        outcomes = await asyncio.gather(*(self._run(row, outward(codes[row["agency"]], row["body"])) for row in rows))
        if outcomes:
            await self._doors.persist(lambda tx: record(tx, outcomes))
        return len(outcomes)

    async def _run(self, row: Row, translated: Any) -> Outcome:
        if isinstance(translated, Unknown):
            return Outcome(row, translated)
        if row["action"] != Action.CREATE and row["number"] is None and self._desk.systems[row["agency"]].needs_number:
            return Outcome(row, Answer(Verdict.LATER, "their number is not known yet"))
        errand = Errand(
            delivery_id=str(row["delivery_id"]),
            action=Action(row["action"]),
            reference=row["reference"],
            number=row["number"],
            version=row["version"],
            tries=row["attempts"] - 1,
            type_code=translated.type_code,
            priority=translated.priority,
            fields=translated.fields,
            order=row["body"],
            made_at=row["made_at"],
        )
        async with self._room:
            return Outcome(row, await self._desk.systems[row["agency"]].run(errand))


async def record(tx: Transaction, outcomes: Sequence[Outcome]) -> None:
    """Keep how errands went: sent, to be tried again, parked, or waiting for a person."""
    saved, waiting = [], []
    went: dict[str, list[tuple[Row, Answer]]] = defaultdict(list)
    for row, result in outcomes:
        if isinstance(result, Unknown):
            saved.append(_saved(row, State.WAITS, row["attempts"] - 1, tx.now, result.detail))
            waiting.append(_exception(tx, row, result))
            continue
        step = after(result, row["attempts"] - 1, row["give_up_at"], tx.now)
        saved.append(_saved(row, step.state, step.attempts, step.next_attempt_at, result.detail))
        if step.state is State.SENT:
            went[row["agency"]].append((row, result))
        if step.state is State.PARKED:
            detail = f"Tried {step.attempts} times and parked: {result.detail}. Redrive it, or do it by hand."
            waiting.append(_exception(tx, row, Unknown("parked", row["action"], detail)))
    await store.save_outcomes(tx, [one | {"sent_at": tx.now if one["state"] == "sent" else None} for one in saved])
    await store.add_exceptions(tx, waiting)
    await _note(tx, [one for taken in went.values() for one in taken])
    for agency, taken in went.items():
        await store.resolve_subject(tx, agency, [str(row["delivery_id"]) for row, _ in taken], "went through")
    _log.info("errands run", sent=sum(map(len, went.values())), waiting=len(waiting), of=len(outcomes))


def _saved(row: Row, state: State, attempts: int, next_at: Any, detail: str | None) -> dict[str, Any]:
    delivery_id: UUID = row["delivery_id"]
    return {
        "delivery_id": delivery_id,
        "state": state.value,
        "attempts": attempts,
        "next_attempt_at": next_at,
        "held_until": None,
        "detail": detail,
        "body": without_words(row["body"]) if state is State.SENT else row["body"],
    }


def _exception(tx: Transaction, row: Row, unknown: Unknown) -> dict[str, Any]:
    subject, reference = str(row["delivery_id"]), row["reference"]
    return exception_row(
        tx, row["agency"], "out", unknown.kind, unknown.code, unknown.detail, subject, reference=reference
    )


async def _note(tx: Transaction, taken: Sequence[tuple[Row, Answer]]) -> None:
    """Note what agencies' systems have, and under which numbers, in one statement each."""
    known = [
        store.Taken(row["agency"], row["reference"], answer.number, answer.version)
        for row, answer in taken
        if row["action"] == Action.CREATE or answer.version
    ]
    jobs = [
        store.Job(row["agency"], answer.order_number, None, (row["reference"],))
        for row, answer in taken
        if answer.order_number
    ]
    await store.note_sent(tx, known, tx.now)
    await store.note_work_orders(tx, jobs)
