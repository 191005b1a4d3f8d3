"""Commands share a commit; a bad one does not sink its neighbours, a repeated one gets its answer again."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import asyncpg
import structlog

from chassis.asked import (
    Call,
    CommandHandler,
    Reply,
    Waiting,
    body_hash_of,
    by_handler,
    command_id,
    key_of,
    one_per_key,
    own_key,
)
from chassis.backoff import delay
from chassis.database import Database, is_transient
from chassis.errors import Problem, conflict
from chassis.records import Command
from chassis.transaction import Transaction
from chassis.waiting import happens

__all__ = ["CommandHandler", "Commands", "Reply", "command_id", "own_key"]

MAX_SHARED = 500
MAX_BESIDE = 2
MAX_TRIES = 6
LINGER_SECONDS = 0.004
"""How long a commit waits for those answered a moment ago to ask again; one who asks alone never waits."""
_log = structlog.get_logger()


class Commands:
    """Gathers commands and runs them in shared transactions."""

    def __init__(self, database: Database, answered: Callable[[int], None]) -> None:
        self._database, self._answered = database, answered
        self._queue: list[Waiting] = []
        self._wake, self._enough = asyncio.Event(), asyncio.Event()
        self._last = 0
        self._room = asyncio.Semaphore(MAX_BESIDE)

    async def ask(self, route: str, handler: CommandHandler, command: Command[Any]) -> Reply:
        """Run a command; returns after its commit. Raises Problem when it is refused."""
        (answer,) = await self._ask(route, handler, [command])
        if isinstance(answer, Problem):
            raise answer
        return answer

    async def ask_many(
        self, route: str, handler: CommandHandler, commands: Sequence[Command[Any]]
    ) -> list[Reply | Problem]:
        """Run many commands of one caller; each has its own answer, a reply or a problem, in order."""
        return await self._ask(route, handler, commands) if commands else []

    async def _ask(
        self, route: str, handler: CommandHandler, commands: Sequence[Command[Any]]
    ) -> list[Reply | Problem]:
        call = Call(len(commands))
        waiting = [Waiting(route, handler, c, key_of(route, c), body_hash_of(c), call) for c in commands]
        self._queue.extend(waiting)
        self._wake.set()
        if len(self._queue) >= self._last:
            self._enough.set()
        await call.done
        answers = [w.answer for w in waiting]
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, Problem):
                raise answer
        return [a for a in answers if isinstance(a, Reply | Problem)]

    async def run(self) -> None:
        """Commit what has gathered, again and again, until cancelled."""
        async with asyncio.TaskGroup() as beside:
            while True:
                taken = await self._gathered()
                if len(taken) < MAX_SHARED:
                    await self._settle(taken)
                else:  # full: the next is prepared while PostgreSQL works on this one
                    beside.create_task(self._settle_beside(taken))

    async def _gathered(self) -> list[Waiting]:
        await self._wake.wait()
        if len(self._queue) < self._last:  # one commit for all who ask again costs less than two for halves
            self._enough.clear()
            await happens(self._enough, LINGER_SECONDS)
        self._last = min(len(self._queue), MAX_SHARED)
        taken, self._queue = self._queue[:MAX_SHARED], self._queue[MAX_SHARED:]
        if not self._queue:
            self._wake.clear()
        return taken

    async def _settle_beside(self, taken: Sequence[Waiting]) -> None:
        async with self._room:
            await self._settle(taken)

    async def _settle(self, taken: Sequence[Waiting]) -> None:
        now, later = one_per_key(taken)
        answers = await self._commit(now)
        for waiting in now:
            waiting.answer = answers[waiting]
            waiting.call.answered()
        self._answered(len(now))
        if later:  # the same key twice at once: the second is answered from the first's stored answer
            await self._settle(later)

    async def _commit(self, waiting: Sequence[Waiting]) -> dict[Waiting, Reply | BaseException]:
        try:  # most are new and good: they are looked up and told apart only when this fails
            async with self._database.transaction() as tx:
                return await self._decide_new(tx, waiting)
        except Exception as error:  # whatever it was, the careful way below finds whose it is
            _log.debug("commands are taken one by one", error=type(error).__name__, count=len(waiting))
        return await self._commit_carefully(waiting)

    async def _decide_new(self, tx: Transaction, waiting: Sequence[Waiting]) -> dict[Waiting, Reply | BaseException]:
        answers: dict[Waiting, Reply | BaseException] = {}
        for group in by_handler(waiting):
            given = await group[0].handler(tx, [w.command for w in group])
            answers |= zip(group, given, strict=True)
        if await self._remembered(tx, [w for w in waiting if not isinstance(answers[w], Reply)]):
            raise conflict("A repeated command was refused: its first answer is to be told.")
        await self._remember(tx, waiting, answers)
        return answers

    async def _commit_carefully(self, waiting: Sequence[Waiting]) -> dict[Waiting, Reply | BaseException]:
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

    async def _decide(self, tx: Transaction, waiting: Sequence[Waiting]) -> dict[Waiting, Reply | BaseException]:
        answers = await self._remembered(tx, waiting)
        new = [w for w in waiting if w not in answers]
        for group in by_handler(new):
            answers |= await self._handle(tx, group)
        await self._remember(tx, new, answers)
        return answers

    async def _handle(self, tx: Transaction, group: list[Waiting]) -> dict[Waiting, Reply | BaseException]:
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

    async def _remembered(self, tx: Transaction, waiting: Sequence[Waiting]) -> dict[Waiting, Reply | BaseException]:
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
        self, tx: Transaction, asked: Sequence[Waiting], answers: Mapping[Waiting, Reply | BaseException]
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


def _repeat(waiting: Waiting, stored: Mapping[str, Any]) -> Reply | Problem:
    if bytes(stored["body_hash"]) != waiting.body_hash:
        return conflict("This Idempotency-Key was used with another body. Use a new key for a new command.")
    return Reply(stored["status"], stored["answer"])


def _failure(error: BaseException) -> Problem:
    if is_transient(error):
        return Problem(503, "Not available just now", "The database is away. Try again with the same Idempotency-Key.")
    return _unexpected(error)


def _unexpected(error: BaseException) -> Problem:
    _log.error("command raised", error=f"{type(error).__name__}: {error}"[:500])
    return Problem(
        500, "Something went wrong here", "It was noted and nothing was stored. Try again with the same key."
    )
