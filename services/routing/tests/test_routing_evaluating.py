"""The rules held against records: what counts as a match, and what is refused with its file, row and column."""

import json
from pathlib import Path

import pytest

from routing.evaluating.__main__ import main

ROOT = Path(__file__).parents[3]
LA = ROOT / "cities" / "los-angeles"
RECORDS = sorted((ROOT.parent / "shared" / "data" / "la").glob("la311*"))
PLAIN = """id,created,type,dept,lat,lon
1,2018-05-01 10:00:00,Graffiti Removal,OCB,34.05,-118.24
2,2018-05-01 11:00:00,Bulky Items,LASAN,,
3,2018-05-01 12:00:00,Other,ITA,,
4,2018-05-01 13:00:00,Other,BSS,,
5,2018-05-01 14:00:00,Moon Dust,BOS,,
6,2018-05-01 15:00:00,Pothole Repair,XYZ,,
"""
EXPORT = """SRNumber,CreatedDate,RequestType,Owner,RequestSource,Latitude,Longitude,CD
1-1,05/01/2018 10:00:00 AM,Bulky Items,BOS,Call,34.05,-118.24,13
1-2,05/01/2018 10:00:00 AM,Report Water Waste,LADWP,Mobile App,34.05,-118.24,13
"""


def evaluate(
    path: Path, capsys: pytest.CaptureFixture[str], text: str | None = None
) -> tuple[int, dict[str, object], str]:
    """Hold the rules against a file; returns the exit status, the last line as JSON, and what was complained of."""
    if text is not None:
        path.write_text(text, "utf-8")
    status = main(["owners", str(path), "--city", str(LA)])
    out, err = capsys.readouterr()
    return status, json.loads(out.splitlines()[-1]) if out else {}, err


@pytest.mark.requirement("RTE-02", "VOC-02")
def test_records_of_either_shape_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = evaluate(tmp_path / "plain.csv", capsys, PLAIN)
    assert (status, said["rows"], said["matched"], said["agency_match"]) == (0, 6, 3, 0.5)
    assert (said["unknown_types"], said["unknown_owners"]) == ({"Moon Dust": 1}, {"XYZ": 1})
    assert {"recorded": "street-services", "assigned": "city-311", "requests": 1} in said["confusion"]  # type: ignore[operator]
    assert evaluate(tmp_path / "export.csv", capsys, EXPORT)[1]["agency_match"] == 1.0


@pytest.mark.parametrize(
    ("text", "wrong", "said"),
    [
        (PLAIN, ("34.05", "north"), "row 2, column lat: 'north' is no number"),
        (PLAIN, ("34.05", "340"), "row 2, column lat: 340 is no number of degrees"),
        (PLAIN, ("2018-05-01 12", "2018-15-01 12"), "row 4, column created"),
        (PLAIN, ("Bulky Items", ""), "row 3, column type: is empty"),
        (PLAIN, ("type", "kind"), "needs the columns RequestType and Owner or type and dept"),
        (EXPORT, ("05/01", "31/31"), "row 2, column CreatedDate"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, wrong: tuple[str, str], said: str
) -> None:
    status, _, complaint = evaluate(tmp_path / "wrong.csv", capsys, text.replace(*wrong, 1))
    assert status == 1
    assert "wrong.csv" in complaint
    assert said in complaint


@pytest.mark.requirement("RTE-01", "RTE-02")
@pytest.mark.parametrize("path", RECORDS or [None], ids=lambda path: path.name if path else "absent")
def test_the_recorded_owner_is_named_for_ninety_nine_of_a_hundred(
    path: Path | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if path is None:
        pytest.skip("the city's records are not beside the project (../shared/data/la)")
    status, said, _ = evaluate(path, capsys)
    assert (status, said["unknown_types"], said["unknown_owners"]) == (0, {}, {})
    assert float(str(said["agency_match"])) >= 0.99
