"""I11 and I12: what was parked, how soon all was well again, and whether the faults were faults."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from contracts.topics import dlq
from faults.case import Case, Finding
from faults.played import SERVICES
from faults.scene import Fault

Parked: TypeAlias = tuple[str, str, int, int]
RECOVERY_SECONDS: Final = 60.0


def every_parked_record_is_accounted_for(case: Case) -> Iterator[Finding]:
    """I11: each spoiled record is parked once by each of its readers, with a reason and a letter; nothing else is."""
    readers = {t.name: [s for s in SERVICES if s in t.consumers] for t in case.topics}
    wanted: Counter[tuple[str, str, int, int]] = Counter(
        (service, *spot) for spot in case.evidence.poison for service in readers[spot.topic]
    )
    parked = [(service, row) for service, rows in case.evidence.parked.items() for row in rows if row["reason"]]
    there: Counter[tuple[str, str, int, int]] = Counter(
        (service, row["topic"], row["part"], row["log_offset"]) for service, row in parked
    )
    for one in wanted - there:
        yield Finding("I11", "lost", f"{one} was not parked")
    for one in there - wanted:
        yield Finding("I11", "lost", f"{one} was parked though nobody spoiled it")
    letters = {(name, one.data.get("place")) for name, seen in case.evidence.letters.items() for one in seen}
    for service, topic, part, offset in wanted:
        if (dlq(service, topic), f"{topic}[{part}]@{offset}") not in letters:
            yield Finding("I11", "lost", f"no letter tells of {topic}[{part}]@{offset} parked by {service}")


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long it took after a fault had healed, in seconds, until a request that came later had got this far."""

    fault: Fault
    topic: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s after {self.fault.kind} {self.fault.target} until {self.topic}"


def recoveries(case: Case) -> list[Recovery]:
    """Measure, for each fault, the seconds until a later request was promised, and its mail settled; slowest first."""
    created = [(one.at, one.request_id) for one in case.evidence.firsts("request.created")]
    found = []
    for topic in ("request.promised", "notification.settled"):
        times = [(one.at, one.request_id) for one in case.evidence.firsts(topic)]
        for fault in case.faults:
            after = {request for at, request in created if at > fault.healed}
            first = min((at for at, request in times if request in after), default=math.inf)
            found.append(Recovery(fault, topic, first - fault.healed if fault.healed else math.inf))
    return sorted(found, key=lambda one: -one.seconds)


def recovery_is_bounded(case: Case) -> Iterator[Finding]:
    """I12: after every fault, a new request soon goes its whole way."""
    for one in recoveries(case):
        if one.seconds > RECOVERY_SECONDS:
            yield Finding("I12", "stuck", f"it took {one}")


def every_fault_fired(case: Case) -> Iterator[Finding]:
    """Find kinds of faults that never had an effect: a run without them proves nothing."""
    fired = {fault.kind for fault in case.faults if fault.fired}
    idle = [f"{fault.kind} {fault.target}" for fault in case.faults if fault.kind not in fired]
    for one in idle:
        yield Finding("faults", "idle", f"had no effect: {one}")
