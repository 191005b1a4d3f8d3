"""Diversion: the triage desk sends a request where it belongs; outside the city it ends, inside it stays open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import FieldError, conflict, invalid
from contracts.city import City, Diversions, ListedReason, Transfer, fill
from contracts.event import Texts
from contracts.vocabulary import AssignmentCause, Disposition
from routing.domain.cases import Assign, Case
from routing.domain.directory import DAYS, Directory
from routing.domain.elsewhere import is_open
from routing.domain.rules import Choice
from routing.domain.transfers import is_avoidable

NOT_WAITING = "This request does not wait for triage; somebody may have resolved it already."
_ENDS = {False: Disposition.NOT_OUR_JURISDICTION, True: Disposition.REFERRED_EXTERNAL}


@dataclass(frozen=True, slots=True)
class Sending:
    """What a person decided: where to, for which listed reason, and whether 311 passed it on or only tells where."""

    request_id: UUID
    to: str
    reason: str
    note: str = ""
    handed_over: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """What follows: how it ends, or who of the city has it now, and what the resident reads."""

    transfer: Transfer
    explanation: Texts
    was_open: bool | None
    avoidable: bool
    disposition: Disposition | None = None
    assign: Assign | None = None


def divert(case: Case | None, sending: Sending, city: City, directory: Directory, now: datetime) -> Sent:
    """Turn a person's decision into an ending, or into an assignment where the destination is the city's own.

    A referred request never ends: only those outside the city end one. Raises a 409 problem when the request does not
    wait for triage or agencies still work on it, a 422 problem naming the field that is wrong.

    >>> from types import SimpleNamespace as Known
    >>> from datetime import UTC
    >>> from routing.domain.cases import Triage, example
    >>> waiting = example(triage=Triage("No rule.", datetime(2026, 1, 5, tzinfo=UTC)))
    >>> say = {"en": "{{ who }}. {{ why }} {{ reach }}"}
    >>> words = Diversions(told=say, handed_over=say, stays=say, call={"en": "{{ phone }}, {{ hours }}."},
    ...     call_any={"en": "{{ phone }}."}, look={"en": "No number."}, always={"en": "always"}, week={"en": "week"},
    ...     days={})
    >>> help = Transfer(slug="211", name={"en": "211"}, kind="social_services", phone="211", hours="24/7",
    ...     reasons={"en": "Help."}, source="x")
    >>> vans = Transfer(slug="vans", name={"en": "Vans"}, kind="city_desk", agency="parks", reasons={"en": "x"},
    ...     source="x")
    >>> why = ListedReason(code="why", says={"en": "They help."}, diverts=True)
    >>> city = Known(transfers={"211": help, "vans": vans}, reasons={"why": why}, services={},
    ...     triage=Known(diversions=words), profile=Known(languages=("en",), name="Town"))
    >>> desks, at = Directory({}, {"parks": ("trees",)}), datetime(2026, 1, 6, tzinfo=UTC)
    >>> sent = divert(waiting, Sending(waiting.request_id, "211", "why"), city, desks, at)
    >>> sent.disposition.value, sent.explanation["en"]
    ('not_our_jurisdiction', '211. They help. 211, always.')
    >>> inside = divert(waiting, Sending(waiting.request_id, "vans", "why"), city, desks, at)
    >>> inside.disposition, inside.assign.choice.agency
    (None, 'parks')
    """
    if case is None or case.triage is None:
        raise conflict(NOT_WAITING)
    problems = _problems(sending, city, directory)
    if problems:
        raise invalid(problems)
    transfer = city.transfers[sending.to]
    inside = is_inside(transfer, directory)
    if case.active and not inside:
        busy = ", ".join(held.agency for held in case.active)
        raise conflict(f"{busy} still has this request, so it cannot end here; resolve it instead.")
    told = _explain(transfer, city, city.reasons[sending.reason], _sentence(city.triage.diversions, sending, inside))
    was_open, avoidable = is_open(transfer, directory.local(now)), is_avoidable(transfer, city.services)
    if not inside:
        return Sent(transfer, told, was_open, avoidable, disposition=_ENDS[sending.handed_over])
    agency = transfer.agency or ""
    choice = Choice(agency, directory.default_queue(agency), told, AssignmentCause.TRIAGE)
    assign = Assign(choice, case.triage.replaces, case.triage.referred_from)
    return Sent(transfer, told, was_open, avoidable, assign=assign)


def is_inside(transfer: Transfer, directory: Directory) -> bool:
    """Tell whether a destination is the city's own: what goes there stays open.

    >>> say = {"en": "Power."}
    >>> power = Transfer(slug="power", name=say, kind="utility", agency="power", reasons=say, source="x")
    >>> is_inside(power, Directory({}, {"power": ("desk",)})), is_inside(power, Directory({}, {}))
    (True, False)
    """
    return transfer.kind == "city_desk" or directory.has(transfer.agency)


def diverting_reasons(city: City) -> tuple[ListedReason, ...]:
    """List the city's reasons to send a request elsewhere.

    >>> from types import SimpleNamespace as Known
    >>> say = {"en": "Another government."}
    >>> reasons = (ListedReason(code="state", says=say, diverts=True), ListedReason(code="gate", says=say, refers=True))
    >>> [reason.code for reason in diverting_reasons(Known(reasons={reason.code: reason for reason in reasons}))]
    ['state']
    """
    return tuple(reason for reason in city.reasons.values() if reason.diverts)


def _sentence(words: Diversions, sending: Sending, inside: bool) -> Mapping[str, str]:  # noqa: FBT001 - told by place
    return (words.stays if inside else words.handed_over if sending.handed_over else words.told).root


def _explain(transfer: Transfer, city: City, reason: ListedReason, sentence: Mapping[str, str]) -> Texts:
    """Say in every language of the city whose it is, why, and how to reach them: number and hours."""
    words = city.triage.diversions
    return {
        language: fill(
            sentence.get(language) or next(iter(sentence.values())),
            {
                "who": transfer.name.say(language),
                "city": city.profile.name,
                "why": reason.says.say(language),
                "reach": _reach(transfer, words, language),
            },
        )
        for language in city.profile.languages
    }


def _reach(transfer: Transfer, words: Diversions, language: str) -> str:
    if transfer.phone is None:
        return words.look.say(language)
    if transfer.hours is None:
        return fill(words.call_any.say(language), {"phone": transfer.phone})
    said = say_hours(transfer.hours.root, words, language)
    return fill(words.call.say(language), {"phone": transfer.phone, "hours": said})


def say_hours(hours: str, words: Diversions, language: str) -> str:
    """Say opening hours in words.

    >>> same = {"en": "x"}
    >>> words = Diversions(told=same, handed_over=same, stays=same, call=same, call_any=same, look=same,
    ...     always={"en": "at any hour"}, week={"en": "{{ first }} to {{ last }}, {{ opens }} to {{ closes }}"},
    ...     days={"en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")})
    >>> say_hours("24/7", words, "en"), say_hours("Mon-Fri 08:00-17:00", words, "en")
    ('at any hour', 'Monday to Friday, 08:00 to 17:00')
    """
    if hours == "24/7":
        return words.always.say(language)
    days, times = hours.split(" ")
    names = dict(zip(DAYS, words.days.get(language, DAYS), strict=True))
    (first, last), (opens, closes) = days.split("-"), times.split("-")
    values = {"first": names[first], "last": names[last], "opens": opens, "closes": closes}
    return fill(words.week.say(language), values)


def _problems(sending: Sending, city: City, directory: Directory) -> list[FieldError]:
    """List what is wrong with a decision, by field."""
    transfer = city.transfers.get(sending.to)
    inside = transfer is not None and is_inside(transfer, directory)
    codes = [reason.code for reason in diverting_reasons(city)]
    wrong: tuple[tuple[bool, str, str], ...] = (
        (transfer is None, "to", f"{sending.to!r} is no destination; these are: {', '.join(city.transfers)}."),
        (inside and not directory.has(transfer.agency if transfer else None), "to",
         f"{sending.to!r} is a desk of the city's own that takes no requests through 311; resolve it instead."),
        (inside and sending.handed_over, "handed_over",
         "a request that goes to a desk of the city's own stays open; leave it out."),
        (sending.reason not in codes, "reason", f"{sending.reason!r} is not listed; these are: {', '.join(codes)}."),
    )  # fmt: skip
    return [FieldError(field=field, problem=problem) for is_wrong, field, problem in wrong if is_wrong]
