"""The generated day repeats from its seed, fits the catalog and looks like the city's own days."""

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.city import City, Service, load_city
from contracts.frontends import RequestSubmitted
from relay311_drivers.__main__ import COMMANDS, main
from relay311_drivers.bodies import form_of
from relay311_drivers.demo.resident import choose_service
from relay311_drivers.generator import answers, sample_day
from relay311_drivers.problems import DriverError
from relay311_drivers.running import find_platform
from relay311_drivers.tokens import ISSUER, claims, sign
from relay311_drivers.year.volumes import read_volumes, services_by_weight

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(params=sorted(path.parent.name for path in (ROOT / "cities").glob("*/city.yaml")))
def city(request: pytest.FixtureRequest) -> City:
    return load_city(ROOT / "cities" / request.param)


def test_the_same_seed_makes_the_same_day(city: City) -> None:
    assert list(sample_day(city, 40, 7)) == list(sample_day(city, 40, 7))
    assert list(sample_day(city, 40, 7)) != list(sample_day(city, 40, 8))


def test_services_come_as_often_as_the_printed_volumes_say(city: City) -> None:
    day = Counter(report.service_code for report in sample_day(city, 2_000, 1))
    weights = services_by_weight(city, read_volumes(city))
    top = max(weights, key=lambda code: weights[code])
    expected = 2_000 * weights[top] / sum(weights.values())
    assert abs(day[top] - expected) < 0.15 * expected + 30


def test_every_report_fits_the_catalog_and_reaches_nobody_real(city: City) -> None:
    for report in sample_day(city, 300, 3):
        assert city.profile.bounding_box.holds(report.place.latitude or 0, report.place.longitude or 0)
        assert report.description
        assert "{" not in report.description
        if report.reporter:
            assert report.reporter.email
            assert report.reporter.email.endswith("@example.org")


def check_answers(service: Service) -> None:
    given = answers(service, random.Random(1))
    for question in service.questions:
        shown = question.shown_when is None or given.get(question.shown_when.attribute) in question.shown_when.one_of
        assert question.code in given or not (question.required and shown), question.code
        for answer in (given.get(question.code, ()),):
            chosen = {answer} if isinstance(answer, str) else set(answer)
            assert not question.options or chosen <= question.option_keys


def test_every_service_of_the_city_can_be_asked_for(city: City) -> None:
    for service in city.services.values():
        check_answers(service)


def test_a_posted_body_says_who_reports_only_where_it_must(city: City) -> None:
    report = RequestSubmitted(submission_key="k", submitter="s", service_code=next(iter(city.services)))
    body = form_of(report)
    assert "submission_key" not in body
    assert "reporter" not in body


def test_the_demo_asks_for_something_that_one_desk_always_takes(city: City) -> None:
    service = choose_service(city)
    (rule,) = city.rules_by_service[service.code]
    assert rule.agency in city.agencies
    with pytest.raises(DriverError, match="no service 'dragons'"):
        choose_service(city, "dragons")


def test_a_token_says_who_acts_and_until_when() -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    said = claims("agency", "ana", "parks", datetime.now(UTC), hours=1)
    read = jwt.decode(sign(private, said), public, algorithms=["EdDSA"], issuer=ISSUER)
    assert (read["sub"], read["role"], read["agency"]) == ("ana", "agency", "parks")


@pytest.mark.parametrize(("role", "agency"), [("king", None), ("agency", None), ("agent", "parks")])
def test_a_token_that_makes_no_sense_is_not_signed(role: str, agency: str | None) -> None:
    with pytest.raises(DriverError):
        claims(role, "ana", agency, datetime.now(UTC))


def test_a_platform_that_never_ran_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELAY311_RUN", str(tmp_path))
    assert main(["token", "--role", "agent"]) == 1
    said = capsys.readouterr().err
    assert "secrets.json is missing" in said
    assert said.count("\n") == 1


def test_the_platform_is_found_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "cities" / "b-town").mkdir(parents=True)
    (tmp_path / "cities" / "b-town" / "city.yaml").touch()
    found = find_platform({"RELAY311_ROOT": str(tmp_path), "RELAY311_PORT_OFFSET": "100"})
    assert found.city_folder.name == "b-town"
    assert (found.url("sla"), found.kafka) == ("http://127.0.0.1:8403", "127.0.0.1:19192")
    with pytest.raises(DriverError, match="RELAY311_PORT_OFFSET"):
        find_platform({"RELAY311_ROOT": str(tmp_path), "RELAY311_PORT_OFFSET": "-1"})


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert "usage" in capsys.readouterr().out
