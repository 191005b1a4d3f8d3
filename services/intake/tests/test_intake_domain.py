"""Intake's policy beyond what the doctests say."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.agencies import AgencyReport
from contracts.city import City, Condition, LocalizedText, LocalizedWords, Option, Question, Service, load_city
from contracts.frontends import Place, Reporter, RequestSubmitted
from contracts.vocabulary import Clock, ReportKind, Substatus
from intake.domain.agencies.reporting import Applied, apply_report
from intake.domain.life.case import Case, Part
from intake.domain.life.closing import Refusal, check_ending
from intake.domain.life.lifecycle import STEPS, allowed_steps, step
from intake.domain.life.resident import cancellation
from intake.domain.masking import mask, mask_reference
from intake.domain.places.locating import Located
from intake.domain.public.view import PUBLIC_FIELDS, PUBLIC_TIMELINE
from intake.domain.requests.submission import problems_of
from intake.domain.requests.taking import Names, take_report
from intake.domain.requests.tracking import ALPHABET, parse_tracking_number, tracking_number
from intake.store import Request

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
CITIES = Path(__file__).parents[3] / "cities"
numbers = st.integers(0, 2**60 - 1).map(tracking_number)


@given(numbers, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(number: str, place: int, other: str) -> None:
    plain = number.replace("-", "")
    wrong = plain[:place] + other + plain[place + 1 :]
    assert parse_tracking_number(wrong) == (number if wrong == plain else None)


@given(numbers, st.integers(0, 12), st.integers(0, 12))
def test_two_swapped_characters_are_always_found(number: str, first: int, second: int) -> None:
    letters = list(number.replace("-", ""))
    letters[first], letters[second] = letters[second], letters[first]
    same = "".join(letters) == number.replace("-", "")
    assert parse_tracking_number("".join(letters)) == (number if same else None)


def test_every_agency_step_is_in_the_table_and_nothing_leaves_closed_but_a_dispute() -> None:
    assert set(ReportKind) <= set(STEPS)
    assert all("agency" in STEPS[kind].by and STEPS[kind].on == "part" for kind in ReportKind)
    assert allowed_steps(Substatus.CLOSED) == allowed_steps(Substatus.COMPLETED) == ()
    assert [name for name, row in STEPS.items() if Substatus.CLOSED in row.at] == ["dispute"]
    assert step("agency", Substatus.ACCEPTED, ReportKind.ACCEPTED) is None


MASKED = [
    ("call 213.555.0144 or +52 55 1234 5678 or 5550104477", "call [phone] or [phone] or [phone]"),
    ("ring 555-0144 now", "ring [phone] now"),
    ("(555)010-4477, (555) 010 4477", "[phone], [phone]"),
    ("mail PAT.DOE+x@mail.example.org!", "mail [e-mail]!"),
    ("plate: 8abc123, placa ABC-1234", "plate: [plate], placa [plate]"),
    ("license plate number is XYZ 987", "license plate number is [plate]"),
    ("a 7XYZ123 drove off", "a [plate] drove off"),
    ("MY NAME IS JOHN SMITH and", "MY NAME IS [name] and"),
    ("Hi, this is Ann-Marie O'Neil from", "Hi, this is [name] from"),
    ("mi nombre es josé pérez y vivo", "mi nombre es [name] y vivo"),
    ("Soy María Ñúñez.", "Soy [name]"),
    ("soy vecino de la calle", "soy vecino de la calle"),
    ("this is the third time", "this is the third time"),
    ("at 12345 Main St, 90012-1234 since 2026-03-02 14:30", "at 12345 Main St, 90012-1234 since 2026-03-02 14:30"),
    ("number ABCD-EFGH-JKMN-P", "number ABCD-EFGH-JKMN-P"),
    ("at 34.0522, -118.2437 for 1200 feet", "at 34.0522, -118.2437 for 1200 feet"),
]  # fmt: skip


@pytest.mark.requirement("OPS-07")
@pytest.mark.parametrize(("said", "shown"), MASKED)
def test_words_are_masked_and_places_are_not(said: str, shown: str) -> None:
    assert mask(said) == shown


def test_a_contacts_own_names_are_masked_but_not_the_same_word_written_small() -> None:
    assert mask("Rose Park saw it, ROSE said, in the park", ["Rose Park"]) == "[name] saw it, [name] said, in the park"
    assert mask("told jose lopez", ["Jose  Lopez"]) == "told [name]"


def test_a_work_order_keeps_its_digits() -> None:
    assert mask_reference("WO 1712975531 photo 20260302143000") == "WO 1712975531 photo 20260302143000"


@pytest.mark.requirement("GOV-08")
def test_what_is_public_exists_and_nothing_of_the_vault_is() -> None:
    private = {"contact_refs", "contact_ref", "operator", "language", "paused"}
    assert not private & set(PUBLIC_FIELDS)
    shown = {name for names in PUBLIC_TIMELINE.values() for name in names}
    assert not shown & {"contact_ref", "message_ref", "comment_ref"}
    assert private - {"contact_ref"} <= set(Request.model_fields)


def text(words: str) -> LocalizedText:
    return LocalizedText({"en": words})


@pytest.fixture(scope="module")
def city() -> City:
    options = tuple(Option(key=key, name=text(key)) for key in ("dead", "loose"))
    animal = Question(code="animal", label=text("?"), kind="singlevaluelist", required=True, options=options)
    shown = Condition(attribute="animal", one_of=("loose",))
    service = Service(
        code="animals", name=text("Animals"), description=text("Animals"), group="animals", handling="routine",
        keywords=LocalizedWords({}), in_old_system=True, source="test", questions=(
            animal,
            Question(code="size", label=text("?"), kind="number", required=True, shown_when=shown),
            Question(code="when", label=text("?"), kind="datetime"),
            Question(code="signs", label=text("?"), kind="multivaluelist", options=options),
        ),
    )  # fmt: skip
    return replace(load_city(next(folder for folder in sorted(CITIES.iterdir()))), services={"animals": service})


def report(**given: Any) -> RequestSubmitted:
    basics = {"submission_key": "k", "submitter": "s", "service_code": "animals", "place": Place(address="1 Elm St")}
    return RequestSubmitted(**(basics | given))


ANSWERS: list[tuple[dict[str, Any], list[str]]] = [
    ({"animal": "dead"}, []),
    ({}, ["attributes.animal"]),
    ({"animal": "flying"}, ["attributes.animal"]),
    ({"animal": ("dead", "loose"), "size": "1"}, ["attributes.animal"]),
    ({"animal": "loose"}, ["attributes.size"]),
    ({"animal": "loose", "size": "big"}, ["attributes.size"]),
    ({"animal": "loose", "size": "2.5", "when": "soon"}, ["attributes.when"]),
    ({"animal": "dead", "signs": ("dead", "loose"), "when": "2026-03-02T09:00:00Z"}, []),
    ({"animal": "dead", "signs": ("dead", "other")}, ["attributes.signs"]),
    ({"animal": "dead", "colour": "red"}, ["attributes.colour"]),
]


@pytest.mark.requirement("SS-09")
@pytest.mark.parametrize(("answers", "fields"), ANSWERS)
def test_questions_are_asked_as_the_catalog_says(city: City, answers: dict[str, Any], fields: list[str]) -> None:
    assert [problem.field for problem in problems_of(report(attributes=answers), city, NOW)] == fields


def test_imported_history_may_lack_what_was_never_asked_but_not_its_time(city: City) -> None:
    old = report(place=Place(), clock=Clock.EVENT, requested_at=datetime(2018, 1, 1, tzinfo=UTC))
    assert problems_of(old, city, NOW) == ()
    assert [p.field for p in problems_of(report(clock=Clock.EVENT), city, NOW)] == ["requested_at"]
    late = report(attributes={"animal": "dead"}, requested_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert [p.field for p in problems_of(late, city, NOW)] == ["requested_at"]


def test_an_anonymous_report_and_any_language_are_taken(city: City) -> None:
    answers = {"animal": "dead"}
    assert problems_of(report(attributes=answers, reporter=Reporter(language="ko")), city, NOW) == ()


PART = Part(UUID(int=1), "lights")
CASE = Case(Substatus.ASSIGNED, language="es", parts=(PART,))


def update(kind: str, **given: Any) -> AgencyReport:
    """Make an agency's update of the one part."""
    return AgencyReport(
        request_id=UUID(int=9), assignment_id=PART.assignment_id, update_id="u1", kind=kind, reported_at=NOW, **given
    )


@pytest.mark.requirement("CLO-01")
def test_check_ending_wants_words_in_the_requesters_own_language(city: City) -> None:
    refused = update("cannot_complete", disposition="unable_to_act", explanation={"en": "The pole is protected."})
    ending = check_ending(refused, city, "es", imported=False)
    assert ending is not None
    assert (ending.code, ending.allowed) == ("explanation_missing", ("explanation.es",))
    assert check_ending(refused, city, "en", imported=False) is None


def test_apply_report_ends_the_request_only_with_its_last_part(city: City) -> None:
    done = update("completed", disposition="fixed", evidence=[{"kind": "crew_note", "reference": "New bulb."}])
    alone = apply_report(CASE, done, "lights", city, imported=False)
    assert isinstance(alone, Applied)
    assert alone.ending is not None
    beside = replace(CASE, parts=(PART, Part(UUID(int=2), "trees")))
    first = apply_report(beside, done, "lights", city, imported=False)
    assert isinstance(first, Applied)
    assert (first.ending, first.case.substatus) == (None, Substatus.ASSIGNED)
    other = apply_report(CASE, done, "trees", city, imported=False)
    assert isinstance(other, Refusal)
    assert other.code == "foreign_assignment"


def test_cancellation_is_said_in_every_language_of_the_city(city: City) -> None:
    ending = cancellation(city)
    assert (ending.disposition.value, set(ending.explanation)) == ("cancelled_by_requester", {"en", "es"})


@pytest.mark.requirement("OPS-07")
def test_take_report_parts_the_public_copy_from_the_vault(city: City) -> None:
    names = Names(UUID(int=5), tracking_number(1), "cause")
    said = report(
        description="Pat Doe saw it.",
        attributes={"animal": "dead"},
        reporter=Reporter(name="Pat Doe", phone="5550104477"),
    )
    taken = take_report(said, city, "key", names, NOW, Located(said.place))
    assert (taken.created.description, taken.original) == ("[name] saw it.", "Pat Doe saw it.")
    assert taken.profile is not None
    assert taken.created.about.contact_refs == (taken.profile.contact_ref,)
    assert b"Pat" not in taken.created.model_dump_json().encode()
    nameless = take_report(report(reporter=Reporter(name="Pat Doe")), city, "key", names, NOW, Located(said.place))
    assert (nameless.reachable, nameless.profile is not None) == (False, True)
