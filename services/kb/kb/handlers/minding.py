"""Minding the work: procedures that need a second look, and tasks for editors."""

from dataclasses import dataclass
from typing import Final

from chassis.commands import Reply
from chassis.errors import conflict, not_found
from chassis.principals import allow
from chassis.records import Command
from chassis.transaction import Transaction
from kb.domain.policy import POLICY
from kb.handlers.reading_room import ReadingRoom
from kb.store import articles as store
from kb.store import desk

SETTLED: Final = frozenset({"revised", "kept"})


@dataclass(frozen=True, slots=True)
class Flagged:
    """What is wrong with the procedure behind an article."""

    article_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a flag or a task."""

    name: str
    state: str
    note: str = ""


async def raise_flag(tx: Transaction, command: Command[Flagged], _room: ReadingRoom) -> Reply:
    """Flag the procedure behind an article; its agency follows it up."""
    allow(POLICY, command.principal, "flags.raise")
    known = await store.article(tx, command.payload.article_id)
    if known is None:
        raise not_found(f"article {command.payload.article_id}")
    row = {
        "flag_id": command.id,
        "article_id": known["article_id"],
        "agency": known["content"]["agency"],
        "text": command.payload.text,
        "state": "open",
        "raised_by": command.principal.subject,
        "raised_at": tx.now,
        "resolution": "",
        "settled_by": None,
        "settled_at": None,
    }
    await desk.raise_flag(tx, row)
    tx.audit(command.principal, "flag.raise", known["article_id"], {"flag": command.id})
    return Reply(201, {"flag_id": command.id, "state": "open"})


async def settle_flag(tx: Transaction, command: Command[Settled], _room: ReadingRoom) -> Reply:
    """Say how far a flag has come: looked into, then the procedure revised, or kept, and why."""
    flag = await desk.flag(tx, command.payload.name)
    if flag is None:
        raise not_found("flag of this name")
    allow(POLICY, command.principal, "flags.settle", agency=flag["agency"])
    if flag["settled_at"] is not None:
        raise conflict("This flag is settled already.")
    ended = command.payload.state in SETTLED
    row = {
        "flag_id": flag["flag_id"],
        "state": command.payload.state,
        "resolution": command.payload.note,
        "settled_by": command.principal.subject if ended else None,
        "settled_at": tx.now if ended else None,
    }
    await desk.settle_flag(tx, row)
    tx.audit(command.principal, "flag.settle", flag["article_id"], {"flag": flag["flag_id"], "state": row["state"]})
    return Reply(200, {"flag_id": flag["flag_id"], "state": row["state"]})


async def settle_task(tx: Transaction, command: Command[Settled], _room: ReadingRoom) -> Reply:
    """Close a task: done, or not worth doing."""
    task = await desk.task(tx, command.payload.name)
    if task is None:
        raise not_found("task of this name")
    allow(POLICY, command.principal, "tasks.settle", agency=task["agency"])
    who = command.principal
    await desk.settle_task(tx, task["task_id"], command.payload.state, who.subject, command.payload.note)
    tx.audit(who, "task.settle", task["task_id"], {"state": command.payload.state})
    return Reply(200, {"task_id": task["task_id"], "state": command.payload.state})
