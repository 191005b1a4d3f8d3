"""I1 and I2: everything that was sent is there once, and nothing else is."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from faults.case import Case, Finding
from faults.evidence import Evidence, Seen
from faults.ledger import Kind, Operation, Outcome

_SUBMISSIONS: Final = (Kind.POST, Kind.LINE, Kind.EVENT)


def _created_by_name(evidence: Evidence) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = {}
    for one in evidence.firsts("request.created"):
        for name in one.data.get("external_ids", ("",)):
            found.setdefault(name, []).append(one)
    return found


def every_submission_once(case: Case) -> Iterator[Finding]:
    """I1: what was taken exists once, what was refused not at all, what nobody knows at most once."""
    created = _created_by_name(case.evidence)
    for one in case.ledger.of(*_SUBMISSIONS):
        requests = {seen.request_id for seen in created.get(one.name, ())}
        if not one.allows(len(requests)):
            counts_as = "lost" if not requests else "duplicated"
            yield Finding("I1", counts_as, f"{one.name} ({one.kind}, {one.outcome}) exists {len(requests)} times")
        told = {answer.request_id for answer in one.answers if answer.request_id}
        if not told <= requests:
            yield Finding("I1", "lost", f"{one.name} was told {sorted(told)}, the log says {sorted(requests)}")
        if len({answer.number for answer in one.answers if answer.number}) > 1:
            yield Finding("I1", "duplicated", f"{one.name} was told several numbers: {one.answers}")


def one_request_for_one_key(case: Case) -> Iterator[Finding]:
    """I1: all that shares an idempotency key became one request at most."""
    created, by_key = _created_by_name(case.evidence), dict[str, set[str]]()
    for one in case.ledger.of(*_SUBMISSIONS):
        if one.key:
            by_key.setdefault(f"{one.kind}:{one.key}", set()).update(s.request_id for s in created.get(one.name, ()))
    for key, requests in by_key.items():
        if len(requests) > 1:
            yield Finding("I1", "duplicated", f"the key {key} made {len(requests)} requests")


def no_phantom(case: Case) -> Iterator[Finding]:
    """I2: nothing exists that was never sent."""
    for name, seen in _created_by_name(case.evidence).items():
        if name not in case.ledger.operations:
            yield Finding("I2", "duplicated", f"{len(seen)} requests carry {name!r}, which was never sent")


def every_step_once(case: Case) -> Iterator[Finding]:
    """I1, I2 for what residents do: messages and disputes are there as often as they were sent, and no more."""
    changes = [one for one in case.evidence.firsts("request.updated") if one.data["change"].get("sender") == "resident"]
    yield from _steps(case, Kind.MESSAGE, Counter(f"{one.request_id}/" for one in changes))
    reopened = case.evidence.firsts("request.reopened")
    yield from _steps(case, Kind.DISPUTE, Counter(f"{one.request_id}/{one.data['closure_id']}" for one in reopened))


def _steps(case: Case, kind: Kind, there: Counter[str]) -> Iterator[Finding]:
    sent: dict[str, list[Operation]] = {}
    for one in case.ledger.of(kind):
        sent.setdefault(one.about, []).append(one)
    for about in {*sent, *there}:
        outcomes = Counter(one.outcome for one in sent.get(about, ()))
        least, most = outcomes[Outcome.OK], outcomes[Outcome.OK] + outcomes[Outcome.MAYBE]
        if not least <= there[about] <= most:
            counts_as = "lost" if there[about] < least else "duplicated"
            yield Finding("I1", counts_as, f"{kind} {about}: {there[about]} times, expected {least} to {most}")
