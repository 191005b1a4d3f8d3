"""Editors' work: drafts, steps, flags, tasks and surge staff."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from chassis.ids import derived_id
from chassis.principals import Principal
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from kb.store.tables import Draft, Flag, Step, SurgeStaff


async def draft(reads: Reads, article_id: str) -> Row | None:
    """Load an article's open draft."""
    found = await reads.sql("SELECT * FROM draft WHERE article_id = $1", article_id)
    return found[0] if found else None


async def drafts(reads: Reads, agency: str | None) -> list[Row]:
    """Load open drafts, all or those of an agency, the longest waiting first."""
    return await reads.sql(
        "SELECT * FROM draft WHERE $1::text IS NULL OR content->>'agency' = $1 ORDER BY saved_at, article_id", agency
    )


async def save_draft(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keep a draft in place of what it was before."""
    await save_drafts(tx, [row])


async def save_drafts(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep drafts in place of what they were before."""
    await tx.upsert(Draft, [dict(row) for row in rows], ("article_id",))


async def drafted(tx: Transaction, article_ids: Sequence[str]) -> frozenset[str]:
    """Tell of which articles a draft is open."""
    found = await tx.sql("SELECT article_id FROM draft WHERE article_id = ANY($1::text[])", list(article_ids))
    return frozenset(row["article_id"] for row in found)


async def drop_drafts(tx: Transaction, article_ids: Sequence[str]) -> None:
    """Take drafts away: they were published, or given up."""
    await tx.sql("DELETE FROM draft WHERE article_id = ANY($1::text[])", list(article_ids))


async def note_step(
    tx: Transaction, cause: str, article_id: str, action: str, who: Principal, version: int, note: str = ""
) -> None:
    """Note who did what to an article."""
    await note_steps(tx, cause, {article_id: version}, action, who, note)


async def note_steps(
    tx: Transaction, cause: str, versions: Mapping[str, int], action: str, who: Principal, note: str = ""
) -> None:
    """Note who did the same to many articles."""
    rows = [
        {
            "step_id": derived_id("step", cause, article_id, action),
            "article_id": article_id,
            "at": tx.now,
            "action": action,
            "by_role": who.role,
            "by_subject": who.subject,
            "by_agency": who.agency,
            "version": version,
            "note": note,
        }
        for article_id, version in versions.items()
    ]
    await tx.insert(Step, rows, ignore=("step_id",))


async def steps_of(reads: Reads, article_id: str) -> list[Row]:
    """Load everything that was done to an article, oldest first."""
    return await reads.sql(
        "SELECT at, action, by_role, by_subject, by_agency, version, note FROM step WHERE article_id = $1"
        " ORDER BY at, version, action",
        article_id,
    )


async def raise_flag(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Keep a flag."""
    await tx.insert(Flag, [dict(row)], ignore=("flag_id",))


async def flag(reads: Reads, flag_id: str) -> Row | None:
    """Load a flag."""
    found = await reads.sql("SELECT * FROM flag WHERE flag_id = $1 FOR UPDATE", flag_id)
    return found[0] if found else None


async def flags(reads: Reads, article_id: str | None, *, settled: bool) -> list[Row]:
    """Load flags, all or those of an article, the oldest first."""
    return await reads.sql(
        "SELECT * FROM flag WHERE ($1::text IS NULL OR article_id = $1) AND ($2 OR settled_at IS NULL)"
        " ORDER BY raised_at, flag_id",
        article_id,
        settled,
    )


async def settle_flag(tx: Transaction, row: Mapping[str, Any]) -> None:
    """Note what became of a flag."""
    await tx.update(Flag, [dict(row)], ("flag_id",))


# --- tasks -----------------------------------------------------------------------------------------------------------

_OPEN: Final = """
INSERT INTO task (task_id, kind, subject, language, agency, asked, first_at, last_at, state, note)
SELECT *, 'open', '' FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[],
    $7::timestamptz[], $7::timestamptz[])
ON CONFLICT (task_id) DO UPDATE SET asked = task.asked + excluded.asked,
    last_at = greatest(task.last_at, excluded.last_at),
    state = CASE WHEN task.state = 'dismissed' THEN task.state ELSE 'open' END
"""


async def open_tasks(tx: Transaction, tasks: Sequence[Mapping[str, Any]]) -> None:
    """Open tasks, or count them once more; what was done and is asked again opens again."""
    if tasks:
        ordered = sorted(tasks, key=lambda task: str(task["task_id"]))
        names = ("task_id", "kind", "subject", "language", "agency", "asked", "at")
        await tx.sql(_OPEN, *([task[name] for task in ordered] for name in names))


async def tasks(reads: Reads, state: str, agency: str | None, most: int) -> list[Row]:
    """Load tasks, what was asked most first."""
    return await reads.sql(
        "SELECT * FROM task WHERE state = $1 AND ($2::text IS NULL OR agency = $2)"
        " ORDER BY asked DESC, last_at DESC, task_id LIMIT $3",
        state,
        agency,
        most,
    )


async def task(reads: Reads, task_id: str) -> Row | None:
    """Load a task."""
    found = await reads.sql("SELECT * FROM task WHERE task_id = $1", task_id)
    return found[0] if found else None


async def settle_task(tx: Transaction, task_id: str, state: str, by: str, note: str) -> None:
    """Note that a task was done or is not worth doing."""
    await tx.sql("UPDATE task SET state = $2, settled_by = $3, note = $4 WHERE task_id = $1", task_id, state, by, note)


async def settle_tasks_about(tx: Transaction, kind: str, subjects: Sequence[str], by: str) -> None:
    """Close the tasks of a kind about these: they are done."""
    await tx.sql(
        "UPDATE task SET state = 'done', settled_by = $3"
        " WHERE kind = $1 AND subject = ANY($2::text[]) AND state = 'open'",
        kind,
        list(subjects),
        by,
    )


# --- surge staff -----------------------------------------------------------------------------------------------------


async def name_surge_staff(tx: Transaction, subject: str, topics: Sequence[str], until: datetime, by: str) -> None:
    """Let somebody help out, with these topics, for a time."""
    row = {"subject": subject, "topics": " ".join(topics), "until": until, "named_by": by}
    await tx.upsert(SurgeStaff, [row], ("subject",))


async def surge_topics(reads: Reads, subject: str) -> tuple[frozenset[str], datetime] | None:
    """Tell the topics of somebody who helps out, and until when; None for everybody else."""
    found = await reads.sql("SELECT topics, until FROM surge_staff WHERE subject = $1", subject)
    return (frozenset(found[0]["topics"].split()), found[0]["until"]) if found else None
