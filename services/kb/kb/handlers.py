"""Publishes the city's articles, finds answers, and counts whether they helped."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from chassis.ids import derived_id
from chassis.rebuilding import Derived, Fate, Kept
from chassis.records import Due, Received
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.city import Article, City, Service
from contracts.intake import ContactRecorded, RequestCreated
from contracts.kb import ArticlePublished
from kb import store
from kb.domain.counts import Measure, Tally, add_up, tallies_of
from kb.domain.ranking import Suggestions, suggest
from kb.domain.versions import digest_of, new_version
from kb.domain.words import in_order

CANDIDATES: Final = 20
Links: TypeAlias = Mapping[str, Sequence[str]]
"""The services of each article."""


async def publish_articles(tx: Transaction, city: City, articles: Mapping[str, Article]) -> None:
    """Publish what the city's folder says anew, and let exactly its articles and services be found."""
    latest = await store.latest_versions(tx)
    current = {article_id: known.version for article_id, known in latest.items()}
    rows = []
    for article in articles.values():
        digest = digest_of(article)
        version = new_version(article.version, digest, latest.get(article.id))
        if version is not None:
            current[article.id] = version
            rows.append(_version(article, version, digest, tx))
            _publish(tx, article, version)
    await store.save_versions(tx, rows)
    entries = [_article_entry(a, current[a.id], tongue) for a in articles.values() for tongue in a.title.root]
    services = [s for s in city.services.values() if s.enabled]
    await store.replace_index(tx, entries + [_service_entry(s, tongue) for s in services for tongue in s.name.root])


async def count_filed(tx: Transaction, received: Sequence[Received[RequestCreated]]) -> None:
    """Count requests by service: was it filed although there is an article? A later copy is the same request."""
    abouts = [r.event.about for r in received if r.event.sequence == 1]
    counted = [Tally(Measure.FILED, about.service_code, about.opened_at.date()) for about in abouts]
    await store.add_counts(tx, add_up(counted))


async def count_contacts(tx: Transaction, received: Sequence[Received[ContactRecorded]]) -> None:
    """Count the contacts that an article answered."""
    await store.add_counts(tx, add_up(tally for r in received for tally in tallies_of(r.event, r.at.date())))


async def note_not_found(tx: Transaction, language: str) -> None:
    """Count a search without a result; its words are not kept, for people type anything."""
    await store.add_counts(tx, {Tally(Measure.NOT_FOUND, language, tx.now.date()): 1})


async def search(reads: Reads, text: str, language: str, *, internal: bool, limit: int) -> list[Row]:
    """Find articles that hold every word; where there is none, those that hold any."""
    for every_word in (True, False):
        found = await store.find(
            reads, "article", text, language, internal=internal, every_word=every_word, limit=limit
        )
        if found:
            return found
    return []


async def suggest_for(
    reads: Reads, text: str, languages: Sequence[str], links: Links, *, internal: bool
) -> tuple[str, Suggestions]:
    """Suggest articles and services for a text, in the first of the languages that knows its words."""
    for language in languages:
        articles, services = [
            store.matches(
                await store.find(reads, kind, text, language, internal=internal, every_word=False, limit=CANDIDATES)
            )
            for kind in ("article", "service")
        ]
        if articles or services:
            return language, suggest(articles, services, links)
    return languages[0], Suggestions((), ())


def languages_for(asked: str, city: City) -> tuple[str, ...]:
    """List the city's languages, the one asked for first."""
    return in_order(asked, city.profile.languages)


def _version(article: Article, version: int, digest: str, tx: Transaction) -> dict[str, Any]:
    content = article.model_dump(mode="json") | {"version": version}
    return {
        "article_id": article.id,
        "version": version,
        "digest": digest,
        "content": content,
        "published_at": tx.now,
    }


def _publish(tx: Transaction, article: Article, version: int) -> None:
    event = ArticlePublished(
        article_id=article.id,
        version=version,
        title=article.title.root,
        summary=article.summary.root,
        agency=article.agency,
        services=article.services,
    )
    # A version is published once for good: its event is named after it alone.
    cause = Due("article.published", article.id, tx.now, {}, derived_id("article", article.id, version), tx.now)
    tx.publish(event, because=cause)


def _article_entry(article: Article, version: int, language: str) -> dict[str, Any]:
    title, summary = article.title.say(language), article.summary.say(language)
    return {
        "kind": "article",
        "subject": article.id,
        "language": language,
        "version": version,
        "title": title,
        "summary": summary,
        "internal": article.audience == "internal",
        "first": f"{title} {' '.join(article.keywords.root.get(language, ()))}",
        "second": summary,
        "third": article.body.say(language),
    }


def _service_entry(service: Service, language: str) -> dict[str, Any]:
    title, summary = service.name.say(language), service.description.say(language)
    return {
        "kind": "service",
        "subject": service.code,
        "language": language,
        "version": 1,
        "title": title,
        "summary": summary,
        "internal": False,
        "first": f"{title} {' '.join(service.keywords.root.get(language, ()))}",
        "second": summary,
        "third": "",
    }


# --- restoring what was decided from what was published --------------------------------------------------------------

TABLES: Final[Mapping[str, Fate]] = {
    "published": Derived(
        emptied=False,
        without={
            "digest": "condenses the whole article, of which only title, summary, agency and services are published",
            "content": "an article's body is in the city's folder and here, not on the log",
        },
    ),
    "entry": Kept("made at every start from the city's folder"),
    "count": Derived(rows=f"measure <> '{Measure.NOT_FOUND.value}'"),
}
"""What becomes of each table in a rebuild; searches without a result are counted here alone."""


async def restore_articles(
    tx: Transaction, received: Sequence[Received[ArticlePublished]], articles: Mapping[str, Article]
) -> None:
    """Note which versions were published; the text of one that the city's folder still has comes from there."""
    rows = {(r.event.article_id, r.event.version): _as_published(r, articles.get(r.event.article_id)) for r in received}
    await tx.insert(store.Published, list(rows.values()), ignore=("article_id", "version"))


def _as_published(r: Received[ArticlePublished], today: Article | None) -> dict[str, Any]:
    same = today is not None and (today.title.root, today.summary.root) == (r.event.title, r.event.summary)
    content = today.model_dump(mode="json") if same and today else r.event.model_dump(mode="json")
    return {
        "article_id": r.event.article_id,
        "version": r.event.version,
        "digest": digest_of(today) if same and today else "",
        "content": content | {"version": r.event.version},
        "published_at": r.at,
    }
