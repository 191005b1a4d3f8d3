"""Social networks: a post becomes a request, joins one, or is answered by an article; the answer goes to its thread."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

import structlog

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.http import Doors
from chassis.ids import derived_id
from chassis.principals import Principal
from chassis.records import Command, Due
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.city import fill
from contracts.event import in_language
from contracts.frontends import Reporter
from contracts.vocabulary import Channel
from intake import store
from intake.domain.requests.emergency import CALLS
from intake.domain.requests.free_text import language_of, report_of
from intake.domain.social import Post
from intake.gateways.social import Networks, NotNow, NotTaken
from intake.handlers.desk import Desk, Facts
from intake.handlers.requests.residents import Asked, send_messages
from intake.handlers.requests.taking import take_new_requests
from intake.handlers.social.questions import answered, found_for, warned

FORGET: Final = "social.forget"
LEASE: Final = timedelta(minutes=1)
AT_ONCE: Final = 8
MOST_TRIES: Final = 10
"""Tries of one answer, the last about eight hours after the first."""
P = TypeVar("P")
_log = structlog.get_logger()


async def take_posts(tx: Transaction, commands: Sequence[Command[Post]], desk: Desk) -> list[Reply | Problem]:
    """Take posts, each provider's id once for ever."""
    known = await store.social.known(tx, [_name(command.payload) for command in commands])
    answers: list[Reply | Problem] = []
    for command in commands:
        fresh = _name(command.payload) not in known
        answers.append(await _take(tx, command, desk) if fresh else Reply(200, {"repeated": True}))
        known.add(_name(command.payload))
    return answers


def _name(post: Post) -> tuple[str, str]:
    return post.provider, post.post_id


async def _take(tx: Transaction, command: Command[Post], desk: Desk) -> Reply | Problem:
    post = command.payload
    thread = await _thread(tx, command, desk)
    answer, words = await _deal(tx, command, thread, desk)
    if isinstance(answer, Problem):
        return answer
    await tx.insert(store.social.SocialPost, [{"provider": post.provider, "post_id": post.post_id, "at": command.now}])
    made = answer.body.get("request_id")
    row = thread | ({"request_id": UUID(made)} if made else {})
    await tx.upsert(store.social.VaultSocialThread, [row], ("thread_ref",), only=("request_id", "language", "at"))
    if words:
        await intend(tx, row, post.post_id, words, command)
    if row["request_id"] is None:
        forget_at = command.now + timedelta(days=desk.city.people.unknown_thread_days)
        tx.schedule(FORGET, row["thread_ref"], forget_at, {}, command)
    return Reply(200, {"taken": True})


async def _thread(tx: Transaction, command: Command[Post], desk: Desk) -> Facts:
    """Find a post's thread, or begin one: messages are one thread a person, mentions one a conversation."""
    post = command.payload
    thread_id = post.author_id if post.is_private else post.post_id
    ref = derived_id("social", post.provider, post.is_private, post.author_id, thread_id)
    found: Row | None = await store.social.thread(tx, ref)
    if found is None and post.answers:
        found = await store.social.thread_answered(tx, post.provider, post.author_id, post.answers)
    if found is not None:
        return dict(found) | {"at": command.now}
    return {
        "thread_ref": ref,
        "provider": post.provider,
        "thread_id": thread_id,
        "author_id": post.author_id,
        "handle": post.handle,
        "is_private": post.is_private,
        "language": language_of(post.text, desk.city.profile.languages, post.language),
        "request_id": None,
        "at": command.now,
    }


async def _deal(
    tx: Transaction, command: Command[Post], thread: Facts, desk: Desk
) -> tuple[Reply | Problem, str | None]:
    """Pass it on to an open request of the thread, answer it by an article, or make a request of it."""
    post = command.payload
    if thread["request_id"] and post.text:
        who = Principal("contact", thread["thread_ref"], request_id=str(thread["request_id"]))
        (sent,) = await send_messages(tx, [_as(command, Asked(thread["request_id"], text=post.text), who)])
        if isinstance(sent, Reply):  # a closed one takes no messages: then it is a new report
            return Reply(200, {}), await warned(tx, command, thread, None, desk)
    found = await found_for(tx, post, desk)
    if found is not None:
        words = await answered(tx, command, thread, found, desk)
        return Reply(200, {}), await warned(tx, command, thread, words, desk)
    return await _report(tx, command, thread, desk)


async def _report(
    tx: Transaction, command: Command[Post], thread: Facts, desk: Desk
) -> tuple[Reply | Problem, str | None]:
    post, language, city = command.payload, thread["language"], desk.city
    reporter = Reporter(name=(post.handle or "")[:200] or None, language=language)
    report = report_of(Channel.SOCIAL, post.text, reporter, city, command.now, post.photos)
    (answer,) = await take_new_requests(tx, [_as(command, report)], desk)
    if isinstance(answer, Problem):
        return answer, None
    body = answer.body
    values = {"number": body["tracking_number"], "forecast": in_language(body["forecast"], language)}
    words = fill(city.conversation.phrases.made.say(language), values)
    told = [in_language(body[call], language) for call in CALLS if call in body]
    return answer, " ".join((*told, words))


def _as(command: Command[Post], payload: P, principal: Principal | None = None) -> Command[P]:
    """Ask for something else because of the same post."""
    who = principal or command.principal
    return Command(payload, who, command.id, command.now, command.key, command.traceparent)


async def intend(tx: Transaction, thread: Facts, cause: str, words: str, command: Command[Post]) -> None:
    """Intend one answer for a thread and cause, however often the cause is heard of."""
    row = {
        "reply_id": derived_id("social.reply", thread["thread_ref"], cause),
        "thread_ref": thread["thread_ref"],
        "request_id": thread["request_id"],
        "answers": command.payload.post_id,
        "text": words,
        "state": "waiting",
        "posted_id": None,
        "due_at": command.now,
        "tries": 0,
    }
    await tx.insert(store.social.VaultSocialReply, [row], ignore=("reply_id",))


async def forget_threads(tx: Transaction, due: Sequence[Due]) -> None:
    """Forget threads in which no request was made, and so nobody is known: their authors could never ask for it."""
    await store.social.forget_threads(tx, [one.key for one in due])


class SocialAnswers:
    """Sends what is due to the providers; several may run side by side."""

    def __init__(self, doors: Doors, networks: Networks) -> None:
        self._doors, self._networks = doors, networks

    async def run(self, stop: asyncio.Event, poll_seconds: float) -> None:
        """Work until told to stop."""
        try:
            while not stop.is_set():
                if not await self.work():
                    await _pause(stop, poll_seconds)
        finally:
            await self._networks.close()

    async def work(self) -> bool:
        """Send what is due; tells whether there was anything."""
        async with self._doors.transaction() as tx:
            rows = await store.social.lease(tx, tx.now + LEASE, AT_ONCE)
        if not rows:
            return False
        settled = await asyncio.gather(*(self._send(row) for row in rows))
        await self._doors.persist(lambda tx: store.social.settle(tx, settled))
        return True

    async def _send(self, row: Row) -> Facts:
        now = self._doors.database.clock()
        state, posted, due = "sent", None, now
        try:
            posted = await self._networks.send(row)
        except NotTaken as why:
            _log.warning("social answer not taken", why=str(why))
            state = "failed"
        except NotNow as why:
            _log.info("social answer put off", why=str(why), tries=row["tries"])
            state = "waiting" if row["tries"] < MOST_TRIES else "failed"
            due = now + timedelta(seconds=30 * 2 ** row["tries"])
        return {"reply_id": row["reply_id"], "state": state, "posted_id": posted, "due_at": due}


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, unless told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
