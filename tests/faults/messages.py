"""I4: everybody is told of every change, once."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from faults.case import Case, Finding
from faults.evidence import Evidence

_DOUBT_SECONDS: Final = 6.0
_TELLING_CAUSES: Final = frozenset({"rule", "triage", "additional", "referral"})


def every_change_is_told_once(case: Case) -> Iterator[Finding]:
    """I4: one settled intent for each change, contact and channel, as the log's own bytes ask for; no other mail."""
    intents = case.evidence.intents
    lines = Counter((str(i["request_id"]), i["transition"], i["contact_ref"], i["channel"]) for i in intents)
    for line, count in lines.items():
        if count > 1:
            yield Finding("I4", "duplicated", f"{count} messages are intended for {line}")
    settled = Counter(one.data["intent_id"] for one in case.evidence.firsts("notification.settled"))
    for intent in intents:
        if settled[str(intent["intent_id"])] != 1:
            times = settled[str(intent["intent_id"])]
            yield Finding("I4", "lost" if not times else "duplicated", f"{intent['intent_id']} settled {times} times")
    yield from _told(case, {line[:3] for line in lines})
    yield from _mails(case)


def _told(case: Case, there: set[tuple[str, str, str]]) -> Iterator[Finding]:
    wanted = set(_news(case.evidence))
    for one in wanted - there:
        yield Finding("I4", "lost", f"nobody was told {one}")
    kinds = {transition.partition(":")[0] for _, transition, _ in wanted}
    for one in there - wanted:
        if one[1].partition(":")[0] in kinds:
            yield Finding("I4", "duplicated", f"{one} was told and never happened")


def _news(evidence: Evidence) -> Iterator[tuple[str, str, str]]:
    """Work out from the log what must be told, without asking how notify does it."""
    named: dict[str, Callable[[Mapping[str, Any]], str]] = {
        "request.created": lambda _: "created",
        "request.assigned": lambda data: f"assigned:{data['assignment_id']}",
        "request.closed": lambda data: f"closed:{data['closure_id']}",
        "request.reopened": lambda data: f"reopened:{data['closure_id']}",
    }
    for topic, name in named.items():
        for one in evidence.firsts(topic):
            if one.data.get("cause", "rule") in _TELLING_CAUSES:
                yield from ((one.request_id, name(one.data), ref) for ref in one.data["about"].get("contact_refs", ()))


def _mails(case: Case) -> Iterator[Finding]:
    by_mail = {mail.name for mail in case.evidence.mails}
    delivered = {
        str(i["intent_id"]) for i in case.evidence.intents if i["channel"] == "email" and i["outcome"] == "delivered"
    }
    for one in by_mail - {str(i["intent_id"]) for i in case.evidence.intents}:
        yield Finding("I4", "duplicated", f"the mail {one} belongs to no intended message")
    for one in delivered - by_mail:
        yield Finding("I4", "lost", f"the message {one} counts as delivered and never came")
    yield from _repeats(case)


def _repeats(case: Case) -> Iterator[Finding]:
    """Allow a second copy only where notify died, or was held, between sending the first and writing it down."""
    doubts = [(f.began - _DOUBT_SECONDS, f.healed) for f in case.faults if f.target == "notify"]
    came: dict[str, float] = {}
    for mail in case.evidence.mails:
        first = came.setdefault(mail.name, mail.at)
        if mail.at != first and not any(began <= first <= healed for began, healed in doubts):
            yield Finding("I4", "duplicated", f"the mail {mail.name} came twice, and notify was well")
