"""Work orders of an agency's own system: what their standing tells about the requests they work on.

An order tells how far work has come and when it is planned. It never ends a request: their record of it does.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from adapters.domain.codes import Codes, Step, Unknown, Worked
from adapters.domain.news import News
from contracts.city import OrderMeaning
from contracts.vocabulary import ReportKind

UNDER_WAY: Final = frozenset({"accepted", "scheduled", "in_progress"})
"""Orders that still go on."""
_STEPS: Final = frozenset({ReportKind.ACCEPTED, ReportKind.SCHEDULED, ReportKind.IN_PROGRESS})


class Reading(NamedTuple):
    """The status that counts of an order's status line, and what it means."""

    status: str
    meaning: OrderMeaning


class Other(NamedTuple):
    """Another order on the same request: what its standing means, and when its work begins."""

    means: str | None
    starts_at: datetime | None


def read_status(codes: Codes, line: str) -> Reading | Unknown:
    """Find the status that counts in a status line: the last listed that says anything; each must be known.

    >>> from contracts.city import CodeMapping, OrderMapping, StatusMeaning
    >>> orders = OrderMapping(types={"PM01": "work"}, statuses={code: OrderMeaning(means=means) for code, means in (
    ...     ("PRC", "nothing"), ("REL", "scheduled"), ("CNF", "in_progress"), ("DLFL", "called_off"),
    ...     ("TECO", "finished"))})
    >>> codes = Codes(CodeMapping(types={"pothole": "P"}, statuses={"NOCO": StatusMeaning(means="nothing")},
    ...     orders=orders), {})
    >>> [read_status(codes, line).status for line in ("REL PRC", "REL CNF PRC", "TECO CNF DLFL", "PRC")]
    ['REL', 'CNF', 'TECO', 'PRC']
    >>> read_status(codes, "REL ODD PRC").code
    'ODD'
    """
    known, said = _statuses(codes), line.split()
    strange = next((one for one in said if one not in known), None if said else "(none)")
    if strange is not None:
        return Unknown("order_status", strange, "Nobody has said what this status of a work order means; say it.")
    telling = [code for code, meaning in known.items() if code in said and meaning.means != "nothing"]
    status = telling[-1] if telling else said[0]
    return Reading(status, known[status])


def read_order(codes: Codes, news: News) -> Reading | Unknown | None:
    """Say what news about a work order means; None where its type is known to be no work for residents.

    >>> from datetime import UTC, datetime
    >>> from adapters.domain.news import OrderFacts
    >>> from contracts.city import CodeMapping, OrderMapping, StatusMeaning
    >>> orders = OrderMapping(types={"PM01": "work", "PM04": "nothing"}, statuses={"REL": OrderMeaning(
    ...     means="scheduled"), "TECO": OrderMeaning(means="finished")})
    >>> codes = Codes(CodeMapping(types={"pothole": "P"}, statuses={"NOCO": StatusMeaning(means="nothing")},
    ...     orders=orders), {})
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> def told(type, status, start=noon):
    ...     return read_order(codes, News("n", status, noon, scheduled_for=start, order=OrderFacts(type, ("1",))))
    >>> told("PM01", "REL").meaning.means, told("PM04", "REL") is None
    ('scheduled', True)
    >>> told("PM09", "REL").kind, told("PM01", "REL", None).kind
    ('order_type', 'order_status')
    """
    if news.order is None or codes.mapping.orders is None:
        return None
    types = {**codes.mapping.orders.types, **_added(codes, "order_type")}
    if news.order.type not in types:
        detail = (
            "Nobody has said whether orders of this type are work on what residents asked for; say work or nothing."
        )
        return Unknown("order_type", news.order.type, detail)
    if types[news.order.type] == "nothing":
        return None
    found = read_status(codes, news.status)
    if isinstance(found, Reading) and found.meaning.means == "scheduled" and news.scheduled_for is None:
        return Unknown("order_status", found.status, "This status sets a date and the order has none; give it one.")
    return found


def order_step(
    meaning: OrderMeaning, news: News, told: str | None, others: Sequence[Other], language: str
) -> Step | None:
    """Say what an order's standing tells about one request; None when that was told, or another order says more.

    `told` is the last step told of the request, `others` its other orders.

    >>> from datetime import UTC, datetime
    >>> noon, next_day = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 3, 12, tzinfo=UTC)
    >>> def step(means, told=None, others=(), text=None):
    ...     news = News("n", "REL", noon, order_number="4001", scheduled_for=noon)
    ...     return order_step(OrderMeaning(means=means, text=text), news, told, others, "en")
    >>> step("scheduled").scheduled_for == noon, step("in_progress").kind.value, step("finished") is None
    (True, 'in_progress', True)

    Nothing is told twice, and a second order does not take back what the first has begun:

    >>> step("scheduled", mark_of(step("scheduled"))), step("in_progress", "in_progress")
    (None, None)
    >>> step("accepted", "in_progress"), step("scheduled", "in_progress", [Other("in_progress", noon)])
    (None, None)

    Of several dates the first is told, and the next once the work before it is over:

    >>> step("scheduled", None, [Other("scheduled", next_day)]).scheduled_for == noon
    True
    >>> step("finished", "in_progress", [Other("scheduled", next_day)]).scheduled_for == next_day
    True

    Work that is called off ends nothing; it is told in the city's words, unless another order goes on:

    >>> words = {"en": "The planned work was called off."}
    >>> step("called_off", "scheduled", (), words).text, step("called_off", None, [Other("accepted", None)], words)
    ('The planned work was called off.', None)
    >>> step("called_off") is None
    True
    """
    found = _step_of(meaning, news, others, language)
    if found is None or (found.kind is ReportKind.ACCEPTED and told is not None):
        return None
    return None if found.kind in _STEPS and mark_of(found) == told else found


def _step_of(meaning: OrderMeaning, news: News, others: Sequence[Other], language: str) -> Step | None:
    standing = {one.means for one in others}
    own = [news.scheduled_for] if meaning.means == "scheduled" else []
    dates = [at for at in (*own, *(one.starts_at for one in others if one.means == "scheduled")) if at]
    if meaning.means == "nothing":
        return None
    if meaning.means == "in_progress":
        return Step(ReportKind.IN_PROGRESS)
    if dates and "in_progress" not in standing:
        return Step(ReportKind.SCHEDULED, None, min(dates))
    if meaning.means == "called_off" and meaning.text and not UNDER_WAY & standing:
        return Step(ReportKind.MESSAGE, meaning.text.say(language))
    return Step(ReportKind.ACCEPTED) if meaning.means == "accepted" else None


def mark_of(step: Step) -> str:
    """Name a step, so that the same is not told again: by its kind, and its date if it has one.

    >>> mark_of(Step(ReportKind.IN_PROGRESS))
    'in_progress'
    """
    return f"{step.kind.value} {step.scheduled_for.isoformat()}" if step.scheduled_for else step.kind.value


def told_after(step: Step, told: str | None, *, is_called_off: bool = False) -> str | None:
    """Name what a request was told last once this step is: words change nothing, unless they take a date back.

    >>> told_after(Step(ReportKind.IN_PROGRESS), "accepted"), told_after(Step(ReportKind.NOTE, "Wet."), "in_progress")
    ('in_progress', 'in_progress')
    >>> off = Step(ReportKind.MESSAGE, "Called off.")
    >>> told_after(off, "scheduled 2026-03-02", is_called_off=True), told_after(off, "in_progress", is_called_off=True)
    ('message', 'in_progress')
    """
    if step.kind in {ReportKind.MESSAGE, ReportKind.NOTE}:
        return step.kind.value if is_called_off and told != "in_progress" else told
    return mark_of(step)


def is_told(step: Step, told: str | None) -> bool:
    """Tell whether a step of a record without words was told already, by one of its orders.

    >>> is_told(Step(ReportKind.IN_PROGRESS), "in_progress"), is_told(Step(ReportKind.IN_PROGRESS, "Digging."), None)
    (True, False)
    >>> is_told(Step(ReportKind.ACCEPTED), "scheduled 2026-03-02T12:00:00+00:00")
    True
    """
    if step.kind not in _STEPS or step.text:
        return False
    return mark_of(step) == told or (step.kind is ReportKind.ACCEPTED and told is not None)


def worked_on(codes: Codes, orders: Mapping[str, str | None]) -> Worked:
    """Say which orders have worked on a record, by their numbers and statuses; one not read yet may have.

    >>> from contracts.city import CodeMapping, OrderMapping, StatusMeaning
    >>> orders = OrderMapping(types={"PM01": "work"}, statuses={"DLFL": OrderMeaning(means="called_off"),
    ...     "TECO": OrderMeaning(means="finished")})
    >>> codes = Codes(CodeMapping(types={"pothole": "P"}, statuses={"NOCO": StatusMeaning(means="nothing")},
    ...     orders=orders), {})
    >>> worked_on(codes, {"4001": "TECO", "4002": "DLFL", "4003": None})
    Worked(orders=('4001', '4003'), was_called_off=False)
    >>> worked_on(codes, {"4002": "DLFL"}), worked_on(codes, {})
    (Worked(orders=(), was_called_off=True), Worked(orders=(), was_called_off=False))
    """
    done = tuple(sorted(number for number, status in orders.items() if means_of(codes, status) != "called_off"))
    return Worked(done, bool(orders) and not done)


def means_of(codes: Codes, status: str | None) -> str | None:
    """Say what a status that counted means; None for one that nobody knows, or that was not read yet.

    >>> from contracts.city import CodeMapping, OrderMapping, StatusMeaning
    >>> orders = OrderMapping(types={"PM01": "work"}, statuses={"TECO": OrderMeaning(means="finished")})
    >>> codes = Codes(CodeMapping(types={"pothole": "P"}, statuses={"NOCO": StatusMeaning(means="nothing")},
    ...     orders=orders), {("order_status", "ODD"): {"means": "called_off"}})
    >>> [means_of(codes, status) for status in ("TECO", "ODD", "NEW", None)]
    ['finished', 'called_off', None, None]
    """
    known = _statuses(codes).get(status or "")
    return known.means if known else None


def _statuses(codes: Codes) -> Mapping[str, OrderMeaning]:
    """List every status of orders, the city's in its own order, then what people added."""
    orders = codes.mapping.orders
    added = {code: OrderMeaning.model_validate(means) for code, means in _added(codes, "order_status").items()}
    return {**(orders.statuses if orders else {}), **added}


def _added(codes: Codes, kind: str) -> dict[str, object]:
    return {code: means for (of, code), means in codes.added.items() if of == kind}
