"""I4: everybody is told of every change, once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from faults.case import Case, Finding
from faults.news import KINDS, news, replaced
from faults.scene import Fault

_DOUBT_SECONDS: Final = 6.0
_TAKEN: Final = range(200, 300)
_NO_DOUBT: Final = frozenset({"rebalance"})
"""Deliveries are claimed in the database: who reads which partition is nothing to them."""


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
    yield from _given_up(case)
    yield from _deliveries(case)


def _told(case: Case, there: set[tuple[str, str, str]]) -> Iterator[Finding]:
    wanted = set(news(case.evidence))
    for one in wanted - there:
        if replaced(one, there):
            continue
        yield Finding("I4", "lost", f"nobody was told {one}")
    for one in there - wanted:
        if one[1].partition(":")[0] in KINDS:
            yield Finding("I4", "duplicated", f"{one} was told and never happened")


def _given_up(case: Case) -> Iterator[Finding]:
    """Find mails that ended as failed: the mail server puts off, and never refuses for good."""
    for intent in case.evidence.intents:
        if intent["channel"] == "email" and intent["outcome"] == "failed":
            yield Finding("I4", "lost", f"the mail {intent['intent_id']} was given up, and was only put off")


def _deliveries(case: Case) -> Iterator[Finding]:
    """Hold what came out against what notify says it delivered, for mails and for webhook calls."""
    taken = [(call.at, call.name) for call in case.evidence.calls if call.status in _TAKEN]
    yield from _came(case, "email", [(mail.at, mail.name) for mail in case.evidence.mails])
    yield from _came(case, "webhook", taken)
    known = {str(i["intent_id"]) for i in case.evidence.intents if i["channel"] == "webhook"}
    for call in case.evidence.calls:
        if call.name not in known or call.is_astray:
            yield Finding("I4", "duplicated", f"{call} was made, and nobody intended it")


def _came(case: Case, channel: str, came: Sequence[tuple[float, str]]) -> Iterator[Finding]:
    mine = [i for i in case.evidence.intents if i["channel"] == channel]
    names = {name for _, name in came}
    for one in names - {str(i["intent_id"]) for i in mine}:
        yield Finding("I4", "duplicated", f"{channel} {one} belongs to no intended message")
    for one in {str(i["intent_id"]) for i in mine if i["outcome"] == "delivered"} - names:
        yield Finding("I4", "lost", f"the message {one} counts as delivered by {channel} and never came")
    yield from _repeats(case, channel, came)


def _repeats(case: Case, channel: str, came: Sequence[tuple[float, str]]) -> Iterator[Finding]:
    """Allow one more copy for each time that notify died, or was held, between sending one and writing it down."""
    doubts = [_doubt(fault) for fault in case.faults if fault.target == "notify" and fault.kind not in _NO_DOUBT]
    copies: dict[str, list[float]] = {}
    for at, name in came:
        copies.setdefault(name, []).append(at)
    for name, times in copies.items():
        left = list(doubts)
        for at in sorted(times)[:-1]:
            doubt = next((one for one in left if one[0] <= at <= one[1]), None)
            if doubt is None:
                yield Finding("I4", "duplicated", f"{channel} {name} came {len(times)} times; notify was well at {at}")
                break
            left.remove(doubt)


def _doubt(fault: Fault) -> tuple[float, float]:
    """Tell when a fault may have kept notify from writing down what it had sent; a second instance, when it leaves."""
    began = fault.healed if fault.kind == "grow" else fault.began
    return began - _DOUBT_SECONDS, fault.healed
