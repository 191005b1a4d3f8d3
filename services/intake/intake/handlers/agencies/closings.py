"""What the city shows of its closings: how many were opened again, which broke the rules, which need a look."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads
from intake import store
from intake.handlers.desk import Desk, Facts
from intake.handlers.public.views import write_cursor


@dataclass(frozen=True, slots=True)
class Span:
    """Which time, and of it which agency and service."""

    since: datetime
    until: datetime
    agency: str | None = None
    service: str | None = None


async def show_rates(reads: Reads, span: Span, desk: Desk) -> Facts:
    """Show how many of each agency's closings were opened again, by service."""
    rows = await store.endings.reopen_rates(reads, span.since, span.until, span.agency, span.service)
    city = desk.city
    return {
        "since": span.since,
        "until": span.until,
        "rates": [
            {
                "agency": row["agency"],
                "agency_name": city.agency_name(row["agency"]).root,
                "service_code": row["service_code"],
                "service_name": city.service_name(row["service_code"]).root,
                **_rate(row["closed"], row["reopened"]),
            }
            for row in rows
        ],
        "agencies": _summed(rows, "agency"),
        "services": _summed(rows, "service_code"),
    }


def _summed(rows: Sequence[Row], by: str) -> list[Facts]:
    closed, reopened = Counter[str](), Counter[str]()
    for row in rows:
        closed[row[by]] += row["closed"]
        reopened[row[by]] += row["reopened"]
    return [{by: name, **_rate(closed[name], reopened[name])} for name in sorted(closed)]


def _rate(closed: int, reopened: int) -> Mapping[str, object]:
    return {"closed": closed, "reopened": reopened, "rate": round(reopened / closed, 4) if closed else None}


async def show_refusals(reads: Reads, span: Span) -> Facts:
    """Count refused updates by agency and rule."""
    rows = await store.endings.refusals_by_rule(reads, span.since, span.until, span.agency)
    refusals = [{"agency": r["agency"], "rule": r["code"], "count": r["n"], "latest": r["latest"]} for r in rows]
    return {"since": span.since, "until": span.until, "refusals": refusals}


async def show_exceptions(
    reads: Reads, span: Span, before: tuple[datetime, UUID] | None, limit: int, desk: Desk
) -> Facts:
    """List closings without work, disputed or reopened, newest first, each with why it is listed."""
    not_done = [code.value for code, rule in desk.city.dispositions.items() if not rule.work_done]
    rows = await store.endings.closing_exceptions(
        reads, since=span.since, until=span.until, not_done=not_done, agency=span.agency, before=before, limit=limit
    )
    last = rows[-1] if len(rows) == limit else None
    return {
        "exceptions": [_exception(row, frozenset(not_done)) for row in rows],
        "next": write_cursor(last["closed_at"], last["closure_id"]) if last else None,
    }


def _exception(row: Row, not_done: frozenset[str]) -> Facts:
    why = {"not_done": row["disposition"] in not_done, "disputed": row["dispute"], "reopened": row["reopened_at"]}
    current = row["closure"] if row["closure"] and row["closure"]["closure_id"] == str(row["closure_id"]) else None
    shown = {name: row[name] for name in row.keys() if name not in {"closure", "agencies"}}  # noqa: SIM118 - a record's
    said = {name: current[name] for name in ("explanation", "evidence")} if current else {}
    return {**shown, "agencies": row["agencies"].split(), "why": [name for name, so in why.items() if so], **said}
