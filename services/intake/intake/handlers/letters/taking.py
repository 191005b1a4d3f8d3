"""Taking letters: in one transaction with the note that they were seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.links import sign
from chassis.principals import Principal
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.frontends import Reporter
from contracts.vocabulary import Channel
from intake import store
from intake.domain.free_text import language_of, report_of
from intake.domain.letters.judging import MOST_AN_HOUR, Fate
from intake.domain.letters.reading import Letter
from intake.domain.letters.words import own_words
from intake.domain.report import Report
from intake.handlers.desk import Desk, Facts
from intake.handlers.photos import Added, add_photos
from intake.handlers.residents import Asked, send_messages
from intake.handlers.taking import take_new_requests

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Target:
    """The request and contact that a signed address stands for."""

    request_id: UUID
    contact_ref: str


@dataclass(frozen=True, slots=True)
class Mailed:
    """A letter with its photos kept, for one purpose."""

    key: str
    letter: Letter
    raw: bytes
    photos: Sequence[str]
    fate: Fate
    target: Target | None = None

    @property
    def words(self) -> str:
        """What its writer says to those at work."""
        return own_words(self.letter.text)[:4000]


async def take_letters(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> list[Reply | Problem]:
    """Take letters, each Message-ID once for ever: as requests, as messages to a request, or held for a person."""
    known = await store.letters.known(tx, [command.payload.key for command in commands])
    firsts = {c.payload.key: c for c in reversed(commands) if c.payload.key not in known}
    judged = await _budgeted(tx, list(firsts.values()), desk)
    answers = {
        **await take_reports(tx, [c for c in judged if not c.payload.target and c.payload.fate is Fate.TAKEN], desk),
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
    reports = [_as(c, _report(c, desk)) for c in commands]
    answers = await take_new_requests(tx, reports, desk)
    return {c.payload.key: answer for c, answer in zip(commands, answers, strict=True)}


def _report(command: Command[Mailed], desk: Desk) -> Report:
    mailed, letter = command.payload, command.payload.letter
    language = language_of(letter.words, desk.city.profile.languages, letter.language)
    reporter = Reporter(name=letter.name, email=letter.sender, language=language) if letter.sender else None
    return report_of(Channel.EMAIL, letter.words, reporter, desk.city, command.now, mailed.photos)


async def _take_replies(tx: Transaction, commands: Sequence[Command[Mailed]], desk: Desk) -> dict[str, Reply | Problem]:
    """Pass answers on to those at work, as the contact whose address it is; one by one, for they are rare."""
    return {command.payload.key: await _take_reply(tx, command, desk) for command in commands}


async def _take_reply(tx: Transaction, command: Command[Mailed], desk: Desk) -> Reply | Problem:
    mailed, target = command.payload, command.payload.target
    assert target is not None  # noqa: S101 - only answers come here
    who = Principal("contact", target.contact_ref, request_id=str(target.request_id))
    answer: Reply | Problem = Reply(200, {})
    if mailed.words:
        asked = _as(command, Asked(target.request_id, text=mailed.words), who)
        (answer,) = await send_messages(tx, [asked])
    if mailed.photos and isinstance(answer, Reply):
        added = _as(command, Added(target.request_id, mailed.photos), who)
        (hung,) = await add_photos(tx, [added], desk)
        answer = answer if mailed.words else hung
    return answer


def _as(command: Command[Mailed], payload: P, principal: Principal | None = None) -> Command[P]:
    """Ask for something else because of the same letter."""
    who = principal or command.principal
    return Command(payload, who, command.id, command.now, command.key, command.traceparent)


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
