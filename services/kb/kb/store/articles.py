"""Versions and where each article stands."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from kb.domain.versions import Latest
from kb.store.tables import Published, Standing

PUBLISH_LOCK: Final = 311_101
"""Held by whoever publishes, so that numbers grow in the order of commits and no version is numbered twice."""


async def next_change(tx: Transaction) -> int:
    """Give the next number of a change, alone until the transaction ends."""
    await tx.sql("SELECT pg_advisory_xact_lock($1)", PUBLISH_LOCK)
    (row,) = await tx.sql("SELECT coalesce(max(changed), 0) + 1 AS next FROM standing")
    return int(row["next"])


async def standings(reads: Reads, article_ids: Sequence[str] | None = None) -> dict[str, Row]:
    """Load where articles stand, all or some, with what each said last."""
    found = await reads.sql(
        "SELECT s.*, p.digest FROM standing s JOIN published p USING (article_id, version)"
        " WHERE $1::text[] IS NULL OR s.article_id = ANY($1)",
        list(article_ids) if article_ids is not None else None,
    )
    return {row["article_id"]: row for row in found}


async def latest_versions(tx: Transaction) -> dict[str, Latest]:
    """Load each article's last version."""
    found = await tx.sql(
        "SELECT DISTINCT ON (article_id) article_id, version, digest FROM published ORDER BY article_id, version DESC"
    )
    return {row["article_id"]: Latest(row["version"], row["digest"]) for row in found}


async def before(tx: Transaction, article_ids: Sequence[str]) -> dict[str, Row]:
    """Load what articles said last, and what the city's folder said of them."""
    found = await tx.sql(
        "SELECT s.article_id, s.folder_digest, p.content FROM standing s JOIN published p USING (article_id, version)"
        " WHERE s.article_id = ANY($1::text[])",
        list(article_ids),
    )
    return {row["article_id"]: row for row in found}


async def save_versions(tx: Transaction, versions: Sequence[Row], standings: Sequence[Row]) -> None:
    """Keep versions for good, and where their articles stand now."""
    await tx.insert(Published, versions)
    await tx.upsert(Standing, standings, ("article_id",))


_CHANGED: Final = """
SELECT s.article_id, s.version, s.state, s.owner, s.agency, s.changed, p.content, p.published_at
FROM standing s JOIN published p USING (article_id, version)
WHERE s.changed > $1 ORDER BY s.changed LIMIT $2
"""


async def changed_since(reads: Reads, change: int, most: int) -> list[Row]:
    """Load the articles that changed after a change, in the order of changes."""
    return await reads.sql(_CHANGED, change, most)


_NAMED: Final = """
SELECT s.article_id, s.version, s.state, s.owner, s.agency, p.content, p.published_at
FROM standing s JOIN published p USING (article_id, version)
WHERE s.state = 'published' AND s.article_id = ANY($1::text[]) ORDER BY s.article_id
"""


async def articles_named(reads: Reads, article_ids: Sequence[str]) -> list[Row]:
    """Load the current versions of these articles, of those that are shown still, by id."""
    return await reads.sql(_NAMED, list(article_ids))


_SPOKEN: Final = """
SELECT s.article_id, s.version, p.content FROM standing s JOIN published p USING (article_id, version)
WHERE s.state = 'published' AND (p.content->>'audience' = 'internal'
    OR coalesce(p.content->'internal', 'null') NOT IN ('null', '{}') OR coalesce(p.content->'topics', '[]') <> '[]')
ORDER BY s.article_id
"""


async def articles_with_scripts(reads: Reads) -> list[Row]:
    """Load the articles that staff read from: those with a script, a topic, or for staff alone."""
    return await reads.sql(_SPOKEN)


_ONE: Final = """
SELECT p.*, coalesce(s.state, 'retired') AS state, s.owner FROM published p LEFT JOIN standing s USING (article_id)
WHERE p.article_id = $1 AND ($2::int IS NULL OR p.version = $2) ORDER BY p.version DESC LIMIT 1
"""


async def article(reads: Reads, article_id: str, version: int | None = None) -> Row | None:
    """Load one version of an article; None stands for the newest."""
    found = await reads.sql(_ONE, article_id, version)
    return found[0] if found else None


async def versions_of(reads: Reads, article_id: str) -> list[Row]:
    """Load an article's history, newest first."""
    return await reads.sql(
        "SELECT version, published_at FROM published WHERE article_id = $1 ORDER BY version DESC", article_id
    )


async def owned_by(reads: Reads, owner: str) -> list[Row]:
    """Load the articles somebody answers for."""
    return await reads.sql("SELECT article_id, agency FROM standing WHERE owner = $1 ORDER BY article_id", owner)


async def hand_over(tx: Transaction, article_ids: Sequence[str], owner: str | None, agency: Mapping[str, str]) -> None:
    """Give articles to another owner, and where one is named to another agency."""
    change = await next_change(tx)
    await tx.sql(
        "UPDATE standing SET owner = $2, agency = coalesce(given.agency, standing.agency), changed = $5 + given.n - 1"
        " FROM unnest($1::text[], $3::text[], $4::bigint[]) AS given(article_id, agency, n)"
        " WHERE standing.article_id = given.article_id",
        list(article_ids),
        owner,
        [agency.get(one) for one in article_ids],
        list(range(1, len(article_ids) + 1)),
        change,
    )


def as_version(content: Mapping[str, Any], version: int, digest: str, at: Any) -> dict[str, Any]:
    """Make the row of a version."""
    kept = {**content, "version": version}
    return {
        "article_id": content["id"],
        "version": version,
        "digest": digest,
        "content": kept,
        "published_at": at,
    }
