"""Notices are whole in every language of a city, and Spanish is not English."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.city import City, load_city
from contracts.city.base import PLACEHOLDER
from contracts.vocabulary import Moment
from notify.domain.texts import segments

ROOT = Path(__file__).parents[3]
CITIES = sorted(path.parent for path in (ROOT / "cities").glob("*/city.yaml"))
OF_ENGLISH = re.compile(r"\b(the|and|your|you|with|is|was|has|have|are|not|for|will|this|that|from|they|by|of|we)\b")
OF_SPANISH = re.compile(r"\b(el|la|los|las|su|usted|con|es|una|un|está|fue|que|de|para|por|del|se|en|ya|le|lo)\b")


@pytest.fixture(params=CITIES, ids=lambda folder: folder.name)
def city(request: pytest.FixtureRequest) -> City:
    return load_city(request.param)


def texts(city: City) -> Iterator[tuple[str, dict[str, str]]]:
    """Give every text of a notice by name, with its languages."""
    for moment, notice in city.notices.items():
        for part in ("subject", "body", "sms"):
            yield f"{moment} {part}", getattr(notice, part).root


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", PLACEHOLDER.sub(" ", text).lower())


@pytest.mark.requirement("NOT-10", "NOT-08")
def test_every_notice_is_there_in_every_language(city: City) -> None:
    assert {*Moment} <= set(city.notices)
    for name, told in texts(city):
        assert set(told) == set(city.profile.languages), name
        assert all(words(text) for text in told.values()), name


@pytest.mark.requirement("NOT-10")
def test_spanish_is_not_english(city: City) -> None:
    for name, told in texts(city):
        assert not OF_ENGLISH.search(" ".join(words(told["es"]))), name
        assert not OF_SPANISH.search(" ".join(words(told["en"]))), name
        lines = [{line.strip() for line in told[language].splitlines() if words(line)} for language in ("en", "es")]
        assert not lines[0] & lines[1], name


@pytest.mark.requirement("NOT-10")
def test_a_notice_names_the_same_values_in_every_language(city: City) -> None:
    for name, told in texts(city):
        named = [set(PLACEHOLDER.findall(text)) for text in told.values()]
        assert all(one == named[0] for one in named), name


@pytest.mark.requirement("NOT-09")
def test_a_notice_says_the_number_why_and_what_next(city: City) -> None:
    for moment, notice in city.notices.items():
        body = notice.body.root["en"]
        assert "tracking_number" in body, moment
        assert re.search(r"link \}\}", body), f"{moment} leads nowhere"
        assert re.search(r"next|expect|Please|answer|asked|told", body), f"{moment} does not say what comes next"


def preview(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "notify.evaluating", "preview", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_preview_shows_a_notice_by_mail_and_by_text() -> None:
    shown = preview("--moment", "closed", "--speak", "es")
    assert "Por qué:" in shown.stdout
    assert "As a text message" in shown.stdout
    assert json.loads(shown.stdout.splitlines()[-1])["languages"] == ["es"]


def test_a_preview_of_what_the_city_does_not_have_says_what_it_has() -> None:
    refused = preview("--speak", "fr")
    assert refused.returncode == 1
    assert "choose one of en, es" in refused.stderr


@pytest.mark.requirement("NOT-03")
def test_a_text_message_is_counted_in_parts() -> None:
    texts = ("a" * 160, "a" * 161, "á" * 70, "á" * 71, "€" * 80, "€" * 81)
    assert [segments(text) for text in texts] == [1, 2, 1, 2, 1, 2]
