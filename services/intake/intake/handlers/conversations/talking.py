"""One message after the other of each conversation: heard once, answered the same however often it comes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, not_found
from chassis.principals import Principal, may
from chassis.records import Command, Due
from chassis.transaction import Reads, Transaction
from contracts.vocabulary import Channel
from intake import store
from intake.domain.conversations import Facts as Known
from intake.domain.conversations import (
    Found,
    KeywordAnswers,
    Record,
    Talk,
    Turn,
    numbers_in,
    respond,
    resume,
)
from intake.domain.people.telephone import dialable
from intake.domain.policy import POLICY
from intake.handlers.conversations.asking import areas_of, new_talk, row_of
from intake.handlers.conversations.counting import count_turn
from intake.handlers.conversations.doing import carry_out, do_all
from intake.handlers.conversations.spoken import Spoken
from intake.handlers.conversations.surveys import PAUSE
from intake.handlers.desk import Desk, Facts
from intake.handlers.drafts.talked import talk_of_draft
from intake.handlers.people.profiles import heed_texts
from intake.handlers.public.views import show_request
from intake.store.conversations.surveys import asked_by_phone

FORGET: Final = "conversation.forget"
KEPT: Final = timedelta(days=30)


async def converse(tx: Transaction, commands: Sequence[Command[Spoken]], desk: Desk) -> list[Reply | Problem]:
    """Answer each message in the order of arrival; a reply names the answer, which lies in the vault alone.

    What a reply holds is kept under its key, where nothing is forgotten or erased with the conversation.
    """
    await store.lock_talks(tx, [key for command in commands for key in command.payload.keys])
    return [await _answer(tx, command, desk) for command in commands]


async def _answer(tx: Transaction, command: Command[Spoken], desk: Desk) -> Reply | Problem:
    said = command.payload
    if said.provider_id and await store.is_heard(tx, said.provider_id):
        return Reply(200, {"answer": said.provider_id})
    row = await row_of(tx, said)
    if row is None and said.reference:
        return not_found("conversation of this reference")
    talk = Talk.model_validate(row["talk"]) if row else new_talk(said, desk)
    talk = talk.to(stopped=await _wants_none(tx, said))
    turn = await _turn(tx, command, talk, desk)
    if turn.talk.stopped != talk.stopped:
        await (store.stop_texts if turn.talk.stopped else store.allow_texts)(tx, said.phone, command.now)
        await heed_texts(tx, said.phone, desk.city.conversation.region, command, stopped=turn.talk.stopped)
    return Reply(200, {"answer": await _keep(tx, command, turn, _body(turn, desk))})


async def _wants_none(tx: Transaction, said: Spoken) -> bool:
    """Whether this telephone wants no texts, in whatever conversation it said so."""
    return said.channel is Channel.SMS and said.phone is not None and await store.is_stopped(tx, said.phone)


async def _turn(tx: Transaction, command: Command[Spoken], talk: Talk, desk: Desk) -> Turn:
    """Understand and do; a report is made in the same transaction, and answered with its number."""
    said = command.payload
    heard = said.heard
    numbers = numbers_in(said.text)
    known = await _known(tx, command, talk, desk)
    other = await _other_draft(tx, talk, [number for number in numbers if number not in known.requests], desk)
    turn = resume(talk, other, heard, known) if other else respond(talk, heard, known)
    turn = await carry_out(tx, command, turn, heard, known, desk)
    await do_all(tx, command, turn, desk)
    await count_turn(tx, command, other or talk, turn, desk)
    if turn.talk.step == "survey" and desk.city.survey.by_keys:
        pause = timedelta(minutes=desk.city.survey.by_keys.pause_minutes)
        tx.schedule(PAUSE, turn.talk.reference, command.now + pause, {}, command)
    if other and turn.talk.reference == other.reference:
        await store.forget_drafts(tx, [other.reference])  # it lies in the conversation from here on
    return turn


async def _other_draft(tx: Transaction, talk: Talk, numbers: Sequence[str], desk: Desk) -> Talk | None:
    """Find the unfinished draft whose reference was named, begun by a form or in another conversation."""
    for number in numbers:
        if draft := await talk_of_draft(tx, number, desk.city.services, talk.language):
            return draft
        row = await store.conversation(tx, number) if number != talk.reference else None
        if row is not None:
            return Talk.model_validate(row["talk"])
    return None


async def _known(tx: Transaction, command: Command[Spoken], talk: Talk, desk: Desk) -> Known:
    said = command.payload
    requests: dict[str, Mapping[str, Any]] = {}
    for number in numbers_in(said.text):
        try:
            requests[number] = await show_request(tx, number, tx.now, desk)
        except Problem:
            continue  # no number of ours
    answers = desk.knowledge.before(KeywordAnswers(await store.article_words(tx)), areas_of(said, talk, desk))
    phone = said.phone if desk.city.survey.by_keys else None
    invited = await asked_by_phone(tx, phone, command.now) if phone else None
    return Known(desk.city, desk.reader, answers, command.now, requests, invited)


def _body(turn: Turn, desk: Desk) -> Facts:
    talk, region = turn.talk, desk.city.conversation.region
    return {
        "reference": talk.reference,
        "says": list(turn.says),
        "act": turn.act,
        "dial": dialable(turn.dial, region) if turn.dial else None,
        "language": talk.language,
        "step": talk.step,
        "turns": talk.turns,
        "request_id": talk.request_id,
        "answer": next((_cited(deed.found) for deed in turn.does if isinstance(deed, Record) and deed.found), None),
    }


def _cited(found: Found) -> Facts:
    step = asdict(found.next) if found.next else None
    return {"article_id": found.article_id, "version": found.version, "confidence": found.confidence, "next": step}


async def _keep(tx: Transaction, command: Command[Spoken], turn: Turn, body: Facts) -> str:
    """Keep how far the conversation has come, and what was answered; returns the answer's name."""
    said, talk = command.payload, turn.talk
    row = {
        "reference": talk.reference,
        "phone": said.phone,
        "call": said.call,
        "channel": said.channel.value,
        "talk": talk.model_dump(mode="json"),
        "request_id": UUID(talk.request_id) if talk.request_id else None,
        "at": command.now,
    }
    if said.call:
        await store.give_call(tx, said.call, talk.reference)
    await tx.upsert(store.VaultConversation, [row], ("reference",))
    tx.schedule(FORGET, talk.reference, command.now + KEPT, {"reference": talk.reference}, command)
    if said.provider_id:
        await tx.insert(store.TelephoneMessage, [{"provider_id": said.provider_id, "at": command.now}])
    named = said.provider_id or command.id
    kept = {"provider_id": named, "reference": talk.reference, "phone": said.phone}
    await tx.upsert(store.VaultTelephone, [{**kept, "answer": orjson.dumps(body).decode()}], ("provider_id",))
    return named


async def answer_of(reads: Reads, reply: Reply | Problem) -> Facts | None:
    """Read what was answered; None when it is forgotten with its conversation. Raises the problem, if it is one."""
    if isinstance(reply, Problem):
        raise reply
    answer = await store.answer_of(reads, reply.body["answer"])
    return dict(orjson.loads(answer)) if answer else None


async def forget_talks(tx: Transaction, due: Sequence[Due]) -> None:
    """Forget conversations that nobody went on with."""
    await store.forget_conversations(tx, [one.payload["reference"] for one in due])


async def note_transcripts(tx: Transaction, commands: Sequence[Command[tuple[str, str]]]) -> list[Reply | Problem]:
    """Put the words of recordings beside them."""
    for command in commands:
        await store.add_transcript(tx, *command.payload)
    return [Reply(200, {}) for _ in commands]


async def read_talk(tx: Transaction, reference: str, principal: Principal) -> Facts:
    """Read everything said so far, for a person who goes on; audited. No command: what a command answers is kept.

    Raises a 403 problem for who may not, a 404 problem where there is no such conversation.
    """
    if not may(POLICY, principal, "conversation.read"):
        raise forbidden("conversation.read", principal.role)
    row = await store.conversation(tx, reference)
    if row is None:
        raise not_found("conversation of this reference")
    tx.audit(principal, "conversation.read", reference, {})
    recordings = await store.recordings_of(tx, reference)
    shown = {name: row[name] for name in ("reference", "phone", "channel", "talk", "request_id")}
    return {**shown, "recordings": [dict(one) for one in recordings]}
