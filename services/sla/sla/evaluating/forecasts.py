"""`python -m sla.evaluating forecast`: what each way of forecasting would have said, and what then came true.

All that is known is what was known at the cut, before the first request of the test was opened: what was open then is
open, whenever it was closed later. Every way then speaks about each request opened from the cut on.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Any, Final, NamedTuple

from sla.domain.curve import Shown, merged, whole_curve
from sla.domain.learning import UNKNOWN, Counted, Learned, ages_of, areas_of, gathered, known_at, learn
from sla.evaluating.exports import ExportError, Request, as_written, read_export

FEW: Final = 30
Say = Callable[[Learned | None, str], Shown]
WAYS: Final[Mapping[str, Say]] = {
    "printed": lambda taught, _area: taught.printed if taught else UNKNOWN,
    "curve": lambda taught, area: taught.areas.get(area, taught.curve) if taught else UNKNOWN,
    "used": lambda taught, area: taught.said_in(area) if taught else UNKNOWN,
}
"""The printed method, the curve, and the one of them that the service would have used for each kind of request."""


class Judged(NamedTuple):
    """What was said about one request, and how many days it took; None while it is open, for `seen` days so far."""

    service: str
    said: Shown
    days: float | None
    seen: float

    @property
    def off(self) -> float | None:
        """By how many days the middle of what was said was wrong; None while nobody knows."""
        return None if self.days is None or self.said.days_50 is None else abs(self.days - self.said.days_50)

    def within(self, days: float) -> bool | None:
        """Tell whether it was closed in so many days; None where the file ends too soon to know."""
        if self.days is not None:
            return self.days <= days
        return False if self.seen > days else None


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when the file cannot be used."""
    given = _given(arguments)
    try:
        result = measure(read_export(given.file, ("closed",)), given.cut, given.minimum)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps({"file": given.file.name, "cut": given.cut.isoformat(), **result}) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="forecast", description="Both forecasts against what came true.")
    parser.add_argument("file", type=Path, help="requests: CSV or Parquet")
    parser.add_argument("cut", type=as_written, help="the moment before which everything is known")
    parser.add_argument("--minimum", type=int, default=FEW, help="requests before the printed method speaks")
    return parser.parse_args(arguments)


def measure(requests: Sequence[Request], cut: datetime, minimum: int) -> dict[str, Any]:
    """Cut, learn, speak, and compare: coverage of the 80 % figure and of the 80 % interval, errors and sharpness."""
    known, test = [r for r in requests if r.opened < cut], [r for r in requests if r.opened >= cut]
    if not known or not test:
        side = "before" if not known else "at or after"
        first, last = min(r.opened for r in requests), max(r.opened for r in requests)
        raise ExportError(f"No request was opened {side} the cut {cut}; choose one between {first} and {last}.")
    end = max(max(r.opened, r.closed or r.opened) for r in requests)
    taught = _taught(known, cut, minimum)
    judged = {way: [_judged(r, said(taught.get(r.service), r.area), end) for r in test] for way, said in WAYS.items()}
    used = Counter(found.way.name.lower() for found in taught.values())
    return {
        "known": len(known),
        "tested": len(test),
        "services_by_way": dict(used),
        "overall": _compared(judged),
        "services": _by_service(judged, taught),
    }


def _judged(r: Request, said: Shown, end: datetime) -> Judged:
    return Judged(r.service, said, None if r.closed is None else _days(r.closed - r.opened), _days(end - r.opened))


def _days(length: timedelta) -> float:
    return max(length.total_seconds(), 0) / 86_400


def _taught(known: Sequence[Request], cut: datetime, minimum: int) -> dict[str, Learned]:
    """Learn every service as the running service does, from what was known at the cut."""
    counted: defaultdict[str, list[Counted]] = defaultdict(list)
    for r in known:
        minutes = _days((r.closed or cut) - r.opened) * 1440
        counted[r.service].append(Counted(r.area, r.opened, minutes, 1, r.closed is None))
    at_cut = {service: known_at(gathered(found), cut) for service, found in counted.items()}
    city = whole_curve(merged(ages_of(found, cut) for found in at_cut.values()))
    areas = {service: areas_of(found, cut, minimum) for service, found in counted.items()}
    learned = {service: learn(found, areas[service], city, cut, minimum) for service, found in at_cut.items()}
    return {service: found for service, found in learned.items() if found is not None}


def _by_service(both: Mapping[str, Sequence[Judged]], taught: Mapping[str, Learned]) -> dict[str, Any]:
    split: defaultdict[str, dict[str, list[Judged]]] = defaultdict(lambda: {way: [] for way in both})
    for way, judged in both.items():
        for one in judged:
            split[one.service][way].append(one)
    ordered = sorted(split.items(), key=lambda item: (-len(item[1]["curve"]), item[0]))
    used = {service: found.way.name.lower() for service, found in taught.items()}
    return {service: {"way": used.get(service)} | _compared(found) for service, found in ordered}


def _compared(judged: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    """Score each way by itself, and once more on what the printed method and the curve both speak about."""
    places = range(len(judged["curve"]))
    shared = [n for n in places if all(judged[way][n].said.days_80 is not None for way in ("printed", "curve"))]
    both = {way: _scored([found[n] for n in shared]) for way, found in judged.items()}
    result: dict[str, Any] = {"tested": len(places)} | {way: _scored(found) for way, found in judged.items()}
    return result | {"where_both_speak": {"tested": len(shared)} | both}


def _scored(judged: Sequence[Judged]) -> dict[str, Any]:
    """Score one way; who says nothing is not covered by anything, and is counted."""
    spoken = [one for one in judged if one.said.days_80 is not None]
    errors = [off for one in spoken if (off := one.off) is not None]
    widths = [high - low for low, high in map(_interval, spoken) if high is not None]
    return {
        "available": _share([one.said.days_80 is not None for one in judged]),
        "coverage_80": _share([one.within(one.said.days_80 or 0.0) for one in spoken]),
        "coverage_interval_80": _share([_is_inside(one) for one in spoken]),
        "median_error_days": _rounded(median(errors) if errors else None),
        "mean_error_days": _rounded(mean(errors) if errors else None),
        "sharpness_days_80": _rounded(mean(one.said.days_80 or 0.0 for one in spoken) if spoken else None),
        "interval_days": _rounded(mean(widths) if widths else None),
        "median_interval_days": _rounded(median(widths) if widths else None),
    }


def _interval(one: Judged) -> tuple[float, float | None]:
    return one.said.days_10 or 0.0, one.said.days_90


def _is_inside(one: Judged) -> bool | None:
    low, high = _interval(one)
    if high is None:
        return None
    if one.days is not None and one.days < low:
        return False
    return one.within(high)


def _share(found: Sequence[bool | None]) -> float | None:
    decided = [one for one in found if one is not None]
    return round(sum(decided) / len(decided), 4) if decided else None


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(days, 4)
