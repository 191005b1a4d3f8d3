"""Editors' work: draft, review, publish; who may is a matter of the article and of the agency."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError

from chassis.commands import Reply
from chassis.errors import FieldError, Problem, conflict, invalid, not_found
from chassis.principals import Principal, allow
from chassis.records import Command
from chassis.sentences import sentence
from chassis.transaction import Transaction
from contracts.city import Article, City
from kb.domain.policy import POLICY
from kb.domain.workflow import after, is_own_work
from kb.handlers.publishing import publish
from kb.handlers.reading_room import ReadingRoom
from kb.store import articles as store
from kb.store import desk

P = TypeVar("P")
Work = Callable[[Transaction, Command[P], ReadingRoom], Awaitable[Reply]]


@dataclass(frozen=True, slots=True)
class Saved:
    """An article's new text, as a draft."""

    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moved:
    """A step of a draft's or an article's life, with a word about why."""

    article_id: str
    note: str = ""


def each(work: Work[P], room: ReadingRoom) -> Callable[..., Awaitable[list[Reply | Problem]]]:
    """Make a command handler of what is done for one; a bad command does not sink its neighbours."""
    return partial(_each, work=work, room=room)


async def _each(
    tx: Transaction, commands: Sequence[Command[P]], work: Work[P], room: ReadingRoom
) -> list[Reply | Problem]:
    answers: list[Reply | Problem] = []
    for command in commands:
        try:
            async with tx.savepoint():
                answers.append(await work(tx, command, room))
        except Problem as problem:
            answers.append(problem)
    return answers


async def save_draft(tx: Transaction, command: Command[Saved], room: ReadingRoom) -> Reply:
    """Begin a draft, or go on with one; the first to save an article answers for it."""
    who, article = command.principal, read_article(command.payload.content, room.city)
    known = await store.article(tx, article.id)
    draft = await desk.draft(tx, article.id)
    if known is None and draft is None:
        allow(POLICY, who, "drafts.begin", agency=article.agency)
        article = article.model_copy(
            update={"owner": article.owner or who.subject, "writers": _with(article.writers, who)}
        )
    else:
        content = draft["content"] if draft else (known or {})["content"]
        allow(
            POLICY, who, "drafts.write", **facts_of_article(content, known), writer=draft["writer"] if draft else None
        )
        if article.agency != content["agency"]:  # whoever is given an article must take it
            allow(POLICY, who, "drafts.begin", agency=article.agency)
    base = int(known["version"]) if known else 0
    row = {
        "article_id": article.id,
        "state": "draft",
        "content": article.model_dump(mode="json"),
        "base_version": base,
        "writer": who.subject,
        "saved_at": tx.now,
    }
    await desk.save_draft(tx, row)
    return await _stepped(tx, command, article.id, "saved", base, {"state": "draft"}, 201)


async def submit(tx: Transaction, command: Command[Moved], _room: ReadingRoom) -> Reply:
    """Ask for a review."""
    return await _move(tx, command, "submitted", "drafts.write")


async def send_back(tx: Transaction, command: Command[Moved], _room: ReadingRoom) -> Reply:
    """Send a draft back to its writer, with a word about why."""
    return await _move(tx, command, "returned", "drafts.publish")


async def _move(tx: Transaction, command: Command[Moved], action: str, may: str) -> Reply:
    draft = await _draft(tx, command.payload.article_id)
    allow(POLICY, command.principal, may, **await _facts_of(tx, draft))
    state = _after(action, draft)
    await desk.save_draft(tx, dict(draft) | {"state": state})
    return await _stepped(tx, command, draft["article_id"], action, draft["base_version"], {"state": state})


async def publish_draft(tx: Transaction, command: Command[Moved], room: ReadingRoom) -> Reply:
    """Publish what was reviewed, by another than who wrote it."""
    draft = await _draft(tx, command.payload.article_id)
    allow(POLICY, command.principal, "drafts.publish", **await _facts_of(tx, draft))
    _after("published", draft)
    if is_own_work(draft["writer"], command.principal.subject):
        raise conflict("You wrote this draft; somebody else reads and publishes it.")
    article = read_article(draft["content"], room.city)
    version = await publish(tx, article, command, command.principal, room.city)
    await desk.drop_drafts(tx, [article.id])
    tx.audit(command.principal, "article.publish", article.id, {"version": version})
    return Reply(200, {"article_id": article.id, "version": version, "state": "published"})


async def publish_surge(tx: Transaction, command: Command[Saved], room: ReadingRoom) -> Reply:
    """Publish urgent words at once, without a second reader; they end by themselves."""
    allow(POLICY, command.principal, "articles.surge")
    article = read_article({**command.payload.content, "banner": True}, room.city)
    if article.expires_at is None or article.expires_at <= tx.now:
        raise invalid(
            [FieldError(field="expires_at", problem="say when it ends, in the future: urgent words must end")]
        )
    version = await publish(tx, article, command, command.principal, room.city)
    tx.audit(command.principal, "article.surge", article.id, {"version": version, "until": str(article.expires_at)})
    return Reply(201, {"article_id": article.id, "version": version, "state": "published"})


# --- facts -----------------------------------------------------------------------------------------------------------


def read_article(content: Mapping[str, Any], city: City) -> Article:
    """Read an article as somebody wrote it. Raises a 422 problem that names each field."""
    try:
        article = Article.model_validate({"version": 1, **content})
    except ValidationError as error:
        wrong = [FieldError(field=".".join(map(str, e["loc"])), problem=sentence(e)) for e in error.errors()]
        raise invalid(wrong) from error
    strange = [
        *_unknown("agency", [article.agency], city.agencies),
        *_unknown("services", article.services, city.services),
    ]
    strange += _unknown("transfers", article.transfers, city.transfers)
    strange += _unknown("title", article.title.root, city.profile.languages)
    if strange:
        raise invalid(strange)
    return article


def _unknown(field: str, names: Any, known: Any) -> list[FieldError]:
    return [FieldError(field=field, problem=f"the city has no {name!r}") for name in names if name not in known]


async def _draft(tx: Transaction, article_id: str) -> Any:
    draft = await desk.draft(tx, article_id)
    if draft is None:
        raise not_found(f"draft of {article_id}")
    return draft


async def known_article(tx: Transaction, article_id: str) -> Any:
    """Load an article; raises a 404 problem where there is none."""
    known = await store.article(tx, article_id)
    if known is None:
        raise not_found(f"article {article_id}")
    return known


async def _facts_of(tx: Transaction, draft: Mapping[str, Any]) -> dict[str, Any]:
    """Decide by who is named in what is published, so that nobody names themselves; by the draft where nothing is."""
    known = await store.article(tx, draft["article_id"])
    facts = facts_of_article(known["content"] if known else draft["content"], known)
    return facts | {"writer": draft["writer"]}


def facts_of_article(content: Mapping[str, Any], known: Any) -> dict[str, Any]:
    """Name what decides who may: the agency, the owner, writers and editors."""
    owner = known["owner"] if known and known["owner"] else content.get("owner")
    return {name: content.get(name) or () for name in ("writers", "editors")} | {
        "agency": content["agency"],
        "owner": owner,
    }


def _with(names: Sequence[str], who: Principal) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*names, who.subject)))


def _after(action: str, draft: Mapping[str, Any]) -> str:
    state = after(action, draft["state"])
    if state is None:
        raise conflict(f"A draft in state {draft['state']!r} cannot be {action}; submit it for review first.")
    return state


async def _stepped(
    tx: Transaction,
    command: Command[Any],
    article_id: str,
    action: str,
    version: int,
    body: dict[str, Any],
    status: int = 200,
) -> Reply:
    note = getattr(command.payload, "note", "")
    await desk.note_step(tx, command.id, article_id, action, command.principal, version, note)
    tx.audit(command.principal, f"draft.{action}", article_id, {})
    return Reply(status, {"article_id": article_id, **body})
