"""Whom to ask what, and how the page reads, in every city there is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.ids import derived_uuid
from contracts.city import City, load_city
from contracts.event import RequestFacts
from contracts.intake import RequestClosed
from contracts.vocabulary import Channel, Disposition
from survey.domain.invitation import invitation_id, invitations, terms_of
from survey.domain.page import form_page, sheet_of
from survey.domain.questions import questions_for

CITIES = sorted(path.parent for path in (Path(__file__).parents[3] / "cities").glob("*/city.yaml"))
NOW = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.fixture(params=CITIES, ids=lambda folder: folder.name)
def city(request: pytest.FixtureRequest) -> City:
    return load_city(request.param)


def facts(city: City, channel: Channel = Channel.WEB, language: str = "es") -> RequestFacts:
    return RequestFacts(
        tracking_number="7KQ2-9MXA-4TBC-R",
        service_code=next(iter(city.services)),
        opened_at=NOW - timedelta(days=3),
        contact_refs=("c1", "c2"),
        channel=channel,
        language=language,
    )


def closed(about: RequestFacts, disposition: Disposition = Disposition.FIXED) -> RequestClosed:
    return RequestClosed(
        request_id=derived_uuid("request"),
        sequence=1,
        about=about,
        closure_id=derived_uuid("closure"),
        disposition=disposition,
        explanation={"en": "Done."},
        closed_at=NOW,
        closed_by="agent",
    )


@pytest.mark.requirement("SUR-01", "SUR-02")
def test_everyone_who_follows_a_request_is_asked_by_the_services_own_terms(city: City) -> None:
    about = facts(city)
    terms = terms_of(city, about.service_code, "", NOW.date())
    found = invitations(closed(about), terms, event_clock=False)
    assert [one.contact_ref for one in found] == ["c1", "c2"]
    assert found[0].invitation_id == invitation_id(derived_uuid("closure"), "c1")
    assert found[0].ask_at == NOW + timedelta(hours=terms.rule.delay_hours)
    assert found[0].dispute_until == NOW + timedelta(days=terms.dispute_days)
    assert found[0].expires_at == found[0].ask_at + timedelta(days=city.survey.link_valid_days)
    assert invitations(closed(about, Disposition.DUPLICATE), terms, event_clock=False) == []


def test_nobody_is_asked_about_a_service_the_city_does_not_know(city: City) -> None:
    assert not terms_of(city, "no-such-service", "", NOW.date()).rule.send


@pytest.mark.requirement("SUR-05")
def test_only_who_spoke_to_somebody_is_asked_about_them(city: City) -> None:
    spoken = {question.code for question in questions_for(city.survey, Channel.PHONE)}
    typed = {question.code for question in questions_for(city.survey, Channel.WEB)}
    assert spoken - typed == {"agent"}
    assert {"quality", "handling", "comment", "done"} <= typed


@pytest.mark.requirement("SUR-03")
def test_every_question_is_labelled_and_nothing_typed_is_trusted(city: City) -> None:
    sheet = sheet_of(city, facts(city), None)
    page = form_page(sheet, "?token=a&lang=es", {"comment": "</textarea><script>"}, [{"field": "done", "problem": "?"}])
    assert sheet.language == "es"
    assert sheet_of(city, facts(city, language="xx"), "yy").language == city.profile.languages[0]
    assert page.count("<fieldset>") == sum(question.kind != "text" for question in sheet.questions)
    assert page.count("<label for=") == page.count("<textarea ")
    assert "<script>" not in page
    assert 'action="?token=a&amp;lang=es"' in page
