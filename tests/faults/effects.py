"""I5: effects applied once: counters and rows recomputed from the log's bytes, trusting no unique key."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from faults.case import Case, Finding
from faults.evidence import Evidence

_TEACH_NOTHING: Final = frozenset({"duplicate", "cancelled_by_requester"})
"""Closings that say nothing about how long the work takes, and about which nobody is asked."""

_STEPS: Final = (
    ("sla.clocks", "revision", "promised"),
    ("routing.requests", "made", "assigned"),
    ("routing.requests", "closes", "closed"),
    ("routing.requests", "reopens", "reopened"),
)
"""Table, column, and the step of a request's life that it counts."""
_SENT: Final = frozenset({"sent", "answered"})


def every_effect_once(case: Case) -> Iterator[Finding]:
    """I5: what services counted and noted is what the log says, no more and no less."""
    evidence = case.evidence
    yield from _compare("kb counts", _counts(evidence, "kb.filed"), _filed(evidence))
    taught = _taught(evidence)
    yield from _compare("sla's history", _counts(evidence, "sla.closings"), taught)
    yield from _compare("sla's forecast", _counts(evidence, "sla.forecast"), taught)
    yield from _compare("sla's promises", _by_request(evidence, "sla.clocks", "revision"), _of(evidence, "promised"))
    yield from _compare(
        "routing's assignments", _by_request(evidence, "routing.requests", "made"), _of(evidence, "assigned")
    )
    for name, topic in (("closes", "closed"), ("reopens", "reopened")):
        yield from _compare(f"routing's {name}", _by_request(evidence, "routing.requests", name), _of(evidence, topic))
    yield from _compare("survey's invitations", _asked(evidence), _invited(evidence))
    yield from _invited_for_closings(evidence)


def _compare(what: str, there: Mapping[Any, int], wanted: Mapping[Any, int]) -> Iterator[Finding]:
    for name in sorted({*there, *wanted}, key=str):
        have, want = there.get(name, 0), wanted.get(name, 0)
        if have != want:
            yield Finding(
                "I5", "lost" if have < want else "duplicated", f"{what}: {name} is {have}, the log says {want}"
            )


def _counts(evidence: Evidence, table: str) -> dict[str, int]:
    return {row["name"]: row["n"] for row in evidence.tables.get(table, ())}


def _by_request(evidence: Evidence, table: str, column: str) -> dict[str, int]:
    return {str(row["request_id"]): row[column] for row in evidence.tables.get(table, ())}


def _of(evidence: Evidence, step: str) -> dict[str, int]:
    return {request: len(seen) for request, seen in evidence.of_requests(f"request.{step}").items()}


def _filed(evidence: Evidence) -> Counter[str]:
    firsts = (one for one in evidence.firsts("request.created") if one.data["sequence"] == 1)
    return Counter(one.data["about"]["service_code"] for one in firsts)


def _taught(evidence: Evidence) -> Counter[str]:
    """Count, by service, the requests whose last closing stands and says how long the work took."""
    reopened = _of(evidence, "reopened")
    taught: Counter[str] = Counter()
    for request, seen in evidence.of_requests("request.closed").items():
        last = max(seen, key=lambda one: one.data["reopen_count"]).data
        if len(seen) > reopened.get(request, 0) and last["disposition"] not in _TEACH_NOTHING:
            taught[last["about"]["service_code"]] += 1
    return taught


def _asked(evidence: Evidence) -> Counter[tuple[str, str]]:
    """Count the invitations that were sent; one that was withdrawn may have been, so the log decides."""
    invited, found = _invited(evidence), Counter[tuple[str, str]]()
    for row in evidence.tables.get("survey.invitations", ()):
        key = (str(row["closure_id"]), row["contact_ref"])
        found[key] += row["state"] in _SENT or (row["state"] == "withdrawn" and key in invited)
    return +found


def _invited(evidence: Evidence) -> Counter[tuple[str, str]]:
    return Counter((one.data["closure_id"], one.data["contact_ref"]) for one in evidence.firsts("survey.invited"))


def _invited_for_closings(evidence: Evidence) -> Iterator[Finding]:
    """Every closing that stands is asked about, where the city asks."""
    disputed = {one.data["closure_id"] for one in evidence.firsts("request.reopened")}
    invited = _invited(evidence)
    for one in evidence.firsts("request.closed"):
        data, closure = one.data, one.data["closure_id"]
        is_asked = data["about"]["service_code"] in evidence.asked and data["disposition"] not in _TEACH_NOTHING
        for ref in data["about"].get("contact_refs", ()) if is_asked and closure not in disputed else ():
            if (closure, ref) not in invited:
                yield Finding("I5", "lost", f"{ref} was not asked about the closing {closure}")
