"""What the sources name is in the first city's folder: types, agencies, figures, transfers, articles, export codes."""

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from contracts.city import City, LocalizedText, load_articles, load_city, say_date, say_duration, say_forecast
from contracts.vocabulary import Moment

ROOT = Path(__file__).parents[2]
LOS_ANGELES = ROOT / "cities" / "los-angeles"
EXPORTS = sorted((ROOT.parent / "shared" / "data" / "la").glob("*.csv"))

TAKEN_BEFORE = {
    "animals-loose": {"animal-services", "sanitation"},
    "dead-animal-removal": {"animal-services", "sanitation"},
    "graffiti-removal": {"community-beautification"},
    "single-streetlight-issue": {"street-lighting", "water-and-power"},
    "homeless-encampment": {"sanitation"},
    "illegal-food-vendors": {"sanitation", "street-services"},
    "right-of-way-obstruction": {"sanitation", "street-services", "water-and-power"},
    "park-repairs": {"recreation-and-parks"},
    "park-cleanliness": {"recreation-and-parks"},
    "private-property-violation": {"building-and-safety", "housing"},
    "bulky-item-pickup": {"sanitation"},
    "illegal-dumping": {"sanitation", "building-and-safety", "recreation-and-parks"},
    "sanitation-billing": {"sanitation"},
    "building-inspection": {"building-and-safety"},
    "pothole-repair": {"street-services", "engineering"},
    "street-sweeping": {"street-services"},
    "sidewalk-repair": {"street-services", "engineering"},
    "dockless-mobility": {"transportation"},
    "taxicab": {"transportation"},
    "tree-emergency": {"street-services"},
    "palm-fronds": {"street-services"},
    "other": set(),
}
MISSING_BEFORE = {
    "parking-violation": {"transportation"},
    "traffic-sign-signal": {"transportation"},
    "abandoned-vehicle": {"transportation"},
    "parking-meter": {"transportation"},
    "tenant-housing-complaint": {"housing"},
    "noise-complaint": {"police", "animal-services"},
    "fire-safety": {"fire"},
    "utility-outage": {"water-and-power"},
}
DAYS_80 = {
    "bulky-item-pickup": 5.8, "graffiti-removal": 6.9, "illegal-dumping": 6.9, "homeless-encampment": 68.5,
    "pothole-repair": 7.7, "dead-animal-removal": 0.8, "tree-emergency": 3.1, "single-streetlight-issue": 19.5,
    "animals-loose": 1.0, "park-repairs": 239.0, "dockless-mobility": 0.1,
}  # fmt: skip


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(LOS_ANGELES)


@pytest.mark.requirement(
    "CAT-03", "CAT-04", "CAT-05", "CAT-06", "CAT-07", "CAT-08", "CAT-09", "CAT-10", "CAT-11", "CAT-12", "CAT-13",
    "CAT-15", "CAT-16", "CAT-17", "CAT-18", "CAT-19", "CAT-20", "CAT-21", "RTE-01", "RTE-02",
)  # fmt: skip
@pytest.mark.parametrize(("code", "agencies"), [*TAKEN_BEFORE.items(), *MISSING_BEFORE.items()])
def test_each_named_type_reaches_its_agencies(city: City, code: str, agencies: set[str]) -> None:
    assert {rule.agency for rule in city.rules_by_service[code]} == agencies
    assert city.services[code].in_old_system == (code in TAKEN_BEFORE)
    assert city.services[code].source


@pytest.mark.requirement("CAT-08", "RTE-02")
def test_apartment_buildings_go_to_housing(city: City) -> None:
    first, last = city.rules_by_service["private-property-violation"]
    assert (first.when.attributes["building_kind"], first.agency) == (("multi_family",), "housing")
    assert last.agency == "building-and-safety"


@pytest.mark.requirement("CAT-02", "CAT-01")
def test_as_many_types_and_departments_as_the_city_had(city: City) -> None:
    assert len(city.services) >= 68
    assert len({rule.agency for rule in city.rules}) >= 11
    former = [name for service in city.services.values() for name in service.legacy_types]
    assert len(former) == len(set(former)), "a type of the former system is one service here"
    assert all(service.legacy_types == () or service.in_old_system for service in city.services.values())
    articles = {code for article in load_articles(LOS_ANGELES).values() for code in article.services}
    assert set(city.services) - articles - {"feedback", "other"} == set()


@pytest.mark.requirement("GOV-07", "GOV-09", "RTE-20", "RTE-25")
def test_services_on_their_way_to_311_say_from_where_and_how_far(city: City) -> None:
    changing = {code for code, entry in city.onboarding.items() if entry.change}
    assert changing == MISSING_BEFORE.keys() - {"fire-safety"}, "no line was printed for fire safety"
    moves = {code: entry.move for code, entry in city.onboarding.items() if entry.move}
    assert all(city.services[code].handling == "routine" for code in moves)
    assert {code: move.share_moved for code, move in moves.items() if move.share_moved > 0.9} == {
        "graffiti-removal": 0.99, "single-streetlight-issue": 0.96,
    }  # fmt: skip
    lines = {code: move.call_center for code, move in moves.items() if move.call_center}
    assert all(code in city.transfers[line].services for code, line in lines.items())


@pytest.mark.requirement("CAT-27")
def test_each_type_says_where_it_is_taken_in(city: City) -> None:
    told = {entry.agency for entry in city.integrations if not entry.services}
    named = {code for entry in city.integrations for code in entry.services}
    assert {"transportation", "police", "housing", "water-and-power", "sanitation", "street-services"} <= told
    assert {"barking-dog", "vacant-building"} <= named


@pytest.mark.requirement("CLO-01", "CLO-06")
def test_finished_work_is_looked_at_where_people_may_come_to_harm(city: City) -> None:
    always = city.steps.verifier("sidewalk-access", "engineering")
    assert always
    assert (always.verifier, always.share) == ("agent", 1.0)
    assert city.steps.verifier("sewer-problem", "sanitation")
    assert city.steps.verifier("graffiti-removal", "community-beautification") is None


@pytest.mark.requirement("CAT-03")
def test_the_three_most_asked_types_come_first(city: City) -> None:
    featured = {service.code for service in city.services.values() if service.featured}
    assert featured == {"bulky-item-pickup", "graffiti-removal", "illegal-dumping"}


@pytest.mark.requirement("CAT-24", "RTE-25")
def test_specialised_types_are_told_apart(city: City) -> None:
    handling = {code: city.services[code].handling for code in ("bulky-item-pickup", "sanitation-billing")}
    assert handling == {"bulky-item-pickup": "routine", "sanitation-billing": "specialised"}


@pytest.mark.requirement("CAT-14", "SLA-05", "SLA-06")
def test_the_eleven_printed_figures_are_kept_whole(city: City) -> None:
    assert {code: baseline.days_80 for code, baseline in city.baselines.items()} == DAYS_80
    assert all(baseline.period == "2016-2019" and baseline.n > 1000 for baseline in city.baselines.values())


@pytest.mark.requirement("SLA-06", "SLA-12", "SLA-13")
@pytest.mark.parametrize(
    ("days", "english", "spanish"),
    [
        (0.1, "3 hours", "3 horas"), (0.8, "20 hours", "20 horas"), (1.0, "24 hours", "24 horas"),
        (5.8, "6 days", "6 días"), (239.0, "239 days (about 8 months)", "239 días (unos 8 meses)"),
        (0.001, "1 hour", "1 hora"),
    ],
)  # fmt: skip
def test_durations_are_said_without_losing_them(city: City, days: float, english: str, spanish: str) -> None:
    assert say_duration(city.phrases, days, "en") == english
    assert say_duration(city.phrases, days, "es") == spanish


@pytest.mark.requirement("SLA-13")
def test_a_forecast_says_its_basis(city: City) -> None:
    said = say_forecast(city.phrases, "Pothole Repair", 7.7, "en")
    assert said == '8 of 10 requests of the kind "Pothole Repair" are done within 8 days.'
    holiday = next(iter(city.calendar.holiday_dates & {holiday.date for holiday in city.calendar.holidays[:1]}))
    assert say_date(city.phrases, holiday, "es") == "1 de enero de 2025"


@pytest.mark.requirement("SLA-03", "SLA-09", "SLA-10", "SLA-11")
def test_targets_say_who_set_them_and_that_none_is_signed(city: City) -> None:
    assert not any(target.signed for target in city.targets)
    assert all(target.set_by and target.source for target in city.targets)
    assert city.targets[0].basis == "printed_promise"
    assert {target.service for target in city.targets if target.basis == "historic_80"} == DAYS_80.keys() - {
        "dead-animal-removal"
    }


@pytest.mark.requirement("RTE-18", "SLA-16")
def test_every_working_agency_has_someone_for_lateness_emergencies_and_complaints(city: City) -> None:
    assert len(city.working_agencies) >= 11
    for agency in city.working_agencies:
        triggers = {level.trigger for level in agency.escalation}
        assert triggers == {"at_risk", "breached", "emergency", "complaint"}


@pytest.mark.requirement("RTE-08", "RTE-10", "RTE-12", "RTE-13", "RTE-14", "RTE-15", "RTE-16", "CAT-25")
def test_the_transfer_directory_holds_the_printed_destinations(city: City) -> None:
    shares = {slug: place.share_of_calls for slug, place in city.transfers.items() if place.share_of_calls}
    assert sorted(shares.values()) == [1.2, 1.5, 2.5, 7.9, 8.1]
    assert round(sum(shares.values()), 1) == 21.2
    assert city.transfers["social-services-211"].phone == "211"
    assert city.transfers["tenant-line"].hours
    assert city.transfers["tenant-line"].hours.root == "Mon-Fri 08:30-16:30"


@pytest.mark.requirement("KB-01", "KB-05", "KB-08", "KB-11", "KB-09")
def test_articles_cover_every_service_in_both_languages(city: City) -> None:
    articles = load_articles(LOS_ANGELES)
    assert len(articles) >= 60
    assert {code for article in articles.values() for code in article.services} == set(city.services)
    assert {article.section for article in articles.values()} == {"city", "social_services", "other_government"}
    assert any(article.audience == "internal" for article in articles.values())


@pytest.mark.requirement("CAT-01", "RTE-05")
def test_every_service_is_known_by_residents_own_words(city: City) -> None:
    assert city.spoken.keys() == city.services.keys() - set(city.profile.triage_services)
    assert all(len(set(words.root[code])) >= 12 for words in city.spoken.values() for code in city.profile.languages)


@pytest.mark.requirement("GOV-01", "GOV-02", "GOV-03")
def test_every_service_has_its_steps_owner_words_and_measures(city: City) -> None:
    assert {code: city.gaps(code) for code in city.services if city.gaps(code)} == {}
    steps = [step for process in city.processes.values() for step in process.steps]
    assert all(step.name.say("es") != step.name.say("en") for step in steps)
    assert all(city.onboarding[code].vocabulary and city.onboarding[code].measures for code in city.services)


@pytest.mark.requirement("VOC-06")
def test_every_moment_has_its_words(city: City) -> None:
    assert set(city.notices) == set(Moment)
    explained = ("assigned", "promise_changed", "referred", "closed", "cancelled", "reopened")
    assert all("{{ explanation }}" in city.notices[Moment(name)].body.say("en") for name in explained)
    assert all("{{ explanation }}" in city.notices[Moment(name)].body.say("es") for name in explained)


def test_spanish_values_are_those_of_english(city: City) -> None:
    for notice in city.notices.values():
        for text in (notice.subject, notice.body, notice.sms):
            assert _values(text, "en") == _values(text, "es")


def _values(text: LocalizedText, language: str) -> set[str]:
    return {piece.split("}}")[0].strip() for piece in text.say(language).split("{{")[1:]}


@pytest.mark.requirement("VOC-02")
@pytest.mark.parametrize("path", EXPORTS or [None], ids=lambda path: path.name if path else "absent")
def test_every_code_of_the_city_s_export_is_mapped(city: City, path: Path | None) -> None:
    if path is None:
        pytest.skip("the city's export is not beside the project (../shared/data/la)")
    mapping = city.imports["myla311"]
    with path.open(encoding=mapping.encoding, newline="") as lines:
        rows = list(csv.DictReader(lines))
    columns = mapping.columns
    assert _found(rows, columns.type) <= mapping.types.keys()
    assert _found(rows, columns.owner) <= mapping.owners.keys()
    assert _found(rows, columns.source) <= mapping.sources.keys()
    assert _found(rows, columns.status) <= mapping.statuses.keys()
    assert set(columns.areas.values()) <= set(rows[0])


def _found(rows: Iterable[dict[str, str]], column: str) -> set[str]:
    return {row[column] for row in rows}
