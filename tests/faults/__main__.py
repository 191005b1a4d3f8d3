"""`make faults`: a platform of its own under load and faults, then the ledger's verdict; the last line is JSON."""

import argparse
import asyncio
import json
import math
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

from faults import brokers
from faults.accounts import recoveries
from faults.case import Case, Finding
from faults.invariants import judge
from faults.ledger import Kind, Operation, Outcome
from faults.nemesis import KINDS
from faults.played import SERVICES
from faults.storm import own_stage, storm
from faults.writer import Writer
from relay311_local.layout import BROKERS
from relay311_local.testing import open_folder

_SHOWN: Final = 25
_SLOW: Final = 4


def summary(case: Case, writer: Writer, findings: list[Finding], seed: int) -> dict[str, Any]:
    """Sum a run up for its last line."""
    kinds, counts = Counter(f.kind for f in case.faults if f.fired), Counter(f.counts_as for f in findings)
    times = [one.seconds for one in recoveries(case)]
    slowest = times[len(times) // 100] if times else 0.0
    submissions = list(case.ledger.of(Kind.POST, Kind.LINE, Kind.EVENT))
    outcomes = Counter(one.outcome for one in submissions)
    return {
        "kills": sum(count for kind, count in kinds.items() if kind.startswith(("kill", "failpoint"))),
        "faults": dict(kinds) | {f"poison_{kind}": count for kind, count in writer.kinds.items()},
        "repeated_records": len(writer.repeated),
        "sent": len(submissions),
        "accepted": outcomes[Outcome.OK],
        "refused": outcomes[Outcome.REFUSED],
        "maybe": outcomes[Outcome.MAYBE],
        **{name: counts[name] for name in ("lost", "duplicated", "reordered", "unpromised", "stuck", "idle")},
        "failed_accepts": sum(map(_failed, case.ledger.of(Kind.POST, Kind.LINE))),
        "rebuilt": len(case.rebuilds),
        "parked": sum(map(len, case.evidence.parked.values())),
        "mails": len(case.evidence.mails),
        "mails_twice": len(case.evidence.mails) - len({mail.name for mail in case.evidence.mails}),
        "recovery_p99_s": round(slowest, 2) if math.isfinite(slowest) else None,
        "seed": seed,
    }


def _failed(operation: Operation) -> int:
    """Count the attempts over HTTP that were neither taken nor refused."""
    return sum(answer.outcome is Outcome.MAYBE for answer in operation.answers)


def _names(text: str) -> tuple[str, ...]:
    """Read names of kinds, and refuse those that do not exist."""
    names = tuple(filter(None, text.split(",")))
    if unknown := set(names) - KINDS.keys() - brokers.KINDS.keys():
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    return names


def main() -> int:
    """Run once; 0 when every invariant held."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--brokers", type=int, choices=BROKERS, default=1, help="three: no accept may fail")
    parser.add_argument("--only", type=_names, default=(), help="these kinds of fault alone, parted by commas")
    parser.add_argument("--rebuild", action="store_true", help="rebuild every service afterwards, and compare (I9)")
    parser.add_argument("--without", type=_names, default=(), help="all but these kinds")
    options = parser.parse_args()
    cluster = options.brokers > 1
    only = options.only or ((*brokers.KINDS, *brokers.HARMLESS) if cluster else ())
    with open_folder() as given:
        folder = Path(os.environ.get("RELAY311_FAULTS_FOLDER") or given)
        with own_stage(folder, options.brokers) as stage:
            rebuilt = SERVICES if options.rebuild else ()
            case, writer = asyncio.run(storm(stage, options.seed, options.seconds, options.without, only, rebuilt))
    findings = judge(case)
    for slow in recoveries(case)[:_SLOW]:
        print(f"recovered {slow}")
    for finding in findings[:_SHOWN]:
        print(f"{finding.invariant}: {finding.what}")
    line = summary(case, writer, findings, options.seed)
    print(json.dumps(line))
    return 1 if findings or (cluster and line["failed_accepts"]) else 0


if __name__ == "__main__":
    sys.exit(main())
