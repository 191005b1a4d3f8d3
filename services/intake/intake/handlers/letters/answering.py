"""Letters that ask: the article that answers is mailed back, instead of a request's number or beside it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from chassis.commands import Reply
from chassis.http import Doors
from chassis.ids import derived_id, derived_uuid
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from chassis.waiting import rest
from contracts.event import in_language
from contracts.intake import Call, ContactRecorded
from contracts.vocabulary import Channel, ContactKind
from intake import store
from intake.domain.conversations import Found, KeywordAnswers, Question, in_writing
from intake.domain.letters.asking import asks_alone, question_in
from intake.domain.letters.reading import Letter
from intake.domain.letters.words import subject_alone
from intake.domain.masking import mask
from intake.domain.people.contacts import known_as
from intake.domain.requests.emergency import calls_for, said_of, told_to_call
from intake.domain.requests.free_text import language_of
from intake.gateways.codes import NotSent
from intake.handlers.center.relief import count_served
from intake.handlers.desk import Desk
from intake.handlers.letters.mailed import Mailed, Target, writer_of

LEASE: Final = timedelta(minutes=5)
AT_ONCE: Final = 8
MOST_TRIES: Final = 8
"""Tries of one answer, the last about an hour after the first."""
LEFT_OVER_SECONDS: Final = 30.0
"""So often answers are looked for that another process left."""
_log = structlog.get_logger()


async def look_up_letter(desk: Desk, letter: Letter) -> None:
    """Ask the knowledge base what a letter asks; the answer lies ready when the letter is taken."""
    question = _question(letter, desk)
    if question is not None and letter.sender:
        await desk.knowledge.ask(question)


async def answer_letters(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> dict[str, Reply]:
    """Answer those letters that ask, and tell which do nothing else, so that no request is made of them."""
    alone: dict[str, Reply] = {}
    for command in commands:
        letter, question = command.payload.letter, _question(command.payload.letter, desk)
        found = await _found(tx, question, desk) if question and letter.sender else None
        if question and found:
            calls = calls_for(letter.words, desk.city)
            await _intend(tx, command, found, question.language, calls, desk)
            if "emergency" not in calls and asks_alone(letter, question.text, desk.city):
                _count(tx, command, question.language, calls, desk)
                alone[command.payload.key] = Reply(200, {"answered": True})
    return alone


def _count(tx: Transaction, command: Command[Mailed], language: str, calls: Sequence[Call], desk: Desk) -> None:
    """Count who was told to call another number, where no report does."""
    ref = known_as(desk.link_key, writer_of(command.payload.letter, desk.city))
    for call in calls:
        told = told_to_call(call, command.id, desk.city, Channel.EMAIL, language=language, contact_ref=ref)
        tx.publish(told, because=command)


def _question(letter: Letter, desk: Desk) -> Question | None:
    asked = question_in(letter, desk.city)
    if asked is None:
        return None
    language = language_of(letter.words, desk.city.profile.languages, letter.language)
    return Question(asked, language, public=mask(asked, (letter.name,) if letter.name else ()))


async def _found(tx: Transaction, question: Question, desk: Desk) -> Found | None:
    """Find the article: as the knowledge base says, else in the copy that is kept here."""
    said = desk.knowledge.said(question)
    if said is not None:
        return said[0]
    return KeywordAnswers(await store.article_words(tx)).find(question.text, question.language)


async def _intend(
    tx: Transaction, command: Command[Mailed], found: Found, language: str, calls: Sequence[Call], desk: Desk
) -> None:
    """Intend one answer, whom to call first of all, and count the contact as every channel does."""
    letter = command.payload.letter
    await _mail_back(tx, command, (*_first(calls, language, desk), *in_writing(language, desk.city, found)))
    contact = ContactRecorded(
        contact_id=derived_uuid("letter.answered", command.payload.key),
        kind=ContactKind.QUESTION_ANSWERED,
        channel=Channel.EMAIL,
        language=language,
        article_id=found.article_id,
        article_version=found.version,
        contact_ref=known_as(desk.link_key, writer_of(letter, desk.city)),
    )
    tx.publish(contact, because=command)
    await count_served(tx, Channel.EMAIL, [(contact.contact_id, contact.kind)], command.now)


def _first(calls: Sequence[Call], language: str, desk: Desk) -> Sequence[str]:
    """Say whom to call, before anything else."""
    return [in_language(said, language) for said in said_of(calls, desk.city).values()]


async def _mail_back(tx: Transaction, command: Command[Mailed], says: Sequence[str]) -> None:
    letter = command.payload.letter
    row = {
        "answer_id": derived_id("letter.answer", command.payload.key),
        "email": letter.sender,
        "subject": subject_alone(letter.subject)[:200],
        "text": "\n\n".join(says),
        "answers": letter.message_id,
        "due_at": command.now,
        "tries": 0,
    }
    await tx.insert(store.letters.VaultLetterAnswer, [row], ignore=("answer_id",))


async def warn_writer(tx: Transaction, command: Command[Mailed], target: Target, desk: Desk) -> None:
    """Mail whom to call to who answers a letter of ours with words of danger or need, whatever comes of the answer."""
    letter, calls = command.payload.letter, calls_for(command.payload.words, desk.city)
    if not calls or not letter.sender:
        return
    language = language_of(command.payload.words, desk.city.profile.languages, letter.language)
    await _mail_back(tx, command, _first(calls, language, desk))
    known = {"language": language, "contact_ref": target.contact_ref, "request_id": target.request_id}
    for call in calls:
        tx.publish(told_to_call(call, command.id, desk.city, Channel.EMAIL, **known), because=command)


class LetterAnswers:
    """Mails the answers that are due; several may run side by side."""

    def __init__(self, doors: Doors, desk: Desk) -> None:
        self._doors, self._desk = doors, desk

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop: at once when a letter was answered here, now and then for what others left."""
        while not stop.is_set():
            if not await self.work():
                self._desk.letters_due.clear()
                await rest(LEFT_OVER_SECONDS, stop, self._desk.letters_due)

    async def work(self) -> bool:
        """Mail what is due; tells whether there was anything."""
        async with self._doors.transaction() as tx:
            rows = await store.letters.lease_answers(tx, tx.now + LEASE, AT_ONCE)
        if not rows:
            return False
        tried = dict(zip((row["answer_id"] for row in rows), await asyncio.gather(*map(self._send, rows)), strict=True))
        ended = [answer_id for answer_id, again in tried.items() if again is None]
        later = {answer_id: again for answer_id, again in tried.items() if again is not None}
        await self._doors.persist(lambda tx: store.letters.settle_answers(tx, ended, later))
        return True

    async def _send(self, row: Row) -> datetime | None:
        """Mail one; gives when to try again, or None when there is nothing more to do."""
        mailbox, post = self._desk.city.profile.mail, self._desk.codes
        if mailbox is None or post is None:
            return None
        try:
            await post.answer(mailbox.address, row)
        except NotSent as why:
            _log.warning("the answer to a letter was not taken", why=str(why), tries=row["tries"])
            wait = timedelta(seconds=30 * 2 ** row["tries"])
            return self._doors.database.clock() + wait if row["tries"] < MOST_TRIES else None
        return None
