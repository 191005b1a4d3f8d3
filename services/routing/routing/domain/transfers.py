"""Calls handed on: where to, why, and which need not have been."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.city import Service, Transfer

PEERS: Final = (0.05, 0.20)
"""Which share of their calls other cities' 311 hands on."""
DIVERTED: Final = "request_diverted"
HANDED_ON: Final = frozenset({"call_transferred", "emergency_diverted", "referred_onward", DIVERTED})
SETTLED: Final = frozenset({"question_answered", "status_asked", "request_made"})
"""Contacts after which nobody has to be called again."""
INSTEAD_OF_911: Final = "police_line"
"""The kind of line that takes what is no emergency, so that nobody calls 911 for it."""
_UNSAID: Final = "no reason given"


def is_avoidable(transfer: Transfer | None, services: Mapping[str, Service]) -> bool:
    """Tell whether 311 itself takes what people are sent there for: a service that is routine and switched on.

    >>> from types import SimpleNamespace as Known
    >>> say = {"en": "Cars."}
    >>> cars = Transfer(slug="cars", name=say, kind="city_desk", reasons=say, source="x", services=("car",))
    >>> [is_avoidable(cars, {"car": Known(enabled=True, handling=kind)}) for kind in ("routine", "specialised")]
    [True, False]
    """
    known = [services[code] for code in (transfer.services if transfer else ()) if code in services]
    return any(service.enabled and service.handling == "routine" for service in known)


def summed(
    rows: Sequence[Mapping[str, Any]], transfers: Mapping[str, Transfer], services: Mapping[str, Service]
) -> dict[str, Any]:
    """Count contacts, those handed on by destination and reason, and those that 311 could have kept.

    >>> rows = [{"kind": "call_transferred", "destination": "x", "reason": None, "was_open": False, "contacts": 2},
    ...         {"kind": "question_answered", "destination": None, "reason": None, "was_open": None, "contacts": 8}]
    >>> found = summed(rows, {}, {})
    >>> found["contacts"], found["handed_on"], found["share"], found["by_reason"]
    (10, 2, 0.2, [{'reason': 'no reason given', 'destination': 'x', 'contacts': 2}])
    >>> found["first_contact_resolution"], found["kept_from_911"]
    (0.8, 0)
    """
    contacts = sum(row["contacts"] for row in rows)
    on = [row for row in rows if row["kind"] in HANDED_ON]
    places, reasons, closed = Counter[str](), Counter[tuple[str, str]](), Counter[str]()
    for row in on:
        slug = row["destination"] or "unknown"
        places[slug] += row["contacts"]
        reasons[row["reason"] or _UNSAID, slug] += row["contacts"]
        closed[slug] += row["contacts"] if row["was_open"] is False else 0
    avoidable = sum(count for slug, count in places.items() if is_avoidable(transfers.get(slug), services))
    handed = sum(places.values())
    return {
        "contacts": contacts,
        "handed_on": handed,
        "requests_diverted": sum(row["contacts"] for row in on if row["kind"] == DIVERTED),
        "share": round(handed / contacts, 4) if contacts else None,
        "peers": list(PEERS),
        "first_contact_resolution": first_contact_resolution(rows),
        "sent_to_911": sum(count for slug, count in places.items() if _kind(transfers, slug) == "emergency"),
        "kept_from_911": sum(count for slug, count in places.items() if _kind(transfers, slug) == INSTEAD_OF_911),
        "avoidable": avoidable,
        "avoidable_share": round(avoidable / handed, 4) if handed else None,
        "by_destination": [
            {**_place(slug, transfers.get(slug)), "contacts": count, "while_closed": closed[slug],
             "avoidable": is_avoidable(transfers.get(slug), services)}
            for slug, count in places.most_common()
        ],
        "by_reason": [{"reason": why, "destination": slug, "contacts": n} for (why, slug), n in reasons.most_common()],
    }  # fmt: skip


def first_contact_resolution(rows: Sequence[Mapping[str, Any]]) -> float | None:
    """Tell the share of contacts after which nobody had to be called again; a request sent elsewhere later is none.

    >>> kinds = {"question_answered": 5, "request_made": 3, "call_transferred": 2, "request_diverted": 1}
    >>> first_contact_resolution([{"kind": kind, "contacts": count} for kind, count in kinds.items()])
    0.7
    >>> first_contact_resolution([]) is None
    True
    """
    counts = Counter[str]()
    for row in rows:
        counts[row["kind"]] += row["contacts"]
    contacts = counts.total() - counts[DIVERTED]
    settled = sum(counts[kind] for kind in SETTLED) - counts[DIVERTED]
    return round(max(0, settled) / contacts, 4) if contacts else None


def _kind(transfers: Mapping[str, Transfer], slug: str) -> str | None:
    return transfers[slug].kind if slug in transfers else None


def _place(slug: str, transfer: Transfer | None) -> dict[str, Any]:
    hours = transfer.hours.root if transfer and transfer.hours else None
    kind, phone = (transfer.kind, transfer.phone) if transfer else (None, None)
    return {"slug": slug, "kind": kind, "phone": phone, "hours": hours}
