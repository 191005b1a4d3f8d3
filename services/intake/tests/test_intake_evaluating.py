"""The measuring commands say what is wrong with a file that they cannot use."""

import json
from pathlib import Path

import pytest

from intake.evaluating.__main__ import main as evaluate

HEAD = "id,created,closed,type,address,lat,lon\n"
BAD: dict[str, tuple[bytes, str, str]] = {
    "other columns": (b"a,b\n1,2\n", "they have a, b", "it has a, b"),
    "nothing": (b"", "nothing can be measured", "holds no address"),
    "no moment": (f"{HEAD}1,soon,,Lamp,Oak,34,-118\n".encode(), "Request '1'", "holds no address"),
    "no number": (f"{HEAD}1,2026-01-01,,Lamp,1 Oak,north,-118\n".encode(), "Request '1'", "holds no address"),
    "no position": (f"{HEAD}1,2026-01-01,,Lamp,1 Oak,nan,-118\n".encode(), "Request '1'", "holds no address"),
    "bytes": (b"\xff\xfe\x00\x81" * 9, "no CSV file", "no CSV file"),
    "parquet that is none": (b"PAR1 or not", "no Parquet file", "no Parquet file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_used_is_named_with_its_fault(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, duplicates, geocoder = BAD[case]
    given, pairs = tmp_path / ("a.parquet" if "parquet" in case else "a.csv"), tmp_path / "pairs.csv"
    given.write_bytes(content)
    pairs.write_text("dup_id,parent_id\n1,2\n")
    for arguments, expected in (
        (["duplicates", str(given), str(pairs)], duplicates),
        (["geocoder", str(given), str(given)], geocoder),
        (["duplicates", str(given.with_suffix(".gone")), str(pairs)], "No such file"),
        (["questions", str(given.with_suffix(".gone")), str(pairs)], "No such file"),
        (["questions", str(pairs), str(pairs)], "pairs.csv, row 1: has no column text or"),
    ):
        assert evaluate(arguments) == 1
        told = capsys.readouterr()
        assert expected in told.err
        assert told.out == ""


WORDS = (
    ("a,b\n1,2\n", [], "row 1: has no column text or"),
    ("text\nA lamp\n", ["--column", "said"], "row 1: has no column said; it has text"),
    ('text\n""\n', [], "has no words in this column"),
)


@pytest.mark.requirement("OPS-07")
def test_the_masking_of_any_file_of_words_is_counted_and_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "words.csv"
    given.write_text('id,text\n1,A lamp is out\n2,Call 213-555-0142\n3,"Call two one three, five five five, 0142"\n')
    assert evaluate(["masking", str(given), "--examples", "1"]) == 0
    *shown, last = capsys.readouterr().out.splitlines()
    counted = json.loads(last)
    assert shown == ["phone: Call [phone]"]
    assert (counted["texts"], counted["masked"], counted["said_in_words"], counted["examples"]) == (3, 2, 1, 1)
    for content, more, expected in WORDS:
        given.write_text(content)
        assert evaluate(["masking", str(given), *more]) == 1
        assert expected in capsys.readouterr().err


@pytest.mark.requirement("CH-03", "CH-18")
def test_letters_that_only_ask_are_told_from_reports_and_the_misjudged_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports, questions = tmp_path / "reports.csv", tmp_path / "questions.csv"
    reports.write_text('title,text\nOvergrown grass,"Half of it was cut. Can it be removed?"\n,"Why is it wet here?"\n')
    questions.write_text('text\n"¿Dónde está la biblioteca (Oficina 2.ª planta). Centro?"\n"A wall is wet."\n')
    assert evaluate(["questions", str(reports), str(questions)]) == 0
    *shown, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)
    assert (found["reports"], found["reports_lost"], found["questions"], found["questions_known"]) == (2, 1, 2, 1)
    assert (found["recall"], found["precision"]) == (0.5, 0.5)
    assert shown == ["report taken for a question: Why is it wet here?", "question not seen: A wall is wet."]
