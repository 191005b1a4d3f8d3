"""The measuring commands say what is wrong with a file that they cannot use."""

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
    ):
        assert evaluate(arguments) == 1
        told = capsys.readouterr()
        assert expected in told.err
        assert told.out == ""
