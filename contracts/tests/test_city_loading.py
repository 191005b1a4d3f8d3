"""Every city of the repository loads, and a wrong folder names file and line of everything that is wrong."""

import shutil
from pathlib import Path

import pytest

from contracts.city import City, CityError, load_articles, load_boundaries, load_city
from contracts.city.__main__ import main
from contracts.city.onboarding_report import main as report

CITIES = Path(__file__).parents[2] / "cities"
LOS_ANGELES = CITIES / "los-angeles"
SAN_DIEGO = CITIES / "san-diego"

BREAKS = {
    "an agency nobody knows": ("routes.yaml", "agency: parks", "agency: parkz", "'parkz' is no agency"),
    "a queue of another agency": ("routes.yaml", "queue: upkeep", "queue: lights", "'lights' is no queue of parks"),
    "a service nobody knows": ("routes.yaml", "[missed-collection]", "[missed-colection]", "is no service"),
    "an attribute nobody asks": ("routes.yaml", "{place: [park]}", "{spot: [park]}", "'spot' is no attribute"),
    "an option nobody offers": ("routes.yaml", "{place: [park]}", "{place: [moon]}", "'moon' is no option of place"),
    "a kind of area nobody draws": (
        "routes.yaml",
        "attributes: {place: [park]}",
        "areas: {ward: ['1']}",
        "no kind of area",
    ),
    "an area that is not there": (
        "routes.yaml",
        "attributes: {place: [park]}",
        "areas: {council_district: ['10']}",
        "'10' is no council_district",
    ),
    "a rule never reached": ("routes.yaml", "attributes: {place: [park]}", "attributes: {}", "can never be reached"),
    "a rule id twice": ("routes.yaml", "id: lights", "id: dumping", "'dumping' is there twice"),
    "a service nobody does": (
        "routes.yaml",
        "[pothole, storm-drain]",
        "[pothole]",
        "rule without conditions for storm-drain",
    ),
    "a field with a typing slip": (
        "services.yaml",
        "handling: routine",
        "handeling: routine",
        "is not a field known here",
    ),
    "a field left out": ("services.yaml", "    group: streets\n", "", "is missing; add it"),
    "a group nobody knows": ("services.yaml", "group: trash", "group: rubbish", "'rubbish' is no group"),
    "a list without options": ("services.yaml", "kind: singlevaluelist", "kind: text", "has options but is no list"),
    "a language left out": (
        "services.yaml",
        "{en: Pothole, es: Bache}",
        "{en: Pothole}",
        "give a text in exactly en, es",
    ),
    "a text not translated": (
        "services.yaml",
        "es: Basura tirada ilegalmente",
        "es: Illegal dumping",
        "reads the same in en and es",
    ),
    "a target for nothing": ("targets.yaml", "{service: pothole", "{service: crater", "'crater' is no service"),
    "a service without a target": ("targets.yaml", "{service: pothole", "{service: other", "has no target for pothole"),
    "hours nobody can read": ("transfers.yaml", "hours: 24/7", "hours: always", "is not a way to say hours"),
    "a notice with an unknown value": ("messages.yaml", "{{ expected_text }} {{ link }}", "{{ eta }}", "names eta"),
    "a moment without a notice": ("messages.yaml", "moment: late", "moment: closed", "has nothing for late"),
    "a disposition without proof": (
        "dispositions.yaml",
        "needs_evidence: true",
        "needs_evidence: false",
        "must need evidence",
    ),
    "an adapter for nobody": (
        "adapters.yaml",
        "  - agency: transportation-storm-water\n    kind",
        "  - agency: harbor\n    kind",
        "'harbor' is no agency that takes requests",
    ),
    "a type of no service": ("adapters.yaml", "storm-drain: DRAI", "storm-drane: DRAI", "'storm-drane' is no service"),
    "an ending without a reason": (
        "adapters.yaml",
        "disposition: fixed}",
        "disposition: unable_to_act}",
        "does not go with its disposition",
    ),
    "a question without words": (
        "adapters.yaml",
        "NOPR: {means: accepted}",
        "NOPR: {means: needs_information}",
        "needs words for when they send none",
    ),
    "a duplicate that can name no other": (
        "adapters.yaml",
        "DLFL: {means: cannot_complete}",
        "DLFL: {means: cannot_complete, disposition: duplicate, text: {en: Again., es: Otra vez.}}",
        "their records name no other request; give the mapping a duplicate_field",
    ),
    "a language nobody here reads": (
        "adapters.yaml",
        "      priorities: {normal",
        "      language: fr\n      priorities: {normal",
        "'fr' is no language of this city",
    ),
    "a fact that no place has": (
        "adapters.yaml",
        "      priorities: {normal",
        "      place: {pole: POLE}\n      priorities: {normal",
        "'pole' is nothing that a place has",
    ),
    "work orders of a system that shows none": (
        "adapters.yaml",
        "kind: sap_pm",
        "kind: open311",
        "maps work orders that a system of kind open311 does not show by themselves",
    ),
    "work orders that never end": (
        "adapters.yaml",
        "          TECO: {means: finished}\n          CLSD: {means: finished}",
        "          TECO: {means: nothing}",
        "no status ends an order",
    ),
    "work orders that are no work": (
        "adapters.yaml",
        "{PM01: work, PM02: work, PM04: nothing}",
        "{PM04: nothing}",
        "no type of order is work",
    ),
    "words for an order that goes on": (
        "adapters.yaml",
        "TECO: {means: finished}",
        "TECO: {means: finished, text: {en: Done., es: Hecho.}}",
        "gives words to what needs none",
    ),
    "an order's status that means an ending": (
        "adapters.yaml",
        "TECO: {means: finished}",
        "TECO: {means: completed}",
        "TECO",
    ),
    "a system nobody knows": ("adapters.yaml", "kind: sap_pm", "kind: telex", "must be one of"),
    "a key written twice": ("city.yaml", "name: San Diego", "name: San Diego\nname: San Diego", "is written twice"),
    "a zone that is nowhere": ("city.yaml", "America/Los_Angeles", "America/Nowhere", "is not a zone"),
    "no YAML at all": ("calendar.yaml", "working_days: [Mon", "working_days: [[Mon", "is not YAML here"),
    "a holiday on no day": ("calendar.yaml", "date: 2026-12-25", "date: 2026-12-32", "date"),
    "phrases for nothing": ("phrases.yaml", "service: pothole", "service: crater", "'crater' is no service"),
    "too few phrases": (
        "phrases.yaml",
        "        - A hole in the street broke my tire\n",
        "",
        "has 11 different phrases in en; write at least 12",
    ),
    "a phrase for two services": (
        "phrases.yaml",
        "        - The street light by my house is out",
        "        - There is a deep pothole on our road",
        "stands for pothole too",
    ),
    "phrases in a strange language": ("phrases.yaml", "      es:", "      fr:", "fr is no language of this city"),
    "a process nobody drew": ("onboarding.yaml", "process: repair", "process: magic", "'magic' is no process"),
    "a service enabled without an owner": (
        "onboarding.yaml",
        "    owner: {agency: transportation-storm-water, role: deputy-director}\n",
        "",
        "pothole is enabled without an owner",
    ),
    "an owner outside the escalation chain": (
        "onboarding.yaml",
        "role: deputy-director",
        "role: gardener",
        "pothole is enabled without an owner",
    ),
    "a service without its department's name": (
        "onboarding.yaml",
        "    vocabulary: [Pothole]\n",
        "",
        "the department's own name for it",
    ),
    "a service that was never onboarded": (
        "onboarding.yaml",
        "  - service: pothole\n",
        "  - service: streetlight\n",
        "pothole is enabled without everything",
    ),
    "a pilot that is nowhere": (
        "onboarding.yaml",
        "    process: repair\n",
        "    process: repair\n    standing: {mode: pilot}\n",
        "a pilot is somewhere",
    ),
    "an import to nowhere": ("imports/old.yaml", "Pothole: pothole", "Pothole: crater", "'crater' is no service"),
}

IMPORT = """name: old
title: Old export
time_format: "%Y-%m-%d"
time_zone: America/Los_Angeles
columns: {number: n, created: c, updated: u, closed: d, type: t, owner: o, status: s, source: r, anonymous: a,
          address: p, latitude: y, longitude: x}
anonymous_values: [Y]
types: {Pothole: pothole}
owners: {STREETS: transportation-storm-water}
sources: {Call: {channel: phone, operator: own_department}}
statuses: {Closed: closed}
"""


@pytest.fixture(scope="session", params=["los-angeles", "san-diego"])
def city(request: pytest.FixtureRequest) -> City:
    return load_city(CITIES / request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "town"
    shutil.copytree(SAN_DIEGO, copy)
    (copy / "imports").mkdir()
    (copy / "imports" / "old.yaml").write_text(IMPORT, "utf-8")
    return copy


@pytest.mark.requirement("CAT-22", "CAT-01")
def test_a_city_is_a_folder(city: City) -> None:
    assert city.services
    assert set(city.profile.triage_services) == {code for code, rules in city.rules_by_service.items() if not rules}
    assert all(city.target(code) or city.onboarding[code].no_target for code in city.services)


def test_a_right_folder_with_an_import_is_right(folder: Path) -> None:
    assert load_city(folder).imports["old"].types == {"Pothole": "pothole"}


@pytest.mark.requirement("CAT-22", "VOC-01", "VOC-02")
@pytest.mark.parametrize("case", BREAKS)
def test_a_wrong_folder_names_file_and_line(folder: Path, case: str) -> None:
    name, right, wrong, said = BREAKS[case]
    path = folder / name
    before = path.read_text("utf-8")
    assert right in before
    path.write_text(before.replace(right, wrong, 1), "utf-8")
    with pytest.raises(CityError) as caught:
        load_city(folder)
    told = [problem for problem in caught.value.problems if said in str(problem)]
    assert told, str(caught.value)
    assert told[0].path == path
    assert f"{name}:{told[0].line}: " in str(caught.value)


def test_the_line_is_the_line_that_is_wrong(folder: Path) -> None:
    path = folder / "routes.yaml"
    lines = path.read_text("utf-8").splitlines()
    number = lines.index("    queue: collection") + 1
    path.write_text("\n".join(lines).replace("queue: collection", "queue: nowhere"), "utf-8")
    with pytest.raises(CityError, match=rf"routes\.yaml:{number}: rules\[3\]\.queue: 'nowhere' is no queue"):
        load_city(folder)


def test_all_problems_are_told_at_once(folder: Path) -> None:
    for name, right, wrong, _ in (
        BREAKS["hours nobody can read"],
        BREAKS["a rule id twice"],
        BREAKS["a target for nothing"],
    ):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace(right, wrong, 1), "utf-8")
    with pytest.raises(CityError) as caught:
        load_city(folder)
    assert {problem.path.name for problem in caught.value.problems} == {
        *("transfers.yaml", "routes.yaml", "targets.yaml"),
        "onboarding.yaml",  # a service that lost its target may not be enabled
    }


def test_a_missing_file_is_a_sentence(folder: Path) -> None:
    (folder / "survey.yaml").unlink()
    with pytest.raises(CityError, match=r"survey\.yaml:1: the file: the file is missing"):
        load_city(folder)


@pytest.mark.requirement("KB-05", "KB-08")
def test_a_wrong_article_names_its_line(folder: Path) -> None:
    path = folder / "articles" / "potholes.md"
    path.write_text(path.read_text("utf-8").replace("services: [pothole]", "services: [crater]"), "utf-8")
    number = path.read_text("utf-8").splitlines().index("services: [crater]") + 1
    with pytest.raises(CityError, match=rf"potholes\.md:{number}: services\[0\]: 'crater' is no service"):
        load_articles(folder)


def test_an_article_needs_every_language(folder: Path) -> None:
    path = folder / "articles" / "potholes.md"
    path.write_text(path.read_text("utf-8").split("<!-- es -->")[0], "utf-8")
    with pytest.raises(CityError, match=r"body: has languages en; give a text in exactly en, es"):
        load_articles(folder)


@pytest.mark.requirement("KB-08")
@pytest.mark.parametrize("hidden", [False, True])
def test_every_service_needs_an_article_that_residents_may_read(folder: Path, *, hidden: bool) -> None:
    path = folder / "articles" / "street-lights.md"
    text = path.read_text("utf-8").replace("agency:", "audience: internal\nagency:", 1)
    path.write_text(text, "utf-8") if hidden else path.unlink()
    missing = r"services\.yaml:\d+: services\[1\]\.code: 'streetlight' has no public article in en, es; write one in"
    with pytest.raises(CityError, match=missing):
        load_articles(folder)


def test_the_command_says_ok_or_what_is_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(LOS_ANGELES), str(SAN_DIEGO)]) == 0
    assert "OK Los Angeles" in capsys.readouterr().out
    (folder / "city.yaml").unlink()
    assert main([str(folder)]) == 1
    assert "city.yaml:1" in capsys.readouterr().err
    assert main([]) == 2


def test_the_version_follows_the_files(folder: Path) -> None:
    before = load_city(folder).version
    other = folder.with_name("other")
    shutil.copytree(folder, other)
    assert load_city(other).version == before
    third = folder.with_name("third")
    shutil.copytree(folder, third)
    (third / "calendar.yaml").write_text((third / "calendar.yaml").read_text("utf-8") + "# later\n", "utf-8")
    assert load_city(third).version != before


def test_boundaries_are_optional_and_checked(folder: Path) -> None:
    assert load_boundaries(SAN_DIEGO) == {}
    outlines = folder / "boundaries"
    outlines.mkdir()
    (outlines / "council_district.geojson").write_text('{"type": "FeatureCollection", "features": []}', "utf-8")
    assert load_boundaries(folder).keys() == {"council_district"}
    wrong = folder.with_name("wrong")
    shutil.copytree(folder, wrong)
    (wrong / "boundaries" / "ward.geojson").write_text("{}", "utf-8")
    with pytest.raises(CityError, match=r"ward\.geojson:1: the file: 'ward' is no kind of area"):
        load_boundaries(wrong)


@pytest.mark.requirement("GOV-07", "GOV-09")
def test_a_change_has_a_sponsor_and_only_routine_work_moves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "onboarding.yaml"
    change = """
    change: {as_is: {en: Calls, es: Llamadas}, gap: {en: A link, es: Un enlace}, status: not_begun, sponsor: %s,
             by: 2027-01-31, source: test}
    move: {%sshare_moved: 0.25, by: 2027-06-30, source: test}
"""
    text = path.read_text("utf-8")
    path.write_text(
        text.replace("\n    owner:", change % ("nobody", "call_center: attic, ") + "    owner:", 1), "utf-8"
    )
    with pytest.raises(CityError) as error:
        load_city(folder)
    assert "change.sponsor: 'nobody' is no role of the owner's escalation chain" in str(error.value)
    assert "move.call_center: 'attic' is no transfer of this city" in str(error.value)
    role = load_city(SAN_DIEGO).working_agencies[0].escalation[0].role
    path.write_text(text.replace("\n    owner:", change % (role, "") + "    owner:", 1), "utf-8")
    assert report([str(folder)]) == 0
    assert "change not begun, by 2027-01-31; 25% moved, all by 2027-06-30" in capsys.readouterr().out
    services = folder / "services.yaml"
    services.write_text(services.read_text("utf-8").replace("handling: routine", "handling: specialised"), "utf-8")
    with pytest.raises(CityError, match="moves to 311 although it is specialised"):
        load_city(folder.rename(folder.with_name("specialised")))


@pytest.mark.requirement("CAT-22")
def test_a_file_may_be_continued_by_a_folder_of_its_name(folder: Path) -> None:
    whole = load_city(folder)
    head, behind = (folder / "services.yaml").read_text("utf-8").split("services:\n")
    (folder / "services.yaml").write_text(f"{head}services: []\n", "utf-8")
    (folder / "services").mkdir()
    more = folder / "services" / "all.yaml"
    more.write_text(f"services:\n{behind}", "utf-8")
    split = load_city(folder.rename(folder.with_name("split")))
    assert list(split.services.items()) == list(whole.services.items())
    assert split.version != whole.version, "the bytes of what continues a file count too"


def test_what_is_wrong_in_a_continuing_file_is_named_there(folder: Path) -> None:
    (folder / "services").mkdir()
    more = folder / "services" / "more.yaml"
    more.write_text("groups: nothing\nservices:\n  - code: pothole\n    name: {en: Hole}\n", "utf-8")
    with pytest.raises(CityError) as error:
        load_city(folder)
    assert "more.yaml:1 'groups' is no list of this file; only lists are continued" in str(error.value)
    assert f"{more}:4: services[6].name: has languages en" in str(error.value)
    more.write_text("services: [\n", "utf-8")
    with pytest.raises(CityError, match=r"more\.yaml:\d+ is not YAML here"):
        load_city(folder.rename(folder.with_name("broken")))


@pytest.mark.requirement("GOV-02", "GOV-11")
def test_the_report_says_what_a_service_lacks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report([str(folder)]) == 0
    assert "pothole                         live        lacks nothing" in capsys.readouterr().out
    path = folder / "onboarding.yaml"
    path.write_text(path.read_text("utf-8").replace("    vocabulary: [Pothole]\n", "", 1), "utf-8")
    assert report([str(folder)]) == 1
    assert "lacks the department's own name for it (vocabulary)" in capsys.readouterr().out
    services = folder / "services.yaml"
    text = services.read_text("utf-8").replace(
        "    handling: routine\n", "    handling: routine\n    enabled: false\n", 1
    )
    services.write_text(text, "utf-8")
    assert report([str(folder)]) == 0, "a service that is not enabled may lack things"
    assert "pothole                         not enabled lacks" in capsys.readouterr().out
    assert report([]) == 2


@pytest.mark.requirement("GOV-02", "SLA-13", "SLA-20")
def test_a_service_may_state_why_it_has_no_target(folder: Path) -> None:
    path, onboarding = folder / "targets.yaml", folder / "onboarding.yaml"
    lines = [line for line in path.read_text("utf-8").splitlines() if "{service: pothole," not in line]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    stated = "    process: repair\n    no_target: {en: The season decides., es: La temporada decide.}\n"
    text = onboarding.read_text("utf-8").replace("    process: repair\n", stated, 1)
    onboarding.write_text(text, "utf-8")
    assert load_city(folder).target("pothole") is None


def test_a_city_is_read_again_when_a_file_of_it_has_changed(tmp_path: Path) -> None:
    shutil.copytree(SAN_DIEGO, tmp_path / "city")
    before = load_city(tmp_path / "city")
    assert load_city(tmp_path / "city") is before
    profile = tmp_path / "city" / "city.yaml"
    profile.write_text(profile.read_text() + "# reviewed\n")
    assert load_city(tmp_path / "city") is not before
