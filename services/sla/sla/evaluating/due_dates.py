"""`python -m sla.evaluating targets`: whether recorded due dates follow rules such as a city's targets are.

With a file of rules, those are tried. Without, the rules are looked for in the older half of the requests, and tried on
the newer half, which had no part in finding them.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.city import Span
from sla.domain.targets import Measured
from sla.evaluating.due_rules import Desk, RulesFile, desk_of, found_desk, found_rule, read_rules
from sla.evaluating.exports import ExportError, Request, read_export

TOLERANCE: Final = timedelta(minutes=1)
"""Old systems round to the second, not always the same way."""


class Dated(NamedTuple):
    """A request with its recorded due date, as moments."""

    service: str
    opened: datetime
    due: datetime


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a file cannot be used."""
    given = _given(arguments)
    try:
        zone = ZoneInfo(given.zone)
        dated = _dated(read_export(given.file, ("due",)), zone)
        result = tried(dated, read_rules(given.rules), zone) if given.rules else learned(dated, zone)
    except (OSError, ValueError, ZoneInfoNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"file": given.file.name, **result}) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="targets", description="Share of recorded due dates that rules reproduce.")
    parser.add_argument("file", type=Path, help="requests with due dates: CSV or Parquet")
    parser.add_argument("--rules", type=Path, help="a YAML file of calendar and targets; without, rules are found")
    parser.add_argument("--zone", default="UTC", help="the time zone the file's moments are written in")
    return parser.parse_args(arguments)


def _dated(requests: Sequence[Request], zone: ZoneInfo) -> list[Dated]:
    def moment(written: datetime) -> datetime:
        return written.replace(tzinfo=zone).astimezone(UTC)

    found = [Dated(r.service, moment(r.opened), moment(r.due)) for r in requests if r.due is not None]
    if not found:
        raise ExportError("No request of the file has a due date; nothing can be compared.")
    return sorted(found, key=lambda one: one.opened)


def tried(dated: Sequence[Dated], rules: RulesFile, zone: ZoneInfo) -> dict[str, Any]:
    """Try given rules on every request of the services they name."""
    desk = desk_of(rules.calendar, zone)
    unknown = sorted(rules.targets.keys() - {one.service for one in dated})
    if unknown:
        raise ExportError(f"The rules name services the file does not have: {', '.join(unknown)}.")
    return _result(dated, {name: (span, desk.measured(span)) for name, span in rules.targets.items()}, desk)


def learned(dated: Sequence[Dated], zone: ZoneInfo) -> dict[str, Any]:
    """Find each service's rule in the older half of its requests, and try it on the newer half."""
    older, newer = _halves(dated)
    spans: dict[str, list[tuple[datetime, datetime]]] = {
        service: [(one.opened, one.due) for one in found] for service, found in older.items()
    }
    desk = found_desk(spans.values(), zone)
    rules: dict[str, tuple[Span, Measured]] = {}
    for service, found in spans.items():
        span = found_rule(found, desk)
        rules[service] = span, desk.measured(span)
    return _result([one for found in newer.values() for one in found], rules, desk)


def _halves(dated: Sequence[Dated]) -> tuple[dict[str, list[Dated]], dict[str, list[Dated]]]:
    by_service: defaultdict[str, list[Dated]] = defaultdict(list)
    for one in dated:
        by_service[one.service].append(one)
    enough = {service: found for service, found in by_service.items() if len(found) > 1}
    halves = {service: len(found) // 2 for service, found in enough.items()}
    older = {service: found[: halves[service]] for service, found in enough.items()}
    return older, {service: found[halves[service] :] for service, found in enough.items()}


def _result(dated: Sequence[Dated], rules: Mapping[str, tuple[Span, Measured]], desk: Desk) -> dict[str, Any]:
    tried_, matched, same_day = Counter[str](), Counter[str](), Counter[str]()
    for one in dated:
        if one.service in rules:
            measure, length = rules[one.service][1]
            due = measure.after(one.opened, length)
            tried_[one.service] += 1
            matched[one.service] += abs(due - one.due) <= TOLERANCE
            same_day[one.service] += due.astimezone(desk.zone).date() == one.due.astimezone(desk.zone).date()
    services = {
        name: {
            "tested": count,
            "reproduced": round(matched[name] / count, 4),
            "same_day": round(same_day[name] / count, 4),
            "rule": rules[name][0].model_dump(),
        }
        for name, count in tried_.most_common()
    }
    return {
        "tested": tried_.total(),
        "reproduced": round(matched.total() / max(tried_.total(), 1), 4),
        "tolerance_seconds": TOLERANCE.total_seconds(),
        "desk": desk.said(),
        "services": services,
    }
