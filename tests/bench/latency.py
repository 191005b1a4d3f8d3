"""How soon things follow a report: at a rate fixed in advance, counted from the moment each call was due."""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from figures import pace, percentiles
from lives import LONGEST_SECONDS, reports
from stage import Eyes, Town

from relay311_drivers.bodies import form_of

LOAD: Final = Path(__file__).with_name("load.py")
HELD_SHARE: Final = 0.9
"""A rate is held when everything that follows keeps this share of it."""

NOT_TRIED: Final = {"rate": "not tried: the machine was so slow that the run would have taken too long"}

_ACCEPTED: Final = 201
_SETTLED: Final = """
SELECT request_id::text, settled_at FROM intent WHERE moment = 'received' AND request_id = ANY($1::uuid[])
AND settled_at IS NOT NULL
"""


async def at_rates(
    town: Town, eyes: Eyes, folder: Path, plan: Sequence[tuple[int, int]], seed: int, until: float = float("inf")
) -> dict[str, dict[str, Any]]:
    """Measure (rate, seconds) one after the other, beginning none after `until` on the monotonic clock."""
    found: dict[str, dict[str, Any]] = {}
    for rate, seconds in plan:
        on_time = time.monotonic() < until
        found[str(rate)] = await at_rate(town, eyes, folder, rate, seconds, seed + rate) if on_time else NOT_TRIED
    return found


async def at_rate(town: Town, eyes: Eyes, folder: Path, rate: int, seconds: int, seed: int) -> dict[str, Any]:
    """Measure answered, assigned, promised and mail handed over, in milliseconds since each call was due."""
    sent = send(town, town.url("intake", "/requests"), bodies(town, folder, rate * seconds, seed), rate)
    await eyes.quiet(0, LONGEST_SECONDS)
    due = {call[3]: call[2] - call[1] / 1000 for call in sent["calls"] if call[0] == _ACCEPTED}
    mails = await eyes.by_service["notify"].fetch(_SETTLED, list(due))
    at = {
        "post": {call[3]: call[2] for call in sent["calls"]},
        "assigned": _appended(town, "request.assigned"),
        "promised": _appended(town, "request.promised"),
        "mail": {row["request_id"]: row["settled_at"].timestamp() for row in mails},
    }
    ours = {name: {one: moment for one, moment in them.items() if one in due} for name, them in at.items()}
    spans = {name: percentiles([(t - due[one]) * 1000 for one, t in them.items()]) for name, them in ours.items()}
    return judged(rate, reached(ours, len(due))) | spans


def reached(moments: Mapping[str, Mapping[str, float]], calls: int) -> float:
    """Tell the rate that the slowest kind of thing came at, as if each call had led to one.

    >>> half_as_often = {str(n): n / 50 for n in range(500)}
    >>> reached({"mail": half_as_often}, 1000)
    100.0
    """
    return min(pace(list(them.values())) * calls / len(them) if them else 0.0 for them in moments.values())


def judged(rate: int, reached_rate: float) -> dict[str, Any]:
    """Say whether a rate was held, and what was reached.

    >>> judged(200, 143.0)
    {'rate': 'not held', 'reached_per_second': 143}
    """
    held = "held" if reached_rate >= rate * HELD_SHARE else "not held"
    return {"rate": held, "reached_per_second": round(reached_rate)}


def bodies(town: Town, folder: Path, count: int, seed: int) -> Path:
    """Write as many form posts to a file, one a line."""
    path = folder / f"bodies-{seed}.ndjson"
    path.write_bytes(b"\n".join(orjson.dumps(form_of(report)) for report in reports(town, count, seed)))
    return path


def send(town: Town, url: str, content: Path, rate: int) -> dict[str, Any]:
    """Post every line of a file, in a process of its own; rate 0 keeps the door busy."""
    said: dict[str, Any] = json.loads(town.command(str(LOAD), url, str(content), str(rate)))
    return said


def _appended(town: Town, topic: str) -> Mapping[str, float]:
    """Tell when each request's first record of a topic was appended."""
    first: dict[str, float] = {}
    for message in town.records([topic]):
        key, (_, moment) = message.key(), message.timestamp()
        if key is not None:
            first.setdefault(key.decode(), moment / 1000)
    return first
