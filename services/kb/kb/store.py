"""Published versions, the search index of the current ones, and counts."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field

from chassis.sql import Row
from chassis.tables import new_base
from chassis.transaction import Reads, Transaction
from kb.domain.counts import Tally
from kb.domain.ranking import Match
from kb.domain.versions import Latest
from kb.domain.words import config_of, plain

if TYPE_CHECKING:  # a base made at run time means nothing to a type checker
    from sqlmodel import SQLModel as Base
else:
    Base = new_base()

METADATA = Base.metadata
START_LOCK: Final = 311_101
"""Held while the city's articles are taken in, so that two processes do not number the same text."""


class Published(Base, table=True):
    """One published version of an article; written once, never changed. `content` is the city's article as JSON."""

    __tablename__ = "published"
    article_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    published_at: datetime = Field(sa_type=DateTime(timezone=True))


class Entry(Base, table=True):
    """What can be found now, by language: an article (`version` its current one) or a service."""

    __tablename__ = "entry"
    __table_args__ = (Index("entry_words", "words", postgresql_using="gin"),)
    kind: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    language: str = Field(primary_key=True)
    version: int
    title: str
    summary: str
    internal: bool
    words: str = Field(sa_column=Column(TSVECTOR, nullable=False))


class Count(Base, table=True):
    """How often something happened on a day."""

    __tablename__ = "count"
    measure: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    n: int = Field(sa_column=Column(BigInteger, nullable=False))


# --- publishing ------------------------------------------------------------------------------------------------------


async def latest_versions(tx: Transaction) -> dict[str, Latest]:
    """Load each article's last version, alone until the transaction ends."""
    await tx.sql("SELECT pg_advisory_xact_lock($1)", START_LOCK)
    found = await tx.sql(
        "SELECT DISTINCT ON (article_id) article_id, version, digest FROM published ORDER BY article_id, version DESC"
    )
    return {row["article_id"]: Latest(row["version"], row["digest"]) for row in found}


async def save_versions(tx: Transaction, rows: Sequence[Row]) -> None:
    """Publish versions for good."""
    await tx.insert(Published, rows)


_INDEX: Final = """
INSERT INTO entry (kind, subject, language, version, title, summary, internal, words)
SELECT kind, subject, language, version, title, summary, internal,
    setweight(to_tsvector(config::regconfig, first), 'A') || setweight(to_tsvector(config::regconfig, second), 'B')
    || setweight(to_tsvector(config::regconfig, third), 'C')
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::bool[],
            $8::text[], $9::text[], $10::text[], $11::text[])
    AS given(kind, subject, language, version, title, summary, internal, config, first, second, third)
"""


async def replace_index(tx: Transaction, entries: Sequence[Row]) -> None:
    """Let exactly these be found; `first`, `second` and `third` are their texts by weight."""
    await tx.sql("DELETE FROM entry")
    columns = ("kind", "subject", "language", "version", "title", "summary", "internal")
    given = [[entry[name] for entry in entries] for name in columns]
    configs = [config_of(entry["language"]) for entry in entries]
    texts = [[plain(entry[weight]) for entry in entries] for weight in ("first", "second", "third")]
    await tx.sql(_INDEX, *given, configs, *texts)


# --- reading ---------------------------------------------------------------------------------------------------------

_CURRENT: Final = """
SELECT DISTINCT ON (p.article_id) p.* FROM published AS p JOIN entry AS e
    ON e.kind = 'article' AND e.subject = p.article_id AND e.version = p.version
WHERE NOT e.internal OR $1 ORDER BY p.article_id
"""
_ONE: Final = """
SELECT * FROM published WHERE article_id = $1 AND ($2::int IS NULL OR version = $2) ORDER BY version DESC LIMIT 1
"""


async def current_articles(reads: Reads, *, internal: bool) -> list[Row]:
    """Load the current version of every article, with or without the internal ones, by id."""
    return await reads.sql(_CURRENT, internal)


async def article(reads: Reads, article_id: str, version: int | None) -> Row | None:
    """Load one version of an article; None stands for the newest."""
    found = await reads.sql(_ONE, article_id, version)
    return found[0] if found else None


async def versions_of(reads: Reads, article_id: str) -> list[Row]:
    """Load an article's history, newest first."""
    return await reads.sql(
        "SELECT version, published_at FROM published WHERE article_id = $1 ORDER BY version DESC", article_id
    )


_EVERY_WORD: Final = "websearch_to_tsquery($1::regconfig, $2)"
_ANY_WORD: Final = "replace(plainto_tsquery($1::regconfig, $2)::text, ' & ', ' | ')::tsquery"
_FIND: Final = """
SELECT subject, version, title, summary, ts_rank(words, query, 32) AS score
FROM entry, (SELECT {query} AS query) AS asked
WHERE kind = $3 AND language = $4 AND (NOT internal OR $5) AND words @@ query
ORDER BY score DESC, subject LIMIT $6
"""


async def find(
    reads: Reads, kind: str, text: str, language: str, *, internal: bool, every_word: bool, limit: int
) -> list[Row]:
    """Find entries whose words match, best first; `every_word` asks for all of them, else one is enough."""
    statement = _FIND.format(query=_EVERY_WORD if every_word else _ANY_WORD)
    return await reads.sql(statement, config_of(language), plain(text), kind, language, internal, limit)


async def entries(reads: Reads, language: str, subjects: Sequence[str]) -> dict[tuple[str, str], Row]:
    """Load what can be found under these names, by kind and name."""
    found = await reads.sql(
        "SELECT kind, subject, version, title, summary FROM entry WHERE language = $1 AND subject = ANY($2::text[])",
        language,
        list(subjects),
    )
    return {(row["kind"], row["subject"]): row for row in found}


def matches(rows: Sequence[Row]) -> list[Match]:
    """Turn found entries into matches."""
    return [Match(row["subject"], float(row["score"])) for row in rows]


# --- counts ----------------------------------------------------------------------------------------------------------

_ADD: Final = """
INSERT INTO count (measure, subject, day, n) SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::bigint[])
ON CONFLICT (measure, subject, day) DO UPDATE SET n = count.n + excluded.n
"""


async def add_counts(tx: Transaction, counts: Mapping[Tally, int]) -> None:
    """Add to the counts of each day."""
    if counts:
        ordered = sorted(counts)  # one order for all writers, so that none waits for another in a circle
        measures, subjects, days = zip(*ordered, strict=True)
        await tx.sql(_ADD, [m.value for m in measures], list(subjects), list(days), [counts[t] for t in ordered])


async def usage_since(reads: Reads, since: date) -> list[Row]:
    """Load the sums of every count from a day on."""
    return await reads.sql(
        "SELECT measure, subject, sum(n)::bigint AS n FROM count WHERE day >= $1 GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2",
        since,
    )
