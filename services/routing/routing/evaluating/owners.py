"""`python -m routing.evaluating owners`: whether the rules name the agency that the records name."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from chassis.table_files import read_rows
from contracts.city import City, CityError, load_city
from routing.domain.directory import Directory
from routing.domain.rules import choose
from routing.evaluating.past import Past, read_past

PROGRESS_SECONDS: Final = 2.0


def main(arguments: Sequence[str]) -> int:
    """Measure; 1 when a file cannot be used."""
    given = _given(arguments)
    try:
        city = load_city(given.city)
        result = measure(_told(read_past(given.file, iter(read_rows(given.file)), city)), city)
    except (OSError, ValueError, CityError, ModuleNotFoundError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    _show(result)
    sys.stdout.write(json.dumps({"file": given.file.name, "city": city.profile.slug, **result}) + "\n")
    return 0


def _given(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="owners", description="Hold the rules against a city's own records.")
    parser.add_argument("file", type=Path, help="CSV or Parquet: a city's export, or the columns type and dept")
    parser.add_argument("--city", type=Path, required=True, help="the city folder whose rules are asked")
    return parser.parse_args(arguments)


def _told(pasts: Iterable[Past]) -> Iterable[Past]:
    """Say every two seconds how far it has come."""
    told = time.monotonic()
    for count, past in enumerate(pasts, 1):
        yield past
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            sys.stderr.write(f"{count:,} requests routed\n")


def measure(pasts: Iterable[Past], city: City) -> dict[str, Any]:
    """Route every request and compare its desk with the recorded owner.

    What waits for a person waits at the agency that runs the triage desk, so that agency has it. A type or owner that
    the city's mapping does not know matches nothing, and is listed.
    """
    directory, triage = Directory.of(city), city.profile.operator_agency
    counts: Counter[tuple[str, str, str]] = Counter()
    triaged = 0
    strange: dict[str, Counter[str]] = {"types": Counter(), "owners": Counter()}
    for past in pasts:
        choices = choose(past.question, directory) if past.service_code else ()
        triaged += not choices
        strange["types"].update([past.type] if past.service_code is None else ())
        strange["owners"].update([past.recorded] if past.owner is None else ())
        assigned = choices[0].agency if choices else triage
        counts[past.service_code or past.type, past.owner or f"unknown: {past.recorded}", assigned] += 1
    return _figures(counts, strange, triaged) | {"rule_set": city.rule_set.version}


def _figures(counts: Counter[tuple[str, str, str]], strange: dict[str, Counter[str]], triaged: int) -> dict[str, Any]:
    rows, matched = sum(counts.values()), sum(count for (_, owner, agency), count in counts.items() if owner == agency)
    confusion: Counter[tuple[str, str]] = Counter()
    for (_, owner, agency), count in counts.items():
        confusion[owner, agency] += count
    missed = {key: count for key, count in counts.items() if key[1] != key[2]}
    return {
        "rows": rows,
        "agency_match": round(matched / rows, 5) if rows else None,
        "matched": matched,
        "waiting_for_a_person": triaged,
        "confusion": [{"recorded": o, "assigned": a, "requests": n} for (o, a), n in confusion.most_common()],
        "missed": [{"service": s, "recorded": o, "assigned": a, "requests": n}
                   for (s, o, a), n in sorted(missed.items(), key=lambda item: -item[1])],
        "unknown_types": dict(strange["types"]),
        "unknown_owners": dict(strange["owners"]),
    }  # fmt: skip


def _show(result: dict[str, Any]) -> None:
    """Print the confusion table for people."""
    sys.stdout.write(f"{'recorded owner':32}{'assigned':32}{'requests':>10}\n")
    for line in result["confusion"]:
        mark = "" if line["recorded"] == line["assigned"] else "   other than recorded"
        sys.stdout.write(f"{line['recorded']:32}{line['assigned']:32}{line['requests']:>10,}{mark}\n")
    match = result["agency_match"]
    sys.stdout.write(f"{result['rows']:,} requests, {match:.2%} with their recorded owner\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
