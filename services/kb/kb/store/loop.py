"""What was asked, what it helped, and what is missing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from kb.domain.counts import Tally
from kb.store.tables import Forecast, Forgotten, Uncategorised

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


# --- was it filed all the same? --------------------------------------------------------------------------------------

_FILED_AFTER: Final = """
UPDATE shown SET filed = true FROM filed
WHERE shown.contact_ref = filed.contact_ref AND NOT shown.filed
  AND filed.at BETWEEN shown.at AND shown.at + $2::interval
  AND shown.contact_ref = ANY($1::text[])
RETURNING shown.article_id, shown.at
"""


_NOTE_SHOWN: Final = """
INSERT INTO shown (contact_id, article_id, contact_ref, at, filed)
SELECT given.contact_id, given.article_id, given.contact_ref, given.at, false
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS given(contact_id, article_id, contact_ref, at)
WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.contact_ref = given.contact_ref)
ON CONFLICT DO NOTHING
"""
_NOTE_FILED: Final = """
INSERT INTO filed (request_id, contact_ref, service_code, at)
SELECT given.request_id, given.contact_ref, given.service_code, given.at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS given(request_id, contact_ref, service_code, at)
WHERE NOT EXISTS (SELECT 1 FROM forgotten WHERE forgotten.contact_ref = given.contact_ref)
ON CONFLICT DO NOTHING
"""


async def note_shown(tx: Transaction, rows: Sequence[Row]) -> None:
    """Note articles shown to people who may come back; nothing of those who asked to be forgotten."""
    await _note(tx, _NOTE_SHOWN, rows, ("contact_id", "article_id", "contact_ref", "at"))


async def note_filed(tx: Transaction, rows: Sequence[Row]) -> None:
    """Note who filed a request; nothing of those who asked to be forgotten."""
    await _note(tx, _NOTE_FILED, rows, ("request_id", "contact_ref", "service_code", "at"))


async def _note(tx: Transaction, statement: str, rows: Sequence[Row], columns: Sequence[str]) -> None:
    if rows:
        await tx.sql(statement, *([row[column] for row in rows] for column in columns))


async def filed_after(tx: Transaction, contact_refs: Sequence[str], within: Any) -> list[Row]:
    """Tell, once each, which articles were shown to these people who then filed a request all the same."""
    return await tx.sql(_FILED_AFTER, list(contact_refs), within)


async def forget_before(tx: Transaction, moment: datetime) -> None:
    """Forget who was shown what and who filed what, and in the end who asked to be forgotten."""
    for table in ("shown", "filed", "forgotten"):
        await tx.sql(f"DELETE FROM {table} WHERE at < $1", moment)


async def forget_contacts(tx: Transaction, contacts: Mapping[str, datetime]) -> None:
    """Forget what these people were shown and filed; what is read of them later, out of order, is not kept."""
    refs = sorted(contacts)
    await tx.insert(Forgotten, [{"contact_ref": ref, "at": contacts[ref]} for ref in refs], ignore=("contact_ref",))
    for table in ("shown", "filed"):
        await tx.sql(f"DELETE FROM {table} WHERE contact_ref = ANY($1::text[])", refs)


# --- what is missing -------------------------------------------------------------------------------------------------

_MISS: Final = """
INSERT INTO missed (digest, language, n, last_on)
SELECT digest, $3, n, $4 FROM unnest($1::text[], $2::bigint[]) AS given(digest, n)
ON CONFLICT (digest) DO UPDATE SET n = missed.n + excluded.n, last_on = excluded.last_on
RETURNING digest, n
"""


async def miss_words(
    tx: Transaction, words: Mapping[str, str], times: Mapping[str, int], language: str, on: date, enough: int
) -> frozenset[str]:
    """Count words of searches in vain by their digests; returns, and keeps, those that enough people typed."""
    if not words:
        return frozenset()
    ordered = sorted(words)  # one order for all writers
    counted = await tx.sql(_MISS, ordered, [times[digest] for digest in ordered], language, on)
    known = {row["digest"]: words[row["digest"]] for row in counted if row["n"] >= enough}
    if known:
        await tx.sql(
            "UPDATE missed SET word = given.word FROM unnest($1::text[], $2::text[]) AS given(digest, word)"
            " WHERE missed.digest = given.digest",
            list(known),
            list(known.values()),
        )
    return frozenset(known.values())


async def popular_words(reads: Reads) -> dict[str, frozenset[str]]:
    """Load the words that enough people have typed in vain, by language."""
    found = await reads.sql("SELECT language, array_agg(word) AS words FROM missed WHERE word IS NOT NULL GROUP BY 1")
    return {row["language"]: frozenset(row["words"]) for row in found}


async def missed_words(reads: Reads, most: int) -> list[Row]:
    """Load the words that many searched for in vain."""
    return await reads.sql(
        "SELECT word, language, n, last_on FROM missed WHERE word IS NOT NULL ORDER BY n DESC, word LIMIT $1", most
    )


async def note_uncategorised(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep the stems of requests that fit no service; a later copy without words takes them away."""
    await tx.upsert(Uncategorised, rows, ("request_id",))


async def forget_uncategorised(tx: Transaction, request_ids: Sequence[UUID]) -> None:
    """Take away what is known of requests whose words were erased."""
    await tx.sql("DELETE FROM uncategorised WHERE request_id = ANY($1::uuid[])", list(request_ids))


async def uncategorised_since(reads: Reads, since: datetime, most: int) -> list[Row]:
    """Load requests that fit no service, newest first."""
    return await reads.sql(
        "SELECT request_id, language, stems FROM uncategorised WHERE opened_at >= $1 ORDER BY opened_at DESC LIMIT $2",
        since,
        most,
    )


# --- forecasts -------------------------------------------------------------------------------------------------------


async def keep_forecasts(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep the newest forecast of each service."""
    await tx.upsert(Forecast, rows, ("service_code",), newer="version")


async def forecasts(reads: Reads) -> dict[str, Row]:
    """Load what services take, by code."""
    found = await reads.sql("SELECT service_code, words, target_words, days_80 FROM forecast")
    return {row["service_code"]: row for row in found}


async def forecasts_mark(reads: Reads) -> tuple[int, int]:
    """Tell forecasts apart from earlier ones: how many there are, and the sum of their versions, which grow."""
    (row,) = await reads.sql("SELECT count(*) AS n, coalesce(sum(version), 0)::bigint AS versions FROM forecast")
    return row["n"], row["versions"]
