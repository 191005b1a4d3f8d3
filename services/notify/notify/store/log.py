"""The log of deliveries, as staff look it up: a page at a time, by keys."""

from collections.abc import Mapping
from typing import Any, Final

from chassis.sql import Row
from chassis.transaction import Reads

_CONDITIONS: Final[Mapping[str, str]] = {
    "request_id": "request_id = ${n}",
    "contact": "contact_ref = ${n}",
    "channel": "channel = ${n}",
    "since": "made_at >= ${n}",
    "until": "made_at < ${n}",
}
_COLUMNS: Final = "intent_id, request_id, contact_ref, channel, moment, transition, at, made_at, attempts, detail"
_OPEN: Final = f"SELECT {_COLUMNS}, NULL::varchar AS outcome, NULL::timestamptz AS settled_at, next_attempt_at"
_SETTLED: Final = f"SELECT {_COLUMNS}, outcome, settled_at, NULL::timestamptz AS next_attempt_at"
_PAGE: Final = """
SELECT page.*, (SELECT kind FROM returned AS back WHERE back.request_id = page.request_id
    AND back.intent_id = page.intent_id ORDER BY back.at DESC LIMIT 1) AS returned
FROM (SELECT * FROM ({parts}) AS both_kinds ORDER BY made_at {way}, intent_id {way} LIMIT {limit}) AS page
ORDER BY made_at {way}, intent_id {way}
"""


async def deliveries(
    reads: Reads, wanted: Mapping[str, Any], state: str | None, limit: int, *, newest_first: bool
) -> list[Row]:
    """Load a page of messages; `wanted` holds what they are asked by, and `after`, the place where the page begins.

    What is not asked by is no condition at all, so that each way of asking has its own index.
    """
    given = {name: value for name, value in wanted.items() if value is not None and name != "after"}
    values = list(given.values())
    conditions = [_CONDITIONS[name].format(n=n) for n, name in enumerate(given, 1)]
    way, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    if after := wanted.get("after"):
        conditions.append(f"(made_at, intent_id) {beyond} (${len(values) + 1}, ${len(values) + 2})")
        values += list(after)
    parts = []
    if state != "open":
        settled = [*conditions, *([f"outcome = ${len(values) + 1}"] if state else [])]
        values += [state] if state else []
        parts.append(_part(_SETTLED, "settled_intent", settled, way, limit))
    if state in {None, "open"}:
        parts.append(_part(_OPEN, "open_intent", conditions, way, limit))
    return await reads.sql(_PAGE.format(parts=" UNION ALL ".join(parts), way=way, limit=limit), *values)


def _part(select: str, table: str, conditions: list[str], way: str, limit: int) -> str:
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"({select} FROM {table} {where} ORDER BY made_at {way}, intent_id {way} LIMIT {limit})"
