"""What posts ask, and which article answers: asked before they are taken, told when they are."""

import asyncio
from collections.abc import Sequence

from chassis.transaction import Transaction
from intake import store
from intake.domain.conversation import Found, Question
from intake.domain.free_text import language_of
from intake.domain.masking import mask
from intake.domain.social import Post, asks_plainly, question_about
from intake.handlers.desk import Desk


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


def _asks(post: Post, desk: Desk) -> bool:
    return asks_plainly(post.text, desk.city) or question_about(post.text, desk.city) is not None


def _question(post: Post, desk: Desk) -> Question:
    language = language_of(post.text, desk.city.profile.languages, post.language)
    return Question(post.text, language, public=mask(post.text, (post.handle,) if post.handle else ()))
