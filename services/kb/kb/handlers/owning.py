"""Who answers for articles: retiring them, handing them over, and naming those who help out."""

from dataclasses import dataclass
from datetime import datetime

from chassis.commands import Reply
from chassis.errors import FieldError, conflict, invalid
from chassis.principals import allow
from chassis.records import Command
from chassis.transaction import Transaction
from kb.domain.policy import POLICY
from kb.handlers.editing import Moved, facts_of_article, known_article
from kb.handlers.publishing import article_of, publish
from kb.handlers.reading_room import ReadingRoom
from kb.store import articles as store
from kb.store import desk


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Articles given to somebody else: one, or all that a person answers for."""

    to: str
    article_id: str | None = None
    owner: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who helps out for a time, with the scripts of a few topics."""

    subject: str
    topics: tuple[str, ...]
    until: datetime


async def retire(tx: Transaction, command: Command[Moved], room: ReadingRoom) -> Reply:
    """Take an article back; its versions stay readable."""
    known = await known_article(tx, command.payload.article_id)
    allow(POLICY, command.principal, "articles.retire", **facts_of_article(known["content"], known))
    if known["state"] != "published":
        raise conflict("This article is retired already.")
    version = await publish(tx, article_of(known["content"]), command, command.principal, room.city, "retired")
    tx.audit(command.principal, "article.retire", known["article_id"], {"version": version})
    return Reply(200, {"article_id": known["article_id"], "version": version, "state": "retired"})


async def hand_over(tx: Transaction, command: Command[HandedOver], room: ReadingRoom) -> Reply:
    """Give one article, or all of somebody who leaves, to another; none stays without an owner."""
    asked = command.payload
    if asked.agency and asked.agency not in room.city.agencies:
        raise invalid([FieldError(field="agency", problem=f"'{asked.agency}' is no agency of this city")])
    if asked.article_id:
        known = await known_article(tx, asked.article_id)
        allow(POLICY, command.principal, "articles.hand_over", **facts_of_article(known["content"], known))
        names = [asked.article_id]
    else:
        allow(POLICY, command.principal, "articles.hand_over", agency="", owner=asked.owner)
        names = [row["article_id"] for row in await store.owned_by(tx, asked.owner or "")]
    agencies = dict.fromkeys(names, asked.agency) if asked.agency else {}
    await store.hand_over(tx, names, asked.to, {name: agency for name, agency in agencies.items() if agency})
    for name in names:
        await desk.note_step(tx, command.id, name, "handed_over", command.principal, 0, f"to {asked.to}")
    tx.audit(command.principal, "article.hand_over", asked.article_id or f"all of {asked.owner}", {"to": asked.to})
    return Reply(200, {"articles": names, "owner": asked.to})


async def name_surge_staff(tx: Transaction, command: Command[Named], _room: ReadingRoom) -> Reply:
    """Let somebody help out with the scripts of a few topics, until a day."""
    allow(POLICY, command.principal, "surge_staff.name")
    named = command.payload
    await desk.name_surge_staff(tx, named.subject, named.topics, named.until, command.principal.subject)
    tx.audit(command.principal, "surge_staff.name", named.subject, {"topics": list(named.topics)})
    return Reply(200, {"subject": named.subject, "topics": list(named.topics), "until": named.until.isoformat()})
