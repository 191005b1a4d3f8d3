"""What is asked: a command waiting for its commit, by whom and under which key, and the answer it gets."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import BaseModel

from chassis.errors import Problem
from chassis.ids import derived_id
from chassis.records import Command
from chassis.transaction import Transaction

_OWN = "~"


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: an HTTP status and a JSON body."""

    status: int
    body: Mapping[str, Any]


CommandHandler = Callable[[Transaction, Sequence[Command[Any]]], Awaitable[Sequence[Reply | Problem]]]
Key = tuple[str, str, str]


@dataclass(slots=True, eq=False)
class Call:
    """What one caller asked for at once; `done` when the last of it is answered."""

    left: int
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def answered(self) -> None:
        """Count one more answer."""
        self.left -= 1
        if self.left == 0 and not self.done.done():  # done: the caller went away; the effect stands, its key finds it
            self.done.set_result(None)


@dataclass(slots=True, eq=False)
class Waiting:
    """A command until it is answered."""

    route: str
    handler: CommandHandler
    command: Command[Any]
    key: Key | None  # caller, route and idempotency key; None when the caller gave no key
    body_hash: bytes
    call: Call
    answer: Reply | BaseException | None = None


def command_id(caller: str, route: str, key: str) -> str:
    """Name a command by caller, route and key.

    >>> command_id("agent:7", "POST /requests", "k") == command_id("agent:7", "POST /requests", "k")
    True
    """
    return derived_id("command", caller, route, key)


def own_key() -> str:
    """Make the key of a command whose caller gave none."""
    return f"{_OWN}{secrets.token_hex(16)}"


def key_of(route: str, command: Command[Any]) -> Key | None:
    """Tell under what a command's answer is kept: caller, route and idempotency key; None without a key."""
    if command.key is None:
        return None
    return (f"{command.principal.role}:{command.principal.subject}", route, command.key)


def body_hash_of(command: Command[Any]) -> bytes:
    """Hash what was asked, so that a key used with another body is seen; empty for a key of our own making."""
    if command.key is None or command.key.startswith(_OWN):
        return b""
    payload = command.payload
    body = payload.model_dump(mode="json") if isinstance(payload, BaseModel) else payload
    return blake2b(orjson.dumps(body, default=str, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def by_handler(waiting: Sequence[Waiting]) -> list[list[Waiting]]:
    """Part what waits by who handles it, in order; two doors may share a route's name, never their commands."""
    groups: dict[CommandHandler, list[Waiting]] = defaultdict(list)
    for w in waiting:
        groups[w.handler].append(w)
    return list(groups.values())


def one_per_key(taken: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """Part what waits into the first of each key, and the rest."""
    seen: set[Key] = set()
    now: list[Waiting] = []
    later: list[Waiting] = []
    for waiting in taken:
        key = waiting.key
        (later if key is not None and key in seen else now).append(waiting)
        if key is not None:
            seen.add(key)
    return now, later
