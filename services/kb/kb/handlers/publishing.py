"""Publishing: the city's folder at every start, an editor's version, a retirement; each version once, for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.ids import derived_id
from chassis.principals import SYSTEM, Principal
from chassis.records import Cause, Due
from chassis.transaction import Transaction
from contracts.city import Article, City
from contracts.kb import ArticlePublished
from kb.domain.versions import digest_of, new_version
from kb.domain.workflow import spoken_in
from kb.store import articles as store
from kb.store import desk

STALE: Final = "article.stale"
EXPIRE: Final = "article.expire"


@dataclass(frozen=True, slots=True)
class Edition:
    """A version to publish: what it says, whose work it is, and what causes it."""

    article: Article
    version: int
    state: str = "published"
    before: Mapping[str, Any] | None = None
    folder_digest: str | None = None


async def publish_folder(tx: Transaction, city: City, articles: Mapping[str, Article]) -> None:
    """Publish what the city's folder says anew, and take back what left it; an editor's later version stands."""
    change = await store.next_change(tx)
    known, latest = await store.standings(tx), await store.latest_versions(tx)
    editions, standing = [], []
    for article in articles.values():
        digest, row = digest_of(article), known.get(article.id)
        if row is not None and row["folder_digest"] == digest:
            continue
        version = new_version(article.version, digest, latest.get(article.id))
        if version is None:  # published before articles had a standing
            standing.append(_standing(Edition(article, latest[article.id].version, folder_digest=digest), city))
        else:
            editions.append(Edition(article, version, folder_digest=digest))
    editions += await _left(tx, [row for name, row in known.items() if row["folder_digest"] and name not in articles])
    await _keep(tx, editions, standing, change, city, tx.now)
    for edition in editions:
        _send(tx, edition, _cause(edition, tx.now), city)


async def _left(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> list[Edition]:
    """Take back what left the folder, unless an editor has gone on with it."""
    editions = []
    for row in rows:
        found = await store.article(tx, row["article_id"], row["version"])
        if row["state"] == "published" and found and found["digest"] == row["folder_digest"]:
            editions.append(Edition(article_of(found["content"]), row["version"] + 1, "retired", found["content"]))
    return editions


async def publish(
    tx: Transaction, article: Article, cause: Cause, who: Principal, city: City, action: str = "published"
) -> int:
    """Publish an editor's version, or with another action retire the article; returns its number."""
    change = await store.next_change(tx)
    last = await store.article(tx, article.id)
    version = last["version"] + 1 if last else 1
    state = "published" if action in {"published", "imported"} else "retired"
    before = last["content"] if last else None
    known = (await store.standings(tx, [article.id])).get(article.id)
    folder = known["folder_digest"] if known else None
    edition = Edition(article, version, state, before, folder)
    await _keep(tx, [edition], [], change, city, cause.now)
    await desk.note_step(tx, cause.id, article.id, action, who, version)
    if state == "published":
        await desk.settle_tasks_about(tx, "stale", [article.id], who.subject)
    _send(tx, edition, cause, city)
    return version


async def publish_many(
    tx: Transaction, articles: Sequence[Article], cause: Cause, who: Principal, city: City
) -> dict[str, int]:
    """Publish many that were moved in, in a few statements; what says the same as before stays as it is."""
    change = await store.next_change(tx)
    latest, before = await store.latest_versions(tx), await store.before(tx, [article.id for article in articles])
    editions = []
    for article in articles:
        version = new_version(1, digest_of(article), latest.get(article.id))
        last = before.get(article.id, {"content": None, "folder_digest": None})
        if version is not None:
            editions.append(Edition(article, version, "published", last["content"], last["folder_digest"]))
    await _keep(tx, editions, [], change, city, cause.now)
    await desk.note_steps(tx, cause.id, {e.article.id: e.version for e in editions}, "imported", who)
    for edition in editions:
        _send(tx, edition, cause, city)
    return {edition.article.id: edition.version for edition in editions}


async def draft_many(tx: Transaction, articles: Sequence[Article], cause: Cause, who: Principal) -> int:
    """Keep many that were moved in as drafts, for others to read and publish; returns how many say something new."""
    latest = await store.latest_versions(tx)
    fresh = [one for one in articles if new_version(1, digest_of(one), latest.get(one.id)) is not None]
    bases = {one.id: latest[one.id].version if one.id in latest else 0 for one in fresh}
    rows = [
        {
            "article_id": one.id,
            "state": "draft",
            "content": one.model_dump(mode="json"),
            "base_version": bases[one.id],
            "writer": who.subject,
            "saved_at": tx.now,
        }
        for one in fresh
    ]
    await desk.save_drafts(tx, rows)
    await desk.note_steps(tx, cause.id, bases, "saved", who, "imported")
    return len(rows)


async def _keep(
    tx: Transaction,
    editions: Sequence[Edition],
    standing: Sequence[dict[str, Any]],
    change: int,
    city: City,
    at: datetime,
) -> None:
    """Keep versions, published at the moment that their event tells: a rebuild reads it from there."""
    versions = [store.as_version(_said(one), one.version, digest_of(one.article), at) for one in editions]
    rows = [*standing, *(_standing(edition, city) for edition in editions)]
    await store.save_versions(tx, versions, [row | {"changed": change + n} for n, row in enumerate(rows)])


def _said(edition: Edition) -> dict[str, Any]:
    content = edition.article.model_dump(mode="json")
    return content | {"state": edition.state, "spoken": spoken_in(content, edition.before, edition.version)}


def _standing(edition: Edition, city: City) -> dict[str, Any]:
    article = edition.article
    return {
        "article_id": article.id,
        "version": edition.version,
        "state": edition.state,
        "agency": article.agency if article.agency in city.agencies else city.profile.operator_agency,
        "owner": article.owner,
        "folder_digest": edition.folder_digest,
    }


def _cause(edition: Edition, now: datetime) -> Due:
    """Name what the folder says after the version alone: it is published once for good."""
    named = derived_id("article", edition.article.id, edition.version)
    return Due("article.published", edition.article.id, now, {}, named, now)


def _send(tx: Transaction, edition: Edition, cause: Cause, city: City) -> None:
    article = edition.article
    tx.publish(event_of(article, edition.version, edition.state), because=cause)
    zone = ZoneInfo(city.profile.time_zone)
    stale = datetime.combine(article.review_by + timedelta(days=1), time(), zone).astimezone(UTC)
    if edition.state == "published":
        tx.schedule(STALE, article.id, stale, {"version": edition.version}, cause)
    if edition.state == "published" and article.expires_at:
        tx.schedule(EXPIRE, article.id, article.expires_at, {"version": edition.version}, cause)


def event_of(article: Article, version: int, state: str) -> ArticlePublished:
    """Tell of a version; what staff alone may read stays here."""
    public = article.audience == "public"
    texts = {"body": article.body.root, "fees": article.fees.root if article.fees else {}} if public else {}
    return ArticlePublished(
        article_id=article.id,
        version=version,
        title=article.title.root,
        summary=article.summary.root,
        agency=article.agency,
        services=article.services,
        keywords=article.keywords.root,
        section=article.section,
        audience=article.audience,
        state="retired" if state == "retired" else "published",
        related=article.related,
        transfers=article.transfers,
        areas=article.areas,
        review_by=article.review_by,
        sources=article.sources,
        starts_at=article.starts_at,
        expires_at=article.expires_at,
        banner=article.banner,
        **texts,
    )


def article_of(content: Mapping[str, Any]) -> Article:
    """Read an article from what a version kept of it."""
    return Article.model_validate({name: content[name] for name in Article.model_fields if name in content})


async def mark_stale(tx: Transaction, due: Sequence[Due]) -> None:
    """Ask an article's people to read it again: its day has passed, and no newer version came."""
    known = await store.standings(tx, [one.key for one in due])
    late = [o for o in due if o.key in known and known[o.key]["version"] == o.payload["version"]]
    rows = [
        {
            "task_id": derived_id("stale", one.key, one.payload["version"]),
            "kind": "stale",
            "subject": one.key,
            "language": "",
            "agency": known[one.key]["agency"],
            "asked": 1,
            "at": tx.now,
        }
        for one in late
        if known[one.key]["state"] == "published"
    ]
    await desk.open_tasks(tx, rows)


async def expire(tx: Transaction, due: Sequence[Due], city: City) -> None:
    """Retire surge articles whose time is over."""
    for one in due:
        known = (await store.standings(tx, [one.key])).get(one.key)
        if known and known["state"] == "published" and known["version"] == one.payload["version"]:
            found = await store.article(tx, one.key, known["version"])
            if found:
                await publish(tx, article_of(found["content"]), one, SYSTEM, city, "expired")
