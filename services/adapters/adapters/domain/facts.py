"""What an order says beside the resident's words, fact by fact, for systems that have no field for each."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from adapters.domain.order import Errand

NAMES: Final[Mapping[str, str]] = {
    "service": "Service",
    "address": "Address",
    "position": "Place",
    "asset_id": "Asset",
    "area": "Area",
    "setting": "Setting",
    "place_check": "Place check",
    "due_at": "Due",
    "priority": "Priority",
    "queue": "Desk",
    "opened_at": "Reported",
    "channel": "Came by",
    "language": "Language",
    "appointment": "Appointment",
    "details_url": "Details",
    "more_photos": "Photos",
}
"""Every fact and what a text calls it, the most wanted first."""


def facts_of(errand: Errand) -> dict[str, str]:
    """List the facts of an order that there are. Tested field by field against the contract.

    >>> from datetime import datetime
    >>> from adapters.domain.order import Action
    >>> order = {"place": {"asset_id": "LIGHT-7", "area": {"council_district": "13"}, "setting": "right_of_way"}}
    >>> errand = Errand("e-7", Action.CREATE, "T-1", "10", None, 0, "P", "3", {}, order, datetime.min)
    >>> facts_of(errand)["asset_id"], facts_of(errand)["area"], facts_of(errand)["setting"]
    ('LIGHT-7', 'council_district=13', 'right_of_way')
    """
    order, place = errand.order, errand.order.get("place") or {}
    plain = {name: order.get(name) for name in ("due_at", "queue", "opened_at", "channel", "language", "details_url")}
    told = plain | {
        "service": order.get("service_name"),
        "priority": errand.priority,
        "address": place.get("address"),
        "position": position(place),
        "asset_id": place.get("asset_id"),
        "area": area(place),
        "setting": place.get("setting"),
        "place_check": place_check(place),
        "appointment": appointment(order),
        "more_photos": " ".join(photo["url"] for photo in (order.get("photos") or ())[1:]),
    }
    return {name: str(told[name]) for name in NAMES if told[name]}


def lines_of(errand: Errand, elsewhere: Collection[str]) -> list[str]:
    """Write the facts as lines, but for those that stand `elsewhere`, in fields of the system's own.

    >>> from datetime import datetime
    >>> from adapters.domain.order import Action
    >>> order = {"queue": "lights", "place": {"asset_id": "LIGHT-7", "verified": True}}
    >>> errand = Errand("e-7", Action.CREATE, "T-1", "10", None, 0, "P", "3", {}, order, datetime.min)
    >>> lines_of(errand, ("priority",))
    ['Asset: LIGHT-7', 'Place check: verified', 'Desk: lights']
    """
    return [f"{NAMES[name]}: {said}" for name, said in facts_of(errand).items() if name not in elsewhere]


def position(place: Mapping[str, Any]) -> str | None:
    """Write a position down.

    >>> position({"latitude": 34.05, "longitude": -118.24}), position({"latitude": 34.05})
    ('34.05, -118.24', None)
    """
    spot = (place.get("latitude"), place.get("longitude"))
    return None if None in spot else f"{spot[0]}, {spot[1]}"


def area(place: Mapping[str, Any]) -> str:
    """Write the areas that a place is in.

    >>> area({"area": {"council_district": "13", "beat": "A;7"}})
    'council_district=13;beat=A,7'
    """
    return ";".join(f"{kind}={code.replace(';', ',')}" for kind, code in (place.get("area") or {}).items())


def place_check(place: Mapping[str, Any]) -> str:
    """Say how far a place can be trusted: how it was told, and how exactly.

    >>> place_check({"verified": False, "method": "gps", "accuracy_metres": 12.5, "confidence": 0.8})
    'not verified, told by gps, within 12.5 m, found with confidence 0.8'
    >>> place_check({})
    ''
    """
    if not place:
        return ""
    exact, sure = place.get("accuracy_metres"), place.get("confidence")
    said = (
        "verified" if place.get("verified") else "not verified",
        place.get("method") and f"told by {place['method']}",
        exact is not None and f"within {exact} m",
        sure is not None and f"found with confidence {sure}",
    )
    return ", ".join(one for one in said if one)


def appointment(order: Mapping[str, Any]) -> str:
    """Say what became of an appointment.

    >>> appointment({"appointment": {"state": "booked", "starts_at": "2026-03-05T16", "ends_at": "2026-03-05T18"}})
    'booked, 2026-03-05T16 to 2026-03-05T18'
    """
    slot = order.get("appointment")
    return f"{slot['state']}, {slot['starts_at']} to {slot['ends_at']}" if slot else ""


def fitted(words: str | None, lines: Collection[str], most: int) -> str:
    r"""Put words and facts into one text of at most so many characters; it is the words that are cut short.

    >>> fitted("A deep hole.", ["Asset: 7"], 100), fitted("A deep hole.", ["Asset: 7"], 16)
    ('A deep hole.\nAsset: 7', 'A deep…\nAsset: 7')
    """
    facts = "\n".join(lines)[:most]
    room = most - len(facts) - 1
    said = (words or "") if len(words or "") <= room else f"{(words or '')[: max(0, room - 1)]}…"
    return "\n".join(part for part in (said, facts) if part)[:most]
