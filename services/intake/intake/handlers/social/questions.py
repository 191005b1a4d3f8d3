"""What posts ask, and which article answers: asked before they are taken, told when they are."""

import asyncio
from collections.abc import Sequence

from chassis.ids import derived_uuid
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.city import fill
from contracts.event import in_language
from contracts.intake import ContactRecorded
from contracts.vocabulary import Channel, ContactKind
from intake import store
from intake.domain.conversations import Found, Question
from intake.domain.masking import mask
from intake.domain.requests.emergency import calls_for, said_of, told_to_call
from intake.domain.requests.free_text import language_of
from intake.domain.social import Post, asks_plainly, question_about
from intake.handlers.center.relief import count_served
from intake.handlers.desk import Desk, Facts


async def look_up_posts(desk: Desk, posts: Sequence[Post]) -> None:
    """Ask the knowledge base what posts ask; the answers lie ready when the posts are taken."""
    asked = [_question(post, desk) for post in posts if _asks(post, desk)]
    await asyncio.gather(*(desk.knowledge.ask(question) for question in asked))


async def found_for(tx: Transaction, post: Post, desk: Desk) -> Found | None:
    """Find what answers a question: as the knowledge base says, else the copy's article of the service it is about."""
    if not _asks(post, desk):
        return None
    said = desk.knowledge.said(_question(post, desk))
    if said is not None:
        return said[0]
    service = question_about(post.text, desk.city)
    row = await store.social.article_about(tx, service) if service else None
    return Found(row["article_id"], row["version"], row["title"], row["summary"]) if row else None


async def answered(tx: Transaction, command: Command[Post], thread: Facts, found: Found, desk: Desk) -> str:
    """Say what an article says, named; counted as a contact."""
    language = thread["language"]
    contact = ContactRecorded(
        contact_id=derived_uuid("social.answered", command.id),
        kind=ContactKind.QUESTION_ANSWERED,
        channel=Channel.SOCIAL,
        language=language,
        article_id=found.article_id,
        article_version=found.version,
        contact_ref=await _known_as(tx, thread),
    )
    tx.publish(contact, because=command)
    await count_served(tx, Channel.SOCIAL, [(contact.contact_id, contact.kind)], command.now)
    values = {
        "title": in_language(found.title, language),
        "summary": in_language(found.summary, language),
        "article": found.article_id,
        "version": found.version,
    }
    return fill(desk.city.conversation.phrases.answer.say(language), values)


async def warned(tx: Transaction, command: Command[Post], thread: Facts, words: str | None, desk: Desk) -> str | None:
    """Say before anything else whom to call, where words tell of danger or need and no report does; each counted."""
    language, calls = thread["language"], calls_for(command.payload.text, desk.city)
    known = {"language": language, "contact_ref": await _known_as(tx, thread)} if calls else {}
    for call in calls:
        tx.publish(told_to_call(call, command.id, desk.city, Channel.SOCIAL, **known), because=command)
    told = (in_language(said, language) for said in said_of(calls, desk.city).values())
    return " ".join(filter(None, (*told, words))) or None


async def _known_as(tx: Transaction, thread: Facts) -> str | None:
    """Name the writer, where their request or staff told who it is; a handle alone is nobody's."""
    return await store.social.contact_of(tx, thread["request_id"]) if thread["request_id"] else None


def _asks(post: Post, desk: Desk) -> bool:
    return asks_plainly(post.text, desk.city) or question_about(post.text, desk.city) is not None


def _question(post: Post, desk: Desk) -> Question:
    language = language_of(post.text, desk.city.profile.languages, post.language)
    return Question(post.text, language, public=mask(post.text, (post.handle,) if post.handle else ()))
