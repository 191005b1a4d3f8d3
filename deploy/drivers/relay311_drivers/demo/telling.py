"""What each event of a request means to the people in it, in one line."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

Said: TypeAlias = Mapping[str, Any]


def tell(event_type: str, said: Said, language: str = "en", zone: str = "UTC") -> str:
    """Say an event: words that residents read in `language`, moments by the clocks of `zone`.

    >>> tell("request.closed", {"disposition": "fixed", "closed_by": "agency:parks", "explanation": {}, "evidence": ()})
    'closed: fixed, by agency:parks'
    >>> tell("request.updated", {"change": {"kind": "substatus", "substatus": "in_progress", "agency": "parks"}})
    'parks: in progress'
    """
    teller = _TELLERS.get(event_type)
    return teller({**said, "language": language, "zone": zone}) if teller else event_type


def _words(texts: Mapping[str, str], language: str) -> str:
    """Say words in a language, else in the first there is.

    >>> _words({"en": "Done.", "es": "Hecho."}, "es"), _words({"en": "Done."}, "es"), _words({}, "es")
    ('Hecho.', 'Done.', '')
    """
    return texts.get(language) or next(iter(texts.values()), "")


def _created(said: Said) -> str:
    return f"created: {said['about']['service_code']}, number {said['about']['tracking_number']}"


def _assigned(said: Said) -> str:
    why = _words(said["reason"], said["language"])
    return f"assigned to {said['agency']} / {said['queue']} ({said['cause']}): {why}"


def _promised(said: Said) -> str:
    words = _words(said["words"], said["language"])
    return f"promised: due {_at(said, 'due_at')}, expected {_at(said, 'expected_at')}. {words}"


def _updated(said: Said) -> str:
    change: Said = {**said["change"], "zone": said["zone"]}
    teller = _CHANGES.get(change["kind"])
    return teller(change) if teller else str(change["kind"])


def _substatus(change: Said) -> str:
    when = f" for {_at(change, 'scheduled_for')}" if change.get("scheduled_for") else ""
    return f"{change.get('agency') or 'the city'}: {change['substatus'].replace('_', ' ')}{when}"


def _message(change: Said) -> str:
    words = f": {change['text']}" if change.get("text") else ""
    return f"message from {change.get('agency') or change['sender']}{words}"


def _closed(said: Said) -> str:
    words = _words(said["explanation"], said["language"])
    proof = ", ".join(f"{item['kind']} {item['reference']}" for item in said["evidence"])
    return f"closed: {said['disposition']}, by {said['closed_by']}" + "".join(f"; {x}" for x in (words, proof) if x)


def _settled(said: Said) -> str:
    return f"{said['channel']} to the resident: {said['moment']} {said['outcome']}"


def _answered(said: Said) -> str:
    done = {True: "it is done", False: "it is not done", None: "no word on the work"}
    return f"survey answered: {done[said.get('done')]}" + (", disputed" if said.get("disputed") else "")


def _at(said: Said, name: str) -> str:
    """Say a moment to the minute, by the clocks of the city.

    >>> said = {"due_at": "2026-01-02T03:04:05Z", "expected_at": None, "zone": "America/Los_Angeles"}
    >>> _at(said, "due_at"), _at(said, "expected_at")
    ('2026-01-01 19:04', 'not yet known')
    """
    moment = said.get(name)
    return f"{datetime.fromisoformat(moment).astimezone(ZoneInfo(said['zone'])):%Y-%m-%d %H:%M}" if moment else _UNKNOWN


_UNKNOWN: Final = "not yet known"


_CHANGES: Final[Mapping[str, Callable[[Said], str]]] = {
    "substatus": _substatus,
    "message": _message,
    "referral": lambda change: f"{change['from_agency']} refers it on: {change['reason']}",
    "additional": lambda change: f"{change['agency']} is needed too: {change['reason']}",
    "clock_paused": lambda change: f"the clock stands still: {change['reason']}",
    "clock_resumed": lambda _change: "the clock runs again",
}
_TELLERS: Final[Mapping[str, Callable[[Said], str]]] = {
    "request.created": _created,
    "request.assigned": _assigned,
    "request.promised": _promised,
    "request.updated": _updated,
    "request.escalated": lambda said: f"{said['kind']}: the {said['role']} is told",
    "request.closed": _closed,
    "request.reopened": lambda said: (
        f"reopened ({said['reopen_count']}.), same number, decided by {said['decided_by']}"
    ),
    "update.refused": lambda said: f"an update of {said['agency']} is refused: {said['detail']}",
    "survey.invited": lambda _said: "the resident is asked whether it is done",
    "survey.answered": _answered,
    "notification.settled": _settled,
}
