"""What agencies' systems said, what waits for a person, and the codes people added."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters.store.tables import AddedCode, HeardNews, Reconciliation, WaitingException, Watch
from chassis.sql import Row
from chassis.transaction import Reads, Transaction


async def known_news(tx: Reads, agency: str, news_ids: Sequence[str]) -> set[str]:
    """Tell which of these were heard before."""
    found = await tx.sql(
        "SELECT news_id FROM heard WHERE agency = $1 AND news_id = ANY($2::text[])", agency, list(news_ids)
    )
    return {row["news_id"] for row in found}


async def keep_news(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep what was heard, with what became of it."""
    await tx.upsert(HeardNews, rows, keys=("agency", "news_id"), only=("state", "reference", "body"))


async def waiting_news(tx: Reads, agency: str) -> list[Row]:
    """Load what was heard and waits, oldest first."""
    return await tx.sql("SELECT * FROM heard WHERE agency = $1 AND state = 'waits' ORDER BY at, news_id", agency)


async def heard_of(reads: Reads, agency: str, reference: str) -> list[Row]:
    """Load what was heard about one handover."""
    wanted = "SELECT * FROM heard WHERE agency = $1 AND reference = $2 ORDER BY at, news_id"
    return await reads.sql(wanted, agency, reference)


async def set_aside(tx: Transaction, agency: str, news_id: str) -> None:
    """Take news for dealt with by hand."""
    await tx.sql("UPDATE heard SET state = 'by_hand' WHERE agency = $1 AND news_id = $2", agency, news_id)


# --- exceptions ------------------------------------------------------------------------------------------------------


async def add_exceptions(tx: Transaction, rows: Sequence[Row]) -> None:
    """Put what could not be translated or placed where people see it; once for each subject and code."""
    await tx.insert(WaitingException, rows, ignore=("exception_id",))


async def exceptions(reads: Reads, agency: str | None, *, resolved: bool) -> list[Row]:
    """List exceptions, oldest first."""
    wanted = (
        "SELECT * FROM exception WHERE ($1::text IS NULL OR agency = $1) AND (resolved_at IS NOT NULL) = $2"
        " ORDER BY made_at, exception_id LIMIT 1000"
    )
    return await reads.sql(wanted, agency, resolved)


async def exception(tx: Reads, exception_id: UUID) -> Row | None:
    """Load one exception, locked."""
    found = await tx.sql("SELECT * FROM exception WHERE exception_id = $1 FOR UPDATE", exception_id)
    return found[0] if found else None


_LIKE: Final = """
UPDATE exception SET resolved_at = $4, resolved_by = $5, resolution = $6,
  detail = CASE kind WHEN 'words' THEN 'The words were said in each language.' ELSE detail END
WHERE agency = $1 AND kind = $2 AND code = $3 AND resolved_at IS NULL RETURNING *
"""


async def resolve_alike(tx: Transaction, row: Row, who: str, resolution: str) -> list[Row]:
    """Resolve every open exception of the same code; returns them."""
    return await tx.sql(_LIKE, row["agency"], row["kind"], row["code"], tx.now, who, resolution)


async def resolve_one(tx: Transaction, exception_id: UUID, who: str, resolution: str) -> None:
    """Resolve one exception."""
    await tx.sql(
        "UPDATE exception SET resolved_at = $2, resolved_by = $3, resolution = $4 WHERE exception_id = $1",
        exception_id,
        tx.now,
        who,
        resolution,
    )


async def resolve_subject(tx: Transaction, agency: str, subjects: Sequence[str], resolution: str) -> None:
    """Resolve what waited for these, once it has gone through."""
    await tx.sql(
        "UPDATE exception SET resolved_at = $3, resolved_by = 'system', resolution = $4"
        " WHERE agency = $1 AND subject = ANY($2::text[]) AND resolved_at IS NULL",
        agency,
        list(subjects),
        tx.now,
        resolution,
    )


async def count_exceptions(reads: Reads) -> dict[str, int]:
    """Count open exceptions by agency."""
    found = await reads.sql("SELECT agency, count(*) AS n FROM exception WHERE resolved_at IS NULL GROUP BY agency")
    return {row["agency"]: row["n"] for row in found}


# --- added codes -----------------------------------------------------------------------------------------------------


async def added_codes(reads: Reads, agency: str) -> dict[tuple[str, str], Any]:
    """Load the codes people added for an agency."""
    found = await reads.sql("SELECT kind, code, meaning FROM added_code WHERE agency = $1", agency)
    return {(row["kind"], row["code"]): row["meaning"] for row in found}


async def add_code(tx: Transaction, agency: str, kind: str, code: str, meaning: object, who: str) -> None:
    """Keep what a code means."""
    row = {"agency": agency, "kind": kind, "code": code, "meaning": meaning, "added_at": tx.now, "added_by": who}
    await tx.upsert(AddedCode, [row], keys=("agency", "kind", "code"))


# --- watching and comparing ------------------------------------------------------------------------------------------

_WATCH: Final = """
INSERT INTO watch (agency, cursor, held_until) VALUES ($1, '{}', $2)
ON CONFLICT (agency) DO UPDATE SET held_until = $2 WHERE watch.held_until <= $3 RETURNING cursor
"""


async def take_watch(tx: Transaction, agency: str, seconds: float) -> dict[str, Any] | None:
    """Take up reading an agency's system for so long; None while another process does."""
    found = await tx.sql(_WATCH, agency, tx.now + timedelta(seconds=seconds), tx.now)
    return found[0]["cursor"] if found else None


async def end_watch(tx: Transaction, agency: str, cursor: Row | None, problem: str | None, next_at: datetime) -> None:
    """Note how far the system was read, or why it could not be."""
    row: dict[str, Any] = {"agency": agency, "held_until": next_at, "problem": problem}
    row |= {"cursor": dict(cursor), "read_at": tx.now} if cursor is not None else {}
    await tx.update(Watch, [row], keys=("agency",))


async def watches(reads: Reads) -> list[Row]:
    """List how far each system was read."""
    return await reads.sql("SELECT * FROM watch ORDER BY agency")


async def want_reconciliation(tx: Transaction, rows: Sequence[Row]) -> None:
    """Ask for comparisons; one asked for already stays as it is."""
    await tx.insert(Reconciliation, rows, ignore=("run_id",))


async def wanted_reconciliations(reads: Reads) -> list[Row]:
    """List comparisons still to be made, oldest first."""
    return await reads.sql("SELECT * FROM reconciliation WHERE finished_at IS NULL ORDER BY wanted_at")


async def save_reconciliation(tx: Transaction, row: Row) -> None:
    """Keep what a comparison found."""
    await tx.update(Reconciliation, [row], keys=("run_id",))


async def reconciliations(reads: Reads, agency: str | None) -> list[Row]:
    """List comparisons, newest first."""
    wanted = (
        "SELECT * FROM reconciliation WHERE ($1::text IS NULL OR agency = $1) ORDER BY wanted_at DESC, agency LIMIT 200"
    )
    return await reads.sql(wanted, agency)
