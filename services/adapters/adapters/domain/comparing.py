"""Reconciliation: what both sides say of the same work, and what is done where they differ."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from adapters.domain.codes import ENDINGS, Codes
from adapters.domain.jobs import Reading, read_order
from adapters.domain.news import News

SETTLING: Final = timedelta(minutes=5)
"""What was handed over so lately may still be on its way."""


class Drift(StrEnum):
    """How the two sides can differ."""

    NEVER_ARRIVED = "never_arrived"
    MISSED_UPDATE = "missed_update"
    CLOSED_THERE = "closed_there"
    CLOSED_HERE = "closed_here"
    UNLINKED = "unlinked"
    ORDER_UNKNOWN = "order_unknown"
    ORDER_CHANGED = "order_changed"
    STRANGE = "strange"


REPAIRS: Final[Mapping[Drift, str]] = {
    Drift.NEVER_ARRIVED: "handed over again, under the same reference",
    Drift.MISSED_UPDATE: "heard now, as if it had been told in time",
    Drift.CLOSED_THERE: "its ending is reported now",
    Drift.CLOSED_HERE: "told again that the request has ended",
    Drift.UNLINKED: "their number is noted",
    Drift.ORDER_UNKNOWN: "their work order is heard of now",
    Drift.ORDER_CHANGED: "heard now, as if it had been told in time",
    Drift.STRANGE: "left for a person: no reference of ours",
}
"""What is done about each."""


class Ours(NamedTuple):
    """A handover as we know it."""

    reference: str
    number: str | None
    status: str | None
    is_open: bool
    is_sent: bool
    handed_at: datetime


class OurOrder(NamedTuple):
    """A work order of theirs as we know it: the status that counted, and the handovers it works on."""

    number: str
    status: str | None
    references: frozenset[str]


class Finding(NamedTuple):
    """One difference: which record, in which way, what each side says."""

    drift: Drift
    reference: str | None
    number: str | None
    ours: str
    theirs: str
    news: News | None = None


def compare(ours: Sequence[Ours], theirs: Iterable[News], codes: Codes, now: datetime) -> list[Finding]:
    """Compare both sides.

    >>> from datetime import UTC
    >>> from contracts.city import CodeMapping, StatusMeaning
    >>> table = Codes(CodeMapping(types={"pothole": "P"}, statuses={"WORK": StatusMeaning(means="in_progress"),
    ...     "DONE": StatusMeaning(means="completed", disposition="fixed")}), {})
    >>> then, now = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    >>> mine = [Ours(ref, number, "WORK", is_open, True, then) for ref, number, is_open in
    ...     (("A", "1", True), ("B", "2", True), ("C", "3", True), ("D", "4", False), ("E", None, True))]
    >>> told = [News("n", status, then, reference=ref, number=number) for ref, number, status in
    ...     (("A", "1", "WORK"), ("B", "2", "DONE"), ("D", "4", "WORK"), ("E", "5", "WORK"), ("X", "9", "WORK"))]
    >>> [(f.drift.value, f.reference) for f in compare(mine, told, table, now)]
    [('never_arrived', 'C'), ('closed_there', 'B'), ('closed_here', 'D'), ('unlinked', 'E'), ('strange', 'X')]
    """
    records = [one for one in theirs if one.order is None]
    by_reference = {one.reference: one for one in records if one.reference}
    by_number = {one.number: one for one in records if one.number}
    found, matched = [], set[int]()
    for mine in ours:
        there = by_reference.get(mine.reference) or (by_number.get(mine.number) if mine.number else None)
        if there is not None:
            matched.add(id(there))
        finding = _differ(mine, there, codes, now)
        found += [finding] if finding else []
    order = list(Drift)
    strangers = [Finding(Drift.STRANGE, one.reference, one.number, "not known", one.status) for one in records
                 if id(one) not in matched]  # fmt: skip
    return sorted([*found, *strangers], key=lambda finding: order.index(finding.drift))


def compare_orders(
    ours: Iterable[OurOrder], handovers: Iterable[Ours], theirs: Iterable[News], codes: Codes
) -> list[Finding]:
    """Compare the work orders that work on what was handed over: those not known here, and those that changed since.

    >>> from datetime import UTC
    >>> from adapters.domain.news import OrderFacts
    >>> from contracts.city import CodeMapping, OrderMapping, OrderMeaning, StatusMeaning
    >>> table = Codes(CodeMapping(types={"pothole": "P"}, statuses={"NOCO": StatusMeaning(means="nothing")},
    ...     orders=OrderMapping(types={"PM01": "work"}, statuses={"REL": OrderMeaning(means="scheduled"),
    ...     "TECO": OrderMeaning(means="finished")})), {})
    >>> then = datetime(2026, 3, 1, tzinfo=UTC)
    >>> handed = [Ours("A", "1", None, True, True, then), Ours("B", "2", None, True, True, then)]
    >>> known = [OurOrder("41", "REL", frozenset("A")), OurOrder("42", "REL", frozenset("A"))]
    >>> told = [News("n", status, then, order_number=number, scheduled_for=then, order=OrderFacts("PM01", records))
    ...     for number, status, records in (("41", "REL", ("1",)), ("42", "REL TECO", ("1",)), ("43", "REL", ("2",)),
    ...     ("44", "REL", ("9",)))]
    >>> [(f.drift.value, f.reference, f.number, f.ours, f.theirs) for f in compare_orders(known, handed, told, table)]
    [('order_changed', 'A', '42', 'REL', 'REL TECO'), ('order_unknown', 'B', '43', 'not known', 'REL')]
    """
    known = {order.number: order for order in ours}
    references = {one.number: one.reference for one in handovers if one.number}
    found = []
    for news in theirs:
        covered = frozenset(references[one] for one in (news.order.records if news.order else ()) if one in references)
        here = known.get(news.order_number or "")
        if not covered or _agree(here, news, covered, codes):
            continue
        drift = Drift.ORDER_CHANGED if here else Drift.ORDER_UNKNOWN
        said = (here.status or "not read") if here else "not known"
        found.append(Finding(drift, min(covered), news.order_number, said, news.status, news))
    return found


def _agree(here: OurOrder | None, news: News, covered: frozenset[str], codes: Codes) -> bool:
    read = read_order(codes, news)
    if read is None:
        return True  # of a type that is no work for residents
    if here is None or not isinstance(read, Reading):
        return False
    return here.status == read.status and covered <= here.references


def _differ(mine: Ours, there: News | None, codes: Codes, now: datetime) -> Finding | None:
    here = "open" if mine.is_open else "ended"
    if there is None:
        missing = mine.is_open and mine.is_sent and now - mine.handed_at > SETTLING
        return Finding(Drift.NEVER_ARRIVED, mine.reference, mine.number, here, "not there") if missing else None
    meaning = codes.status(there.status)
    has_ended = meaning is not None and meaning.means in ENDINGS
    facts = (mine.reference, there.number, f"{here}, last heard {mine.status or 'nothing'}", there.status, there)
    if mine.is_open and has_ended:
        return Finding(Drift.CLOSED_THERE, *facts)
    if not mine.is_open and not has_ended and mine.is_sent:
        return Finding(Drift.CLOSED_HERE, *facts)
    if mine.is_open and there.status != mine.status:
        return Finding(Drift.MISSED_UPDATE, *facts)  # hearing it notes their number, too
    if mine.number is None and there.number and mine.is_sent:
        return Finding(Drift.UNLINKED, *facts)
    return None
