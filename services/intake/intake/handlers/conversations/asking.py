"""Asking the knowledge base before a message is taken: never within a transaction, and never what is no question."""

import secrets

from chassis.http import Doors
from chassis.sql import Row
from chassis.transaction import Reads
from intake import store
from intake.domain.conversation import (
    Areas,
    Facts,
    Noting,
    Question,
    Talk,
    TypeReader,
    is_question,
    numbers_in,
    respond,
)
from intake.domain.masking import mask
from intake.domain.places import spot_of
from intake.domain.tracking import BITS, tracking_number
from intake.handlers.conversations.spoken import Spoken
from intake.handlers.desk import Desk


async def look_up(doors: Doors, desk: Desk, said: Spoken, types: TypeReader) -> None:
    """Ask what this message would have to be answered from; the answer lies ready when the message is taken."""
    if not desk.knowledge.is_there or not said.text.strip() or numbers_in(said.text):
        return
    async with doors.reads() as reads:
        row = await row_of(reads, said)
    talk = Talk.model_validate(row["talk"]) if row else new_talk(said, desk)
    noting = Noting()
    respond(talk, said.heard, Facts(desk.city, types, noting, doors.database.clock()))
    for text, language in noting.asked[:1]:
        asks = is_question(text, desk.city)
        await desk.knowledge.ask(Question(text, language, areas_of(said, talk, desk), mask(text), asks))


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
