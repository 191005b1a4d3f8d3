"""The reader: what it learns, what its measures say, and what it answers to files it cannot use."""

import csv
import json
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from contracts.city import load_city
from routing.domain.reading import Example, Model, Setting, learn
from routing.domain.reading.judging import judge
from routing.domain.reading.shipped import shipped
from routing.evaluating.__main__ import main as evaluate

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
WORDS = {
    "pothole": ("hole", "road", "asphalt", "bache", "calle", "deep", "car", "wheel", "pavement", "hundido"),
    "graffiti": ("paint", "wall", "tag", "pintada", "pared", "spray", "letters", "fence", "grafiti", "mural"),
    "tree": ("branch", "fallen", "rama", "leaves", "trunk", "raiz", "arbol", "roots", "lean", "canopy"),
}


def reports(count: int, seed: int) -> list[tuple[str, str, str]]:
    """Make up reports of three kinds, one an hour, each of eight words, three of them about its kind."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        kind = chance.choice(sorted(WORDS))
        said = [*chance.sample(WORDS[kind], 3), *(chance.choice("abcdefgh") * 4 for _ in range(5))]
        chance.shuffle(said)
        made.append((" ".join(said), kind, (START + timedelta(hours=number)).isoformat()))
    return made


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Setting(areas=(("district", "1"),)), Setting(areas=(("district", "2"),))),
        (Setting(at=datetime(2026, 3, 2, 3)), Setting(at=datetime(2026, 3, 2, 14))),  # noqa: DTZ001 - the city's own time
        (Setting(spot=(34.05, -118.24)), Setting(spot=(34.2, -118.5))),
    ],
)
@pytest.mark.requirement("RTE-05")
def test_where_and_when_something_is_said_decides_between_what_the_words_leave_open(
    here: Setting, there: Setting
) -> None:
    said = [Example(f"so loud again {letter * 4}", kind, setting)
            for letter in "abcdefghij" for kind, setting in (("party", here), ("works", there))]  # fmt: skip
    reader = learn(said)
    assert [reader.read("so loud tonight", setting)[0].label for setting in (here, there)] == ["party", "works"]
    unknown = reader.read("so loud tonight")
    assert abs(unknown[0].confidence - unknown[1].confidence) < 0.2


def write(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines).writerows([("text", "type", "created"), *rows])
    return path


@pytest.mark.requirement("RTE-05")
def test_one_model_reads_english_and_spanish() -> None:
    said = [Example("a deep hole in the road", "pothole"), Example("hay un bache en la calle", "pothole"),
            Example("somebody painted the wall", "graffiti"), Example("pintaron la pared", "graffiti")]  # fmt: skip
    model = learn(said)
    assert [model.read(text)[0].label for text in ("huge hole", "baches", "wall painted", "otra pintada")] == [
        "pothole", "pothole", "graffiti", "graffiti",
    ]  # fmt: skip


def test_a_model_is_the_same_every_time_and_after_it_was_kept() -> None:
    said = [Example(text, kind) for text, kind, _ in reports(200, 1)]
    first, second = learn(said), learn(said)
    assert first.to_bytes() == second.to_bytes()
    kept = Model.from_bytes(first.to_bytes())
    assert kept.read("bache hundido") == first.read("bache hundido")
    with pytest.raises(ValueError, match="no model"):
        Model.from_bytes(b"PK\x03\x04 not a model")


def test_a_kept_model_holds_no_word_of_what_it_learned_from() -> None:
    model = learn([Example("Call Zebulon Quartermaine on 555-0134", "pothole"), Example("dead dog", "animal")])
    held = b"".join(part.tobytes() for part in (model.buckets, model.rarity, model.weights, model.bias))
    assert not any(word in held.lower() for word in (b"zebulon", b"quartermaine", b"0134"))


def test_confidence_that_is_never_right_is_measured_as_such() -> None:
    shares = np.array([[0.99, 0.01]] * 50)
    marks = judge(shares, np.ones(50, dtype=np.int64))
    assert (marks.accuracy, marks.coverage_at_95) == (0, 0)
    assert marks.calibration_error == pytest.approx(0.99)


@pytest.mark.requirement("RTE-05")
def test_the_classifier_is_measured_without_repeats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = reports(700, 2)
    train, test = write(tmp_path / "train.csv", rows[:500]), write(tmp_path / "test.csv", [*rows[500:], *rows[:30]])
    assert evaluate(["classifier", str(train), str(test)]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["test_dropped_as_repeats"] >= 30
    assert result["test"] + result["test_dropped_as_repeats"] == 230
    assert result["accuracy"] > 0.95
    assert result["calibration_error"] < 0.1
    assert {"macro_f1", "top3", "coverage_at_95", "ms_per_text"} <= result.keys()


def test_labels_that_say_nothing_about_the_text_are_not_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = reports(700, 3)
    shuffled = [kind for _, kind, _ in rows]
    random.Random(4).shuffle(shuffled)
    noise = [(text, kind, at) for (text, _, at), kind in zip(rows, shuffled, strict=True)]
    train, test = write(tmp_path / "train.csv", noise[:500]), write(tmp_path / "test.csv", noise[500:])
    assert evaluate(["classifier", str(train), str(test)]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["accuracy"] < 0.5
    assert result["coverage_at_95"] < 0.2


def test_a_file_is_split_by_time_without_repeats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = reports(100, 5)
    whole = write(tmp_path / "all.csv", [*rows[50:], *rows[:50], ("  HOLE ", "rare", rows[0][2]), *rows[:7]])
    assert evaluate(["split", str(whole), str(tmp_path / "out"), "--least", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["repeats"], told["of_rare_types"], told["train"], told["test"]) == (108, 7, 1, 80, 20)
    train, test = (list(csv.DictReader((tmp_path / "out" / name).open())) for name in ("train.csv", "test.csv"))
    assert max(row["created"] for row in train) < min(row["created"] for row in test)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n", "has no column text, type, created; it has a, b"),
        (b"", "it has none"),
        (b"text,type,created\nhole,road,soon\n", "row 1: created 'soon' is no date"),
        (b"text,type,created,lat,lon\nhole,road,2026-01-01,91,0\n", "row 1: lat and lon"),
        (b"text,type,created\nhole,road,2026-01-01\n", "give at least 20"),
        (b"\xff\xfe\x00\x81" * 9, "no CSV file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_fault(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "a.csv"
    given.write_bytes(content)
    assert evaluate(["classifier", str(given), str(given)]) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert said.out == ""


@pytest.mark.requirement("RTE-05")
def test_the_reader_that_ships_knows_the_phrases_of_its_city_and_learns_them_quickly() -> None:
    city = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")
    began = time.process_time()
    model = shipped(city)
    assert time.process_time() - began < 10, "seconds; it is under one on an idle core"
    said = [(text, code) for code, phrases in city.spoken.items() for text in phrases.every]
    right = sum(model.read(text)[0].label == code for text, code in said)
    assert right / len(said) > 0.95
    assert not {"other"} & set(model.labels)
