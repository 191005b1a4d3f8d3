"""`python -m sla.evaluating days-to-close`: days within which 80 % were closed, by the method of the printed tables.

Of all requests opened in the period, ranked from the quickest to the slowest, the elapsed days of the one at which 80 %
are closed; where less than 80 % are closed there is no such figure.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sla.domain.learning import cohort_rank
from sla.evaluating.exports import Request, as_written, read_export

SECONDS_PER_DAY = 86_400


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when the file cannot be used."""
    given = _given(arguments)
    try:
        requests = _opened_between(read_export(given.file, ("closed",)), given.since, given.until)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"file": given.file.name, **measure(requests)}) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="days-to-close", description="Days within which 80 % were closed.")
    parser.add_argument("file", type=Path, help="requests: CSV or Parquet")
    parser.add_argument("--since", type=as_written, help="opened at or after")
    parser.add_argument("--until", type=as_written, help="opened before")
    return parser.parse_args(arguments)


def _opened_between(requests: Iterable[Request], since: datetime | None, until: datetime | None) -> list[Request]:
    kept = [r for r in requests if (since is None or r.opened >= since) and (until is None or r.opened < until)]
    if not kept:
        raise ValueError("No request was opened in that period; widen SINCE or UNTIL.")
    return kept


def measure(requests: Sequence[Request]) -> dict[str, Any]:
    """Return the figure of each service, the most asked for first, with the counts it rests on."""
    by_service: defaultdict[str, list[Request]] = defaultdict(list)
    for request in requests:
        by_service[request.service].append(request)
    ordered = sorted(by_service.items(), key=lambda item: (-len(item[1]), item[0]))
    return {
        "opened": len(requests),
        "closed": sum(r.closed is not None for r in requests),
        "closed_before_opened": sum(r.closed is not None and r.closed < r.opened for r in requests),
        "services": {service: _figure(found) for service, found in ordered},
    }


def _figure(requests: Sequence[Request]) -> dict[str, Any]:
    days = sorted(max((r.closed - r.opened).total_seconds(), 0) / SECONDS_PER_DAY for r in requests if r.closed)
    rank = cohort_rank(len(requests), 80)
    known = days[rank - 1] if len(days) >= rank else None
    return {
        "opened": len(requests),
        "closed": len(days),
        "closed_share": round(len(days) / len(requests), 4),
        "available": known is not None,
        "days_80": None if known is None else int(known * 10 + 0.5) / 10,
        "hours_80": None if known is None else round(known * 24, 2),
        "days_80_exact": None if known is None else round(known, 5),
    }
