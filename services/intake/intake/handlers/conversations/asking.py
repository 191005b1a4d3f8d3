"""Asking outside before a message is taken, never within a transaction: the knowledge base, and who chooses types."""

import secrets

from chassis.http import Doors
from chassis.sql import Row
from chassis.transaction import Reads
from intake import store
from intake.domain.conversations import (
    Areas,
    Facts,
    Noting,
    NotingTypes,
    Question,
    Talk,
    is_question,
    numbers_in,
    respond,
)
from intake.domain.masking import mask
from intake.domain.places.locating import spot_of
from intake.domain.requests.tracking import BITS, tracking_number
from intake.handlers.conversations.spoken import Spoken
from intake.handlers.desk import Desk


async def look_up(doors: Doors, desk: Desk, said: Spoken) -> None:
    """Ask what this message would have to be answered from; what is said lies ready when the message is taken."""
    outside = desk.knowledge.is_there or desk.reader.may_ask
    if not outside or not said.text.strip() or numbers_in(said.text):
        return
    async with doors.reads() as reads:
        row = await row_of(reads, said)
    talk = Talk.model_validate(row["talk"]) if row else new_talk(said, desk)
    answers, types = Noting(), NotingTypes(desk.reader)
    respond(talk, said.heard, Facts(desk.city, types, answers, doors.database.clock()))
    questions = [_question(said, talk, desk, *asked) for asked in answers.asked[:1]]
    for question in questions:
        await desk.knowledge.ask(question)
    if types.unsure and not any(question.is_asked and desk.knowledge.answers(question) for question in questions):
        await desk.reader.ask(types.unsure[0])


def _question(said: Spoken, talk: Talk, desk: Desk, text: str, language: str) -> Question:
    return Question(text, language, areas_of(said, talk, desk), mask(text), is_question(text, desk.city))


def areas_of(said: Spoken, talk: Talk, desk: Desk) -> Areas:
    """Say in which areas the place lies that was told."""
    place = said.place or talk.place
    spot = spot_of(place) if place else None
    return tuple(sorted(desk.places.areas.of(spot).items())) if spot else ()


async def row_of(reads: Reads, said: Spoken) -> Row | None:
    """Find the conversation that a message belongs to."""
    if said.reference:
        return await store.conversation(reads, said.reference)
    if said.call:
        return await store.conversation_of_call(reads, said.call)
    return await store.conversation_of_phone(reads, said.phone) if said.phone else None


def new_talk(said: Spoken, desk: Desk) -> Talk:
    """Begin a conversation."""
    languages = desk.city.profile.languages
    language = said.language if said.language in languages else languages[0]
    return Talk(reference=tracking_number(secrets.randbits(BITS)), language=language)
