"""Deciding exceptions: say what a code means, have it tried again, or set it aside as done by hand."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import BaseModel, ValidationError

from adapters import store
from adapters.domain.codes import TABLES
from adapters.domain.policy import POLICY
from adapters.handlers.desk import Desk
from adapters.handlers.hearing import hear_again
from chassis.commands import Reply
from chassis.errors import FieldError, Problem, conflict, invalid, not_found
from chassis.principals import allow
from chassis.records import Command
from chassis.sentences import sentence
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.city import LocalizedText, OrderMeaning, ReasonMeaning, StatusMeaning


class Decision(NamedTuple):
    """What a person decided about an exception: `means` for `map`."""

    exception_id: UUID
    how: str
    means: Any
    note: str


_MODELS: Final[dict[str, type[BaseModel]]] = {
    "status": StatusMeaning,
    "reason": ReasonMeaning,
    "words": LocalizedText,
    "outcome": ReasonMeaning,
    "order_status": OrderMeaning,
}
_ORDER_TYPES: Final = ("work", "nothing")


async def resolve(tx: Transaction, commands: Sequence[Command[Decision]], desk: Desk) -> Sequence[Reply | Problem]:
    """Resolve exceptions, and let go on what waited for it."""
    return [await _resolve(tx, command, desk) for command in commands]


async def _resolve(tx: Transaction, command: Command[Decision], desk: Desk) -> Reply | Problem:
    allow(POLICY, command.principal, "exceptions.resolve")
    asked = command.payload
    row = await store.exception(tx, asked.exception_id)
    if row is None:
        return not_found("exception")
    if row["resolved_at"] is not None:
        return conflict(f"This exception was resolved before ({row['resolution']}).")
    problem = _check(row, asked, desk)
    if problem:
        return problem
    released = await _HOWS[asked.how](tx, row, command, desk)
    tx.audit(command.principal, f"exception.{asked.how}", str(asked.exception_id), _noted(row, asked))
    return Reply(200, {"exception_id": str(asked.exception_id), "how": asked.how, "released": released})


def _check(row: Row, asked: Decision, desk: Desk) -> Problem | None:
    """Refuse a meaning that is none, naming the field."""
    if asked.how != "map":
        return None
    if row["kind"] not in TABLES:
        return _wrong("how", f"{row['kind']!r} is no code that could be mapped; choose retry or by_hand")
    return _check_meaning(row["kind"], asked.means, desk)


def _check_meaning(kind: str, means: Any, desk: Desk) -> Problem | None:
    model = _MODELS.get(kind)
    if model is not None:
        try:
            model.model_validate(means, context={"languages": desk.city.profile.languages})
        except ValidationError as error:
            first = error.errors()[0]
            return _wrong(f"means.{'.'.join(map(str, first['loc']))}", sentence(first))
        return None
    if not isinstance(means, str) or not means.strip():
        return _wrong("means", "give their code as a text")
    if kind == "order_type" and means not in _ORDER_TYPES:
        return _wrong("means", f"say one of {', '.join(_ORDER_TYPES)}")
    agencies = [agency.slug for agency in desk.city.working_agencies]
    if kind == "agency" and means not in agencies:
        return _wrong("means", f"no agency takes requests under this name; name one of {', '.join(agencies)}")
    return None


def _wrong(field: str, problem: str) -> Problem:
    return invalid([FieldError(field=field, problem=problem)])


def _noted(row: Row, asked: Decision) -> dict[str, Any]:
    return {"agency": row["agency"], "kind": row["kind"], "code": row["code"], "means": asked.means, "note": asked.note}


async def _map(tx: Transaction, row: Row, command: Command[Decision], desk: Desk) -> int:
    """Add the code for good; everything that waited for it goes on."""
    who = command.principal.subject
    await store.add_code(tx, row["agency"], row["kind"], row["code"], command.payload.means, who)
    alike = await store.resolve_alike(tx, row, who, "mapped")
    return await _release(tx, row, alike, desk)


async def _retry(tx: Transaction, row: Row, command: Command[Decision], desk: Desk) -> int:
    await store.resolve_one(tx, row["exception_id"], command.principal.subject, "tried again")
    return await _release(tx, row, [row], desk)


async def _by_hand(tx: Transaction, row: Row, command: Command[Decision], _desk: Desk) -> int:
    """Take it for done: a person did it in the other system, or it needs nothing."""
    await store.resolve_one(tx, row["exception_id"], command.principal.subject, "by hand")
    if row["direction"] == "out" and row["subject"]:
        await store.give_up(tx, UUID(row["subject"]), f"By hand: {command.payload.note}")
    if row["direction"] == "in":
        await store.set_aside(tx, row["agency"], row["subject"])
    return 1


async def _release(tx: Transaction, row: Row, released: Sequence[Row], desk: Desk) -> int:
    if row["direction"] == "out":
        return len(await store.reopen_deliveries(tx, [UUID(one["subject"]) for one in released if one["subject"]]))
    went = await hear_again(tx, row["agency"], desk)
    return went.total() - went["waits"]


_HOWS: Final = {"map": _map, "retry": _retry, "by_hand": _by_hand}


async def redrive(tx: Transaction, commands: Sequence[Command[UUID]]) -> Sequence[Reply | Problem]:
    """Let parked errands be run again."""
    for command in commands:
        allow(POLICY, command.principal, "deliveries.redrive")
    reopened = set(await store.reopen_deliveries(tx, [command.payload for command in commands]))
    return [
        Reply(200, {"delivery_id": str(command.payload), "state": "open"})
        if command.payload in reopened
        else conflict("Only what is parked or waits can be run again; look at its state.")
        for command in commands
    ]
