"""Dialogues by text, chat and voice, in English and Spanish, as the city's own data has them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.city import load_city
from contracts.frontends import Place
from contracts.intake import FieldProblem
from contracts.vocabulary import Channel, ContactKind
from intake.domain.conversations import (
    Facts,
    HandOver,
    Heard,
    KeywordAnswers,
    KeywordTypes,
    Make,
    Record,
    Talk,
    Turn,
    made,
    not_made,
    numbers_in,
    respond,
)

CITIES = Path(__file__).parents[3] / "cities"
CITY = load_city(CITIES / "los-angeles")
NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)  # a Monday, eleven in the morning there
NIGHT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
ROWS = [
    {"article_id": "pothole-care", "version": 3, "services": "pothole-repair",
     "title": {"en": "Potholes", "es": "Baches"},
     "summary": {"en": "Potholes are filled within days.", "es": "Los baches se rellenan en días."}},
    {"article_id": "library-hours", "version": 1, "services": "",
     "title": {"en": "Library hours", "es": "Horario de bibliotecas"},
     "summary": {"en": "Libraries open at ten.", "es": "Las bibliotecas abren a las diez."}},
]  # fmt: skip
NUMBER = "ZZZZ-ZZZZ-ZZZZ-R"
REQUEST = {
    "request_id": "0190", "tracking_number": NUMBER, "service_code": "graffiti-removal", "status": "open",
    "substatus": "in_progress", "substatus_name": {"en": "Work under way", "es": "En proceso"},
    "forecast": {"en": "About 3 days.", "es": "Unos 3 días."},
}  # fmt: skip
MADE = {
    "tracking_number": NUMBER, "request_id": "0190", "forecast": {"en": "About 3 days.", "es": "Unos 3 días."},
    "status_url": "https://city.example.org/requests/1",
}  # fmt: skip


def facts(text: str = "", now: datetime = NOW) -> Facts:
    found = {NUMBER: REQUEST} if NUMBER in numbers_in(text) else {}
    return Facts(CITY, KeywordTypes(CITY), KeywordAnswers(ROWS), now, found)


def talk_through(
    messages: Sequence[str | Heard], channel: Channel, *, now: datetime = NOW, language: str = "en"
) -> list[Turn]:
    talk, turns = Talk(reference="REF", language=language), []
    for message in messages:
        heard = message if isinstance(message, Heard) else Heard(message, channel)
        turn = respond(talk, heard, facts(heard.text, now))
        if Make() in turn.does:
            turn = made(turn.talk, heard, facts(), MADE).after(does=(Make(),))
        talk = turn.talk
        turns.append(turn)
    return turns


POTHOLE = ["There is a pothole", "yes"]
DIALOGUES: dict[str, tuple[list[str], str]] = {
    "danger": (["there is a gas leak in my kitchen"], "call 911 now"),
    "danger in Spanish": (["hay una fuga de gas en la calle"], "llame al 911"),
    "danger amid a draft": ([*POTHOLE, "help my neighbour is unconscious"], "call 911 now"),
    "social services": (["I am hungry, where is a food bank"], "call 211"),
    "social services in Spanish": (["tengo hambre"], "llame al 211"),
    "the county's matter": (["I have a problem with my property tax"], "County services"),
    "the county's matter in Spanish": (["impuesto predial en mi casa, es para la casa"], "Servicios del condado"),
    "a number": ([f"what about {NUMBER}?"], "Work under way"),
    "a number without signs": (["zzzz zzzz zzzz r"], "About 3 days."),
    "a number in Spanish": ([f"el estado de mi solicitud {NUMBER}"], "En proceso"),
    "the status word": (["status"], "13 letters and digits"),
    "an unknown number": (["status", "1234567"], "no request with this number"),
    "a question": (["How long until potholes are filled?"], "Article pothole-care, version 3"),
    "a question in Spanish": (["¿Cuándo abren las bibliotecas?"], "Artículo library-hours, versión 1"),
    "a question, then the request": (["How long until potholes are filled?", "yes"], "?"),
    "a type": (["there is a pothole"], "Is that right?"),
    "a type in Spanish": (["hay un bache en la calle"], "¿Es correcto?"),
    "not that type": (["there is a pothole", "no"], "in your own words"),
    "nor in own words": (["there is a pothole", "no", "no"], "What needs fixing"),
    "in own words": (["the ground hums beneath us", "yes"], "Where is it?"),
    "another type instead": (["there is a pothole", "sorry, it is graffiti on a wall"], "Graffiti"),
    "nothing understood": (["qwerty"], "did not understand"),
    "three times nothing": (["qwerty", "asdf", "zxcv"], "A person will go on"),
    "a person": (["talk to a person"], "Your reference is REF"),
    "a person in Spanish": (["hola, es para el alcalde", "agente"], "Su referencia es REF"),
    "more for the person": (["agent", "it is by the school"], "added this for the person"),
    "begin anew": ([*POTHOLE, "cancel"], "Nothing was sent"),
    "language": (["español"], "Seguimos en español"),
    "language amid a draft": ([*POTHOLE, "español"], "Seguimos en español"),
    "help": (["help"], "In an emergency call 911"),
    "help in Spanish": (["hay un bache en la calle", "ayuda"], "llame al 911"),
    "stop": (["stop"], "no more texts"),
    "stop, then start": (["stop", "start"], "Welcome back"),
    "stop, then danger": (["stop", "someone is shooting"], "call 911 now"),
    "nothing at all": ([""], "Los Angeles 311"),
    "old words of thanks": (["ok"], "did not understand"),
}


@pytest.mark.requirement("CH-07", "CH-09", "CH-18", "CH-21", "SS-13")
@pytest.mark.parametrize("name", DIALOGUES)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.CHAT])
def test_a_dialogue_ends_as_it_should(name: str, channel: Channel) -> None:
    messages, expected = DIALOGUES[name]
    if name.startswith("stop") and channel is not Channel.SMS:
        pytest.skip("only texts can be stopped")
    last = talk_through(messages, channel)[-1]
    assert expected in " ".join(last.says)


def finish(messages: list[str | Heard], channel: Channel, *, language: str = "en") -> tuple[list[Turn], Talk]:
    """Say yes, skip and a place until the draft is sent."""
    answers = {"propose": "1", "question": "1", "place": "100 W 1st St", "photo": "skip", "confirm": "yes"}
    turns = talk_through(messages, channel, language=language)
    for _ in range(20):
        turn = turns[-1]
        if Make() in turn.does:
            return turns, turns[-2].talk
        heard = [*messages, answers[turn.talk.step]]
        messages = heard
        turns = talk_through(messages, channel, language=language)
    raise AssertionError(turns[-1])


@pytest.mark.requirement("CH-13", "CH-15", "CH-20", "SS-02")
@pytest.mark.parametrize("words", ["graffiti on a wall", "there is a pothole", "bulky item pickup", "illegal dumping"])
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.CHAT, Channel.IVR])
def test_a_report_ends_with_its_number_and_forecast(words: str, channel: Channel) -> None:
    turns, draft = finish([words], channel)
    said = " ".join(turns[-1].says)
    assert "About 3 days." in said
    assert (NUMBER if channel is not Channel.IVR else "Z Z Z Z") in said
    assert draft.place is not None
    assert draft.place.address == "100 W 1st St"
    assert turns[-1].talk.answers == {}, "what was said is forgotten once the request holds it"


CODES = [code for code, service in CITY.services.items() if service.enabled and code != "other"]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.requirement("CH-15", "SS-09")
def test_every_type_can_be_asked_for_by_its_name(code: str) -> None:
    proposals = KeywordTypes(CITY).read(CITY.services[code].name.say("es"))
    assert code in [proposal.code for proposal in proposals]


def test_a_shared_location_and_a_photo_need_no_question() -> None:
    here = Heard("there is a pothole", Channel.SMS, Place(latitude=34.05, longitude=-118.25), ("https://a.example/1",))
    turns, draft = finish([here], Channel.SMS)
    assert draft.place == here.place
    assert "the location you shared" in " ".join(turns[-2].says)


def test_a_place_that_cannot_be_taken_is_asked_again_and_then_a_person_goes_on() -> None:
    talk = Talk(reference="REF", language="en", step="confirm", service_code="pothole-repair", place=Place(address="x"))
    wrong = [FieldProblem(field="place.address", problem="No.")]
    again = not_made(talk, facts(), wrong)
    assert again.talk.step == "place"
    assert not_made(again.talk, facts(), wrong).does == (HandOver("agent"),)


CALLS: dict[str, tuple[list[str], str, str]] = {
    "911 first": (["9"], "dial", "911"),
    "an office by keys": (["4", "1"], "dial", "213-485-4184"),
    "an office by words": (["department", "parking"], "dial", "213-485-4184"),
    "a closed office": (["4", "3"], "listen", "closed now"),
    "Spanish": (["8"], "listen", "oprima"),
    "Spanish said": (["español"], "listen", "oprima"),
    "status": (["2", "z z z z z z z z z z z z r"], "listen", "Work under way"),
    "a question": (["3", "how long until potholes are filled"], "listen", "Article pothole-care"),
    "call back": (["5"], "hangup", "call you back"),
    "a message": (["6"], "record", "after the tone"),
    "nothing said": (["", "", ""], "record", "after the tone"),
    "a report by keys": (["1", "2"], "listen", "1 "),
    "a report in words": (["there is graffiti on a wall"], "listen", "Is that right?"),
    "danger": (["my house is on fire"], "listen", "call 911 now"),
}


@pytest.mark.requirement("CH-08", "CH-21", "CH-22")
@pytest.mark.parametrize("name", CALLS)
def test_a_call_goes_where_it_should(name: str) -> None:
    messages, act, expected = CALLS[name]
    now = NIGHT if "closed" in name else NOW
    last = talk_through([Heard(channel=Channel.IVR, begins=True), *messages], Channel.IVR, now=now)[-1]
    assert last.act == act, last.says
    assert expected in f"{' '.join(last.says)} {last.dial}"


@pytest.mark.requirement("CH-04")
def test_a_recorded_message_waits_for_a_person() -> None:
    left = Heard("a hole", Channel.IVR, recorded="https://voice.example/RE1")
    last = talk_through([Heard(channel=Channel.IVR, begins=True), "6", left], Channel.IVR)[-1]
    assert last.does == (HandOver("voicemail", "https://voice.example/RE1"),)
    assert last.act == "hangup"


def test_outcomes_are_counted() -> None:
    kinds = {
        "someone is shooting": ContactKind.EMERGENCY_DIVERTED,
        "tengo hambre": ContactKind.REFERRED_ONWARD,
        NUMBER: ContactKind.STATUS_ASKED,
        "when are potholes filled?": ContactKind.QUESTION_ANSWERED,
    }
    for words, kind in kinds.items():
        (turn,) = talk_through([words], Channel.SMS)
        assert [deed.kind for deed in turn.does if isinstance(deed, Record)] == [kind]


def test_who_said_stop_hears_nothing_more() -> None:
    turns = talk_through(["stop", "pothole", "hello"], Channel.SMS)
    assert [len(turn.says) for turn in turns] == [1, 0, 0]


KNOWN = st.sampled_from([
    "yes", "no", "1", "2", "9", "0", "*", "skip", "agent", "status", "español", "english", "cancel", "help", "pothole",
    "graffiti", "bache", "how are potholes filled?", "100 main st", NUMBER, "", "there is a gas leak", "tengo hambre",
])  # fmt: skip
MESSAGES = st.lists(KNOWN | st.text(max_size=60), min_size=1, max_size=14)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(MESSAGES, st.sampled_from([Channel.SMS, Channel.CHAT, Channel.IVR]))
def test_whatever_is_said_is_answered(messages: list[Any], channel: Channel) -> None:
    turns = talk_through(messages, channel)
    stopped = False
    for turn in turns:
        stopped = stopped or turn.talk.stopped
        assert stopped or turn.says
        assert Talk.model_validate_json(turn.talk.model_dump_json()) == turn.talk
