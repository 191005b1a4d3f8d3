"""Making kb's state again from the log: its own versions, what was counted, and what sla said."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis.rebuilding import Derived, Fate, Kept
from chassis.records import Received
from chassis.transaction import Transaction
from contracts.city import Article
from contracts.kb import ArticlePublished
from kb.domain.counts import Measure
from kb.domain.versions import digest_of
from kb.store import articles as store
from kb.store.tables import Published, Standing

_HERE_ALONE: Final = (Measure.NOT_FOUND, Measure.SEARCHED, Measure.VIEWED, Measure.RATED_HELPFUL, Measure.RATED_LOW)

TABLES: Final[Mapping[str, Fate]] = {
    "published": Derived(
        emptied=False,
        without={
            "digest": "condenses the whole article, of which what staff alone read is not on the log",
            "content": "an internal article's body is in the city's folder and here, not on the log",
        },
    ),
    "standing": Derived(
        emptied=False,
        without={
            "owner": "who answers for an article is noted here alone",
            "agency": "an article handed over keeps its version",
            "folder_digest": "what the city's folder said last, compared with it at every start",
            "changed": "numbers the changes for the processes that follow them",
        },
    ),
    "draft": Kept("editors' unfinished work is here alone"),
    "step": Kept("who did what is noted here alone"),
    "flag": Kept("what was said of procedures is here alone"),
    "task": Kept("what nobody answered is noted here alone"),
    "missed": Kept("words of searches in vain never leave"),
    "count": Derived(rows="measure NOT IN (" + ", ".join(f"'{measure.value}'" for measure in _HERE_ALONE) + ")"),
    "shown": Derived(uncompared="forgotten after two days; what is read again is forgotten again"),
    "filed": Derived(uncompared="forgotten after two days; what is read again is forgotten again"),
    "forgotten": Derived(uncompared="forgotten after two days; what is read again is forgotten again"),
    "uncategorised": Derived(),
    "forecast": Derived(),
    "surge_staff": Kept("who helps out is named here alone"),
    "due": Kept("set by versions and at every start; what is over does nothing"),
}
"""What becomes of each table in a rebuild."""


async def restore_articles(
    tx: Transaction, received: Sequence[Received[ArticlePublished]], articles: Mapping[str, Article]
) -> None:
    """Note which versions were published; the text of one that the city's folder still has comes from there."""
    rows = {(r.event.article_id, r.event.version): _as_published(r, articles.get(r.event.article_id)) for r in received}
    await tx.insert(Published, list(rows.values()), ignore=("article_id", "version"))
    change = await store.next_change(tx)
    newest = {r.event.article_id: r for r in sorted(received, key=lambda r: r.event.version)}
    standing = [
        {
            "article_id": name,
            "version": r.event.version,
            "state": r.event.state,
            "agency": r.event.agency or "",
            "owner": None,
            "folder_digest": rows[name, r.event.version]["digest"] or None,
            "changed": change + n,
        }
        for n, (name, r) in enumerate(newest.items())
    ]
    await tx.upsert(Standing, standing, ("article_id",), newer="version")


def _as_published(r: Received[ArticlePublished], today: Article | None) -> dict[str, Any]:
    same = today is not None and (today.title.root, today.summary.root) == (r.event.title, r.event.summary)
    if same and today:
        return store.as_version(today.model_dump(mode="json"), r.event.version, digest_of(today), r.at)
    said = r.event.model_dump(mode="json")
    said |= {"id": said.pop("article_id"), "review_by": said["review_by"] or r.at.date().isoformat()}
    said |= {"sources": said["sources"] or ["the log"], "body": said["body"] or r.event.summary}
    return store.as_version(said | {"fees": said["fees"] or None}, r.event.version, "", r.at)
