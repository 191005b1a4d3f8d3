"""I3 and I6 to I9: every life ends, in order, promised, and the database says what the log says."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from contracts.topics import TOPICS
from faults.case import Case, Finding

_NUMBERED: Final = tuple(t.name for t in TOPICS if "sequence" in t.event.model_fields)
_WITH_HOLES: Final = frozenset({"survey.invited", "survey.answered"})


def every_life_ends_once(case: Case) -> Iterator[Finding]:
    """I3: one closing for each opening and reopening, each with a closure of its own; the quiet came."""
    closed, reopened = case.evidence.of_requests("request.closed"), case.evidence.of_requests("request.reopened")
    for request in case.evidence.of_requests("request.created"):
        ends = [one.data["closure_id"] for one in closed.get(request, ())]
        if len(ends) != len(reopened.get(request, ())) + 1 or len(set(ends)) != len(ends):
            again = len(reopened.get(request, ()))
            yield Finding("I3", "stuck", f"{request} was closed {len(ends)} times and reopened {again} times")
    if case.unrest:
        yield Finding("I12", "stuck", f"the platform did not become quiet: {dict(case.unrest)}")


def everything_in_order(case: Case) -> Iterator[Finding]:
    """I6: for each request and topic, the first occurrences count 1, 2, 3, ... (a survey's in thousands a round)."""
    for topic in _NUMBERED:
        for request, seen in case.evidence.of_requests(topic).items():
            numbers = [one.data["sequence"] for one in seen]
            grows = all(one < next_one for one, next_one in pairwise(numbers))
            if not grows or (topic not in _WITH_HOLES and numbers[-1] != len(numbers)):
                yield Finding("I6", "reordered", f"{topic} of {request}: {numbers}")


def everybody_is_promised(case: Case) -> Iterator[Finding]:
    """I7: whatever was created was assigned and promised."""
    for topic in ("request.assigned", "request.promised"):
        there = case.evidence.of_requests(topic)
        for request in case.evidence.of_requests("request.created"):
            if request not in there:
                yield Finding("I7", "unpromised", f"{request} has no {topic}")


def rebuilt_is_the_same(case: Case) -> Iterator[Finding]:
    """I9: a service rebuilt from offset 0 is the one that lived through it all."""
    for service, difference in case.rebuilds.items():
        if difference:
            yield Finding("I9", "lost", f"{service}, rebuilt: {difference}")


def state_is_log(case: Case) -> Iterator[Finding]:
    """I8: intake's rows say what the log says: the same requests, their last state, the newest number of each topic."""
    topics = ("request.updated", "request.closed", "request.reopened")
    logs = {topic: case.evidence.of_requests(topic) for topic in topics}
    created = case.evidence.of_requests("request.created")
    rows = {str(row["request_id"]): row for row in case.evidence.requests}
    for request in created.keys() ^ rows.keys():
        yield Finding("I8", "lost", f"{request} is in {'the log' if request in created else 'the database'} alone")
    for request in created.keys() & rows.keys():
        for topic in topics:
            newest = max((one.data["sequence"] for one in logs[topic].get(request, ())), default=0)
            said = rows[request][f"{topic.partition('.')[2]}_sequence"]
            if said != newest:
                yield Finding("I8", "lost", f"{request}: {topic} is at {newest} in the log, {said} in the database")
