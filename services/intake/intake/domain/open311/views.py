"""What Open311 shows: each function gives one resource in the standard's own order of fields, empty ones as None."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from contracts.city import City, Question, Service
from contracts.event import Texts, in_language
from intake.domain.open311.statuses import finer_status
from intake.domain.pages.telling import REASONED

Resource = dict[str, Any]
_LISTS: Final = frozenset({"singlevaluelist", "multivaluelist"})
UPDATE_KINDS: Final = ("substatus", "note", "message", "referral", "closed", "reopened")
"""Entries of the public timeline that are updates to an outside system."""


def moment(value: datetime | str | None) -> str | None:
    """Write a time as the W3C note has it, in UTC.

    >>> moment("2026-03-02T09:00:00.123456-08:00"), moment(None)
    ('2026-03-02T17:00:00Z', None)
    """
    if value is None:
        return None
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def said(texts: Texts | None, language: str) -> str | None:
    """Say a text in a language, or in the first it has.

    >>> said({"en": "Done.", "es": "Hecho."}, "es"), said({"en": "Done."}, "fr"), said({}, "en")
    ('Hecho.', 'Done.', None)
    """
    return in_language(texts, language) if texts else None


def service_view(service: Service, city: City, language: str) -> Resource:
    """Show one entry of the service list."""
    group = city.groups.get(service.group)
    words = service.keywords.root.get(language, ())
    return {
        "service_code": service.code,
        "service_name": service.name.say(language),
        "description": service.description.say(language),
        "metadata": bool(service.questions),
        "type": "realtime",
        "keywords": ", ".join(word.replace(",", " ") for word in words) or None,
        "group": group.name.say(language) if group else service.group,
    }


def definition_view(service: Service, language: str) -> Resource:
    """Show what is asked for a service."""
    asked = [_attribute(order, question, service, language) for order, question in enumerate(service.questions, 1)]
    return {"service_code": service.code, "attributes": asked}


def _attribute(order: int, question: Question, service: Service, language: str) -> Resource:
    shown: Resource = {
        "variable": True,
        "code": question.code,
        "datatype": question.kind,
        "required": question.required and question.shown_when is None,
        "datatype_description": _condition(question, service, language),
        "order": order,
        "description": question.label.say(language),
    }
    if question.kind in _LISTS:
        shown["values"] = [{"key": option.key, "name": option.name.say(language)} for option in question.options]
    return shown


def _condition(question: Question, service: Service, language: str) -> str | None:
    """Say when a question is asked; the standard has no word for it, so it is never required there."""
    asked_of = service.question(question.shown_when.attribute) if question.shown_when else None
    if question.shown_when is None or asked_of is None:
        return None
    wanted = [option.name.say(language) for option in asked_of.options if option.key in question.shown_when.one_of]
    return f"{asked_of.label.say(language)} = {' / '.join(wanted)}"


def request_view(facts: Mapping[str, Any], city: City, language: str) -> Resource:
    """Show one request; `facts` are those of the public view, so nothing else can leave."""
    closed = facts["status"] == "closed"
    agencies = [city.agency_name(slug).say(language) for slug in facts.get("agencies", ())]
    photos = facts.get("photos") or ()
    return {
        "service_request_id": facts["tracking_number"],
        "status": facts["status"],
        "status_notes": said(facts.get("explanation" if closed else "substatus_name"), language),
        "service_name": said(facts.get("service_name"), language),
        "service_code": facts["service_code"],
        "description": facts.get("description"),
        "agency_responsible": ", ".join(agencies) or None,
        "service_notice": said(facts.get("forecast"), language),
        "requested_datetime": moment(facts["opened_at"]),
        "updated_datetime": moment((facts.get("closed_at") if closed else None) or facts["updated_at"]),
        "expected_datetime": moment(facts.get("expected_at") or facts.get("deadline_at") or facts.get("due_at")),
        "address": facts.get("address"),
        "address_id": None,
        "zipcode": None,
        "lat": facts.get("latitude"),
        "long": facts.get("longitude"),
        "media_url": photos[0]["url"] if photos else None,
    }


def extensions_view(
    facts: Mapping[str, Any], entries: Iterable[Mapping[str, Any]], city: City, language: str
) -> Resource:
    """Show what the standard has no field for: answers, the finer state, and the history as notes."""
    return {
        "attributes": list(_answers(facts, city, language)),
        "extended_attributes": {
            "channel": facts["channel"],
            "substatus": facts["substatus"],
            "substatus_name": said(facts.get("substatus_name"), language),
            "extended_status": finer_status(
                facts["status"], facts.get("disposition") if facts["status"] == "closed" else facts["substatus"]
            ),
            "disposition": facts.get("disposition"),
            "reopen_count": facts.get("reopen_count"),
            "due_datetime": moment(facts.get("due_at")),
            "deadline_datetime": moment(facts.get("deadline_at")),
            "closed_datetime": moment(facts.get("closed_at")),
            "external_ids": list(facts.get("external_ids", ())),
            "areas": [{"kind": kind, "code": code} for kind, code in facts.get("area", {}).items()],
        },
        "notes": [_note(entry, city, language) for entry in entries],
    }


def _answers(facts: Mapping[str, Any], city: City, language: str) -> Iterable[Resource]:
    service = city.services.get(facts["service_code"])
    for code, answer in facts.get("attributes", {}).items():
        question = service.question(code) if service else None
        names = {option.key: option.name.say(language) for option in question.options} if question else {}
        for value in (answer,) if isinstance(answer, str) else answer:
            label = question.label.say(language) if question else code
            yield {"name": code, "label": label, "code": value, "value": names.get(value, value)}


def _note(entry: Mapping[str, Any], city: City, language: str) -> Resource:
    return {
        "datetime": moment(entry["at"]),
        "description": _words(entry, city, language),
        "type": entry["kind"],
    }


def _words(entry: Mapping[str, Any], city: City, language: str) -> str | None:
    """Say what an entry of the timeline holds: its own words, else the name of the state it led to."""
    for words in (entry.get("text"), entry.get("explanation"), entry.get("words"), _reason(entry, city)):
        if words:
            return said(dict(words), language) if isinstance(words, Mapping) else str(words)
    status = next((words for code, words in city.statuses.items() if code == entry.get("substatus")), None)
    return status.name.say(language) if status else None


def _reason(entry: Mapping[str, Any], city: City) -> Any:
    """Give a reason as somebody wrote it, or the city's words where it is a code."""
    if entry["kind"] not in REASONED:
        return entry.get("reason")
    because = city.because(entry.get("reason"))
    return because.root if because else None


def update_view(
    number: str, update_id: int, entry: Mapping[str, Any], city: City, language: str, *, finer: bool
) -> Resource:
    """Show one update; open or closed outside, the finer state when it is asked for."""
    status = "closed" if entry["kind"] == "closed" else "open"
    code = entry.get("disposition") or entry.get("substatus")
    shown = "reopen" if entry["kind"] == "reopened" else finer_status(status, code)
    return {
        "update_id": str(update_id),
        "service_request_id": number,
        "status": (shown if finer else status).upper(),
        "updated_datetime": moment(entry["at"]),
        "description": _words(entry, city, language),
        "media_url": None,
        "external_status_code": code,
    }
