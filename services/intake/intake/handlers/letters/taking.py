"""Taking letters: in one transaction with the note that they were seen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.links import sign
from chassis.principals import Principal
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.vocabulary import Channel
from intake import store
from intake.domain.letters.judging import MOST_AN_HOUR, Fate
from intake.domain.letters.reading import Letter
from intake.domain.requests.free_text import report_of
from intake.domain.requests.report import Report
from intake.handlers.desk import Desk, Facts
from intake.handlers.letters.answering import answer_letters, warn_writer
from intake.handlers.letters.mailed import Mailed, asked_as, writer_of
from intake.handlers.photos.keeping import Added, add_photos
from intake.handlers.requests.residents import Asked, send_messages
from intake.handlers.requests.taking import take_new_requests


async def take_letters(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> list[Reply | Problem]:
    """Take letters, each Message-ID once for ever: as reports, questions or messages to a request, or held."""
    known = await store.letters.known(tx, [command.payload.key for command in commands])
    firsts = {c.payload.key: c for c in reversed(commands) if c.payload.key not in known}
    judged = await _budgeted(tx, list(firsts.values()), desk)
    fresh = [c for c in judged if c.payload.is_new]
    asked = await answer_letters(tx, fresh, desk)
    answers = {
        **asked,
        **await take_reports(tx, [c for c in fresh if c.payload.key not in asked], desk),
        **await _take_replies(tx, [c for c in judged if c.payload.target], desk),
        **await _hold(tx, [c for c in judged if not c.payload.target and c.payload.fate is not Fate.TAKEN]),
    }
    taken = [c for c in judged if isinstance(answers[c.payload.key], Reply)]
    await tx.insert(store.letters.Letter, [_row(c, answers[c.payload.key], desk) for c in taken])
    return [answers.get(command.payload.key, Reply(200, {"repeated": True})) for command in commands]


async def _budgeted(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> list[Command[Mailed]]:
    """Hold the letters of who writes too many: it may be a machine that answers our own answers."""
    senders = [_sender_key(command.payload.letter, desk) for command in commands]
    counts = await store.letters.since(tx, senders, tx.now - timedelta(hours=1))
    return [
        replace(c, payload=replace(c.payload, fate=Fate.HELD)) if counts.get(who, 0) >= MOST_AN_HOUR else c
        for c, who in zip(commands, senders, strict=True)
    ]


def _sender_key(letter: Letter, desk: Desk) -> str:
    return sign(desk.link_key, "mail sender", (letter.sender or "").lower())


async def take_reports(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> dict[str, Reply | Problem]:
    """Make requests of letters, by the one way there is."""
    if not commands:
        return {}
    reports = [asked_as(c, _report(c, desk)) for c in commands]
    answers = await take_new_requests(tx, reports, desk)
    return {c.payload.key: answer for c, answer in zip(commands, answers, strict=True)}


def _report(command: Command[Mailed], desk: Desk) -> Report:
    mailed, reporter = command.payload, writer_of(command.payload.letter, desk.city)
    return report_of(Channel.EMAIL, mailed.letter.words, reporter, desk.city, command.now, mailed.photos)


async def _take_replies(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> dict[str, Reply | Problem]:
    """Pass answers on to those at work, as the contact whose address it is; one by one, for they are rare."""
    return {command.payload.key: await _take_reply(tx, command, desk) for command in commands}


async def _take_reply(tx: Transaction, command: Command[Mailed], desk: Desk) -> Reply | Problem:
    mailed, target = command.payload, command.payload.target
    assert target is not None  # noqa: S101 - only answers come here
    await warn_writer(tx, command, target, desk)
    who = Principal("contact", target.contact_ref, request_id=str(target.request_id))
    answer: Reply | Problem = Reply(200, {})
    if mailed.words:
        asked = asked_as(command, Asked(target.request_id, text=mailed.words), who)
        (answer,) = await send_messages(tx, [asked])
    if mailed.photos and isinstance(answer, Reply):
        added = asked_as(command, Added(target.request_id, mailed.photos), who)
        (hung,) = await add_photos(tx, [added], desk)
        answer = answer if mailed.words else hung
    return answer


async def _hold(tx: Transaction, commands: Sequence[Command[Mailed]]) -> Mapping[str, Reply | Problem]:
    rows: list[Facts] = [
        {
            "letter_key": c.payload.key,
            "subject": c.payload.letter.subject[:500],
            "words": c.payload.letter.words,
            "sender": c.payload.letter.sender,
            "raw": c.payload.raw,
            "at": c.now,
        }
        for c in commands
    ]
    await tx.insert(store.letters.VaultHeldLetter, rows)
    return {c.payload.key: Reply(202, {"held": True}) for c in commands}


def _row(command: Command[Mailed], answer: Reply | Problem, desk: Desk) -> Facts:
    mailed = command.payload
    made = answer.body.get("request_id") if isinstance(answer, Reply) else None
    return {
        "letter_key": mailed.key,
        "sender_key": _sender_key(mailed.letter, desk),
        "fate": mailed.fate.value,
        "request_id": mailed.target.request_id if mailed.target else UUID(made) if made else None,
        "at": command.now,
    }
