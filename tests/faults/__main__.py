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

from faults.accounts import recoveries
from faults.case import Case, Finding
from faults.invariants import judge
from faults.ledger import Kind, Outcome
from faults.storm import own_town, storm
from faults.writer import Writer
from relay311_local.testing import open_folder

_SHOWN: Final = 25


def summary(case: Case, writer: Writer, findings: list[Finding], seed: int) -> dict[str, Any]:
    """Sum a run up for its last line."""
    kinds, counts = Counter(f.kind for f in case.faults if f.fired), Counter(f.counts_as for f in findings)
    times = sorted(recoveries(case))
    slowest = times[math.ceil(len(times) * 0.99) - 1] if times else 0.0
    submissions = list(case.ledger.of(Kind.POST, Kind.LINE, Kind.EVENT))
    outcomes = Counter(one.outcome for one in submissions)
    return {
        "kills": sum(count for kind, count in kinds.items() if kind.startswith("kill")),
        "faults": dict(kinds) | {f"poison_{kind}": count for kind, count in writer.kinds.items()},
        "repeated_records": len(writer.repeated),
        "sent": len(submissions),
        "accepted": outcomes[Outcome.OK],
        "refused": outcomes[Outcome.REFUSED],
        "maybe": outcomes[Outcome.MAYBE],
        **{name: counts[name] for name in ("lost", "duplicated", "reordered", "unpromised", "stuck", "idle")},
        "parked": sum(map(len, case.evidence.parked.values())),
        "mails": len(case.evidence.mails),
        "mails_twice": len(case.evidence.mails) - len({mail.name for mail in case.evidence.mails}),
        "recovery_p99_s": round(slowest, 2) if math.isfinite(slowest) else None,
        "seed": seed,
    }


def main() -> int:
    """Run once; 0 when every invariant held."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    with open_folder() as given:
        folder = Path(os.environ.get("RELAY311_FAULTS_FOLDER") or given)
        with own_town(folder) as town:
            case, writer = asyncio.run(storm(town, folder, options.seed, options.seconds))
    findings = judge(case)
    for finding in findings[:_SHOWN]:
        print(f"{finding.invariant}: {finding.what}")
    print(json.dumps(summary(case, writer, findings, options.seed)))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
