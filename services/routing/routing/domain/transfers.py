"""Calls handed on: where to, why, and which need not have been."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.city import Service, Transfer

PEERS: Final = (0.05, 0.20)
"""Which share of their calls other cities' 311 hands on."""
DIVERTED: Final = "request_diverted"
HANDED_ON: Final = frozenset({"call_transferred", "emergency_diverted", "referred_onward", DIVERTED})
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
        "avoidable": avoidable,
        "avoidable_share": round(avoidable / handed, 4) if handed else None,
        "by_destination": [
            {**_place(slug, transfers.get(slug)), "contacts": count, "while_closed": closed[slug],
             "avoidable": is_avoidable(transfers.get(slug), services)}
            for slug, count in places.most_common()
        ],
        "by_reason": [{"reason": why, "destination": slug, "contacts": n} for (why, slug), n in reasons.most_common()],
    }  # fmt: skip


def _place(slug: str, transfer: Transfer | None) -> dict[str, Any]:
    hours = transfer.hours.root if transfer and transfer.hours else None
    kind, phone = (transfer.kind, transfer.phone) if transfer else (None, None)
    return {"slug": slug, "kind": kind, "phone": phone, "hours": hours}
