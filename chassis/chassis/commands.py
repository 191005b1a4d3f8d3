"""Commands share a commit; a bad one does not sink its neighbours, a repeated one gets its answer again."""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from typing import Any

import asyncpg
import orjson
import structlog
from pydantic import BaseModel

from chassis.backoff import delay
from chassis.database import Database, is_transient
from chassis.errors import Problem, conflict
from chassis.ids import derived_id
from chassis.records import Command
from chassis.transaction import Transaction

MAX_SHARED = 500
MAX_TRIES = 6
_OWN = "~"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: an HTTP status and a JSON body."""

    status: int
    body: Mapping[str, Any]


CommandHandler = Callable[[Transaction, Sequence[Command[Any]]], Awaitable[Sequence[Reply | Problem]]]
Key = tuple[str, str, str]


@dataclass(slots=True, eq=False)
class _Waiting:
    route: str
    handler: CommandHandler
    command: Command[Any]
    body_hash: bytes
    answer: asyncio.Future[Reply] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def key(self) -> Key | None:
        """Caller, route and idempotency key; None when the caller gave no key."""
        if self.command.key is None:
            return None
        return (f"{self.command.principal.role}:{self.command.principal.subject}", self.route, self.command.key)


class Commands:
    """Gathers commands and runs them in shared transactions."""

    def __init__(self, database: Database, answered: Callable[[int], None]) -> None:
        self._database, self._answered = database, answered
        self._queue: list[_Waiting] = []
        self._wake = asyncio.Event()

    async def ask(self, route: str, handler: CommandHandler, command: Command[Any]) -> Reply:
        """Run a command; returns after its commit. Raises Problem when it is refused."""
        return (await self._ask_all(route, handler, [command]))[0]

    async def _ask_all(self, route: str, handler: CommandHandler, commands: Sequence[Command[Any]]) -> list[Reply]:
        waiting = self._enqueue(route, handler, commands)
        return [await w.answer for w in waiting]

    async def ask_many(
        self, route: str, handler: CommandHandler, commands: Sequence[Command[Any]]
    ) -> list[Reply | Problem]:
        """Run many commands of one caller; each has its own answer, a reply or a problem, in order."""
        waiting = self._enqueue(route, handler, commands)
        answers = await asyncio.gather(*(w.answer for w in waiting), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, Problem):
                raise answer
        return [a for a in answers if isinstance(a, Reply | Problem)]

    def _enqueue(self, route: str, handler: CommandHandler, commands: Sequence[Command[Any]]) -> list[_Waiting]:
        waiting = [_Waiting(route, handler, c, _body_hash(c)) for c in commands]
        self._queue.extend(waiting)
        self._wake.set()
        return waiting

    async def run(self) -> None:
        """Commit what has gathered, again and again, until cancelled."""
        while True:
            await self._wake.wait()
            taken, self._queue = self._queue[:MAX_SHARED], self._queue[MAX_SHARED:]
            if not self._queue:
                self._wake.clear()
            if taken:
                await self._settle(taken)

    async def _settle(self, taken: Sequence[_Waiting]) -> None:
        now, later = _one_per_key(taken)
        answers = await self._commit(now)
        for waiting in now:
            _give(waiting.answer, answers[waiting])
        self._answered(len(now))
        if later:  # the same key twice at once: the second is answered from the first's stored answer
            await self._settle(later)

    async def _commit(self, waiting: Sequence[_Waiting]) -> dict[_Waiting, Reply | BaseException]:
        for tries in count():
            try:
                async with self._database.transaction() as tx:
                    return await self._decide(tx, waiting)
            except Exception as error:
                # A unique violation is another process storing the same key: the next try finds its answer.
                again = is_transient(error) or isinstance(error, asyncpg.UniqueViolationError)
                if tries >= MAX_TRIES or not again:
                    _log.error("commands failed", error=f"{type(error).__name__}: {error}"[:500], count=len(waiting))
                    return dict.fromkeys(waiting, _failure(error))
                await asyncio.sleep(delay(tries, most=1.0))
        raise AssertionError("unreachable")

    async def _decide(self, tx: Transaction, waiting: Sequence[_Waiting]) -> dict[_Waiting, Reply | BaseException]:
        answers = await self._remembered(tx, waiting)
        by_route: dict[str, list[_Waiting]] = defaultdict(list)
        for w in waiting:
            if w not in answers:
                by_route[w.route].append(w)
        for group in by_route.values():
            answers |= await self._handle(tx, group)
        await self._remember(tx, [w for group in by_route.values() for w in group], answers)
        return answers

    async def _handle(self, tx: Transaction, group: list[_Waiting]) -> dict[_Waiting, Reply | BaseException]:
        try:
            async with tx.savepoint():
                given = await group[0].handler(tx, [w.command for w in group])
                return dict(zip(group, given, strict=True))
        except Exception as error:
            if is_transient(error):
                raise
            if len(group) == 1:
                return {group[0]: error if isinstance(error, Problem) else _unexpected(error)}
            middle = len(group) // 2
            return await self._handle(tx, group[:middle]) | await self._handle(tx, group[middle:])

    async def _remembered(self, tx: Transaction, waiting: Sequence[_Waiting]) -> dict[_Waiting, Reply | BaseException]:
        keyed = {w.key: w for w in waiting if w.key is not None}
        if not keyed:
            return {}
        columns = [list(c) for c in zip(*keyed, strict=True)]
        found = await tx.sql(
            "SELECT caller, route, key, body_hash, status, answer FROM idempotency"
            " JOIN unnest($1::text[], $2::text[], $3::text[]) AS g(caller, route, key) USING (caller, route, key)",
            *columns,
        )
        return {
            keyed[r["caller"], r["route"], r["key"]]: _repeat(keyed[r["caller"], r["route"], r["key"]], r)
            for r in found
        }

    async def _remember(
        self, tx: Transaction, asked: Sequence[_Waiting], answers: Mapping[_Waiting, Reply | BaseException]
    ) -> None:
        rows = []
        for w in asked:
            answer, key = answers[w], w.key
            if key is not None and isinstance(answer, Reply):
                caller, route, given = key
                rows.append(
                    {
                        "caller": caller,
                        "route": route,
                        "key": given,
                        "body_hash": w.body_hash,
                        "status": answer.status,
                        "answer": dict(answer.body),
                        "answered_at": tx.now,
                    }
                )
        await tx.insert(tx.table("idempotency"), rows)


def command_id(caller: str, route: str, key: str) -> str:
    """Name a command by caller, route and key.

    >>> command_id("agent:7", "POST /requests", "k") == command_id("agent:7", "POST /requests", "k")
    True
    """
    return derived_id("command", caller, route, key)


def own_key() -> str:
    """Make the key of a command whose caller gave none."""
    return f"{_OWN}{secrets.token_hex(16)}"


def _one_per_key(taken: Sequence[_Waiting]) -> tuple[list[_Waiting], list[_Waiting]]:
    seen: set[Key] = set()
    now: list[_Waiting] = []
    later: list[_Waiting] = []
    for waiting in taken:
        key = waiting.key
        (later if key is not None and key in seen else now).append(waiting)
        if key is not None:
            seen.add(key)
    return now, later


def _repeat(waiting: _Waiting, stored: Mapping[str, Any]) -> Reply | Problem:
    if bytes(stored["body_hash"]) != waiting.body_hash:
        return conflict("This Idempotency-Key was used with another body. Use a new key for a new command.")
    return Reply(stored["status"], stored["answer"])


def _body_hash(command: Command[Any]) -> bytes:
    if command.key is None or command.key.startswith(_OWN):
        return b""
    payload = command.payload
    body = payload.model_dump(mode="json") if isinstance(payload, BaseModel) else payload
    return blake2b(orjson.dumps(body, default=str, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def _give(answer: asyncio.Future[Reply], result: Reply | BaseException) -> None:
    if answer.done():  # the caller went away; the effect stands, and its key finds the answer again
        return
    if isinstance(result, BaseException):
        answer.set_exception(result)
    else:
        answer.set_result(result)


def _failure(error: BaseException) -> Problem:
    if is_transient(error):
        return Problem(503, "Not available just now", "The database is away. Try again with the same Idempotency-Key.")
    return _unexpected(error)


def _unexpected(error: BaseException) -> Problem:
    _log.error("command raised", error=f"{type(error).__name__}: {error}"[:500])
    return Problem(
        500, "Something went wrong here", "It was noted and nothing was stored. Try again with the same key."
    )
