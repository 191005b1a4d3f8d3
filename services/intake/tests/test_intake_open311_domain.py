"""Open311's words for our facts, on the real catalog: what is shown, what is left out, what an update means."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts.city import City, Condition, LocalizedText, Question, load_city
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind
from intake.domain.open311.spreadsheet import row_of
from intake.domain.open311.updates import Update, report_of
from intake.domain.open311.views import definition_view, extensions_view, request_view, service_view, update_view

AT = datetime(2026, 3, 2, 17, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "tracking_number": "AAAA", "service_code": "other", "service_name": {"en": "Other", "es": "Otro"},
    "status": "closed", "substatus": "closed", "substatus_name": {"en": "Closed"}, "channel": "web",
    "opened_at": AT, "updated_at": AT.replace(day=9), "closed_at": "2026-03-04T09:00:00-08:00",
    "explanation": {"en": "Done.", "es": "Hecho."}, "disposition": "fixed", "area": {"council_district": "13"},
    "attributes": {"colour": ["red", "blue"]}, "photos": [{"url": "https://city.example/photos/1"}],
    "latitude": 34.05, "longitude": -118.24,
}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).parents[3] / "cities" / "san-diego")


def test_a_service_and_its_questions_are_shown_in_the_language_asked_for(city: City) -> None:
    plain = next(service for service in city.services.values() if any(q.options for q in service.questions))
    first = next(question for question in plain.questions if question.options)
    shown_when = Condition(attribute=first.code, one_of=(first.options[0].key,))
    label = LocalizedText({"en": "Which?", "es": "¿Cuál?"})
    asked_then = Question(code="then", label=label, kind="string", required=True, shown_when=shown_when)
    service = plain.model_copy(update={"questions": (first, asked_then)})
    assert service_view(service, city, "es")["service_name"] == service.name.say("es")
    asked = definition_view(service, "es")["attributes"]
    shown = {attribute["code"]: attribute for attribute in asked}
    assert (shown["then"]["required"], shown["then"]["description"]) == (False, "¿Cuál?")
    assert shown["then"]["datatype_description"].endswith(f" = {first.options[0].name.say('es')}")


def test_a_closed_request_was_last_updated_when_it_was_closed(city: City) -> None:
    shown = request_view(FACTS, city, "es")
    assert (shown["updated_datetime"], shown["status_notes"]) == ("2026-03-04T17:00:00Z", "Hecho.")
    assert shown["media_url"] == "https://city.example/photos/1"
    reopened = request_view(FACTS | {"status": "open", "substatus": "received"}, city, "en")
    assert (reopened["updated_datetime"], reopened["status_notes"]) == ("2026-03-09T17:00:00Z", "Closed")


def test_extensions_show_each_answer_and_the_history_in_words(city: City) -> None:
    entries = [
        {"kind": "created", "at": AT, "channel": "web"},
        {"kind": "substatus", "at": AT, "substatus": "scheduled"},
        {"kind": "closed", "at": AT, "explanation": {"en": "Done."}, "disposition": "fixed"},
    ]
    shown = extensions_view(FACTS, entries, city, "en")
    assert [answer["code"] for answer in shown["attributes"]] == ["red", "blue"]
    assert shown["extended_attributes"]["extended_status"] == "fixed"
    assert shown["extended_attributes"]["areas"] == [{"kind": "council_district", "code": "13"}]
    words = [note["description"] for note in shown["notes"]]
    assert (words[0], words[2], bool(words[1])) == (None, "Done.", True)


def test_an_update_is_open_or_closed_and_finer_when_asked(city: City) -> None:
    entry = {"kind": "closed", "at": AT, "disposition": "duplicate", "explanation": {"en": "Same."}}
    plain = update_view("AAAA", 7, entry, city, "en", finer=False)
    assert (plain["update_id"], plain["status"], plain["external_status_code"]) == ("7", "CLOSED", "duplicate")
    assert update_view("AAAA", 7, entry, city, "en", finer=True)["status"] == "DUPLICATE"
    assert update_view("AAAA", 8, {"kind": "reopened", "at": AT}, city, "en", finer=True)["status"] == "REOPEN"


def test_a_posted_status_is_a_step_of_the_outbox_and_a_named_disposition_decides(city: City) -> None:
    def posted(status: str, **given: Any) -> Any:
        update = Update(UUID(int=1), "hash", "u1", status, AT, "Lamp replaced.", "en", **given)
        return report_of(update, UUID(int=2), city)

    done = posted("closed", media_url="https://city.example/1.jpg")
    assert (done.kind, done.disposition) == (ReportKind.COMPLETED, Disposition.FIXED)
    assert [item.kind for item in done.evidence] == [EvidenceKind.PHOTO, EvidenceKind.CREW_NOTE]
    named = posted("closed", disposition="unable_to_act")
    assert (named.kind, named.explanation) == (ReportKind.CANNOT_COMPLETE, {"en": "Lamp replaced."})
    assert posted("closed", disposition="nonsense").disposition is Disposition.FIXED
    assert posted("in_progress", disposition="fixed").disposition is None
    assert (posted("open").kind, posted("open").text) == (ReportKind.MESSAGE, "Lamp replaced.")


def test_a_row_of_the_bulk_file_says_when_it_was_closed_and_how_it_came(city: City) -> None:
    row = row_of(FACTS, city, "en")
    assert (row["closed_date"], row["status_description"], row["source"]) == ("2026-03-04T17:00:00Z", "closed", "web")
