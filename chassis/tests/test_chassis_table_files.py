"""A table is read the same whatever file it stands in, and a file that is none is refused by name."""

import gzip
from pathlib import Path

import duckdb
import pytest

from chassis.table_files import read_rows

ROWS = [{"name": "Ana", "born": "2001-02-03 04:05:06", "size": ""}, {"name": "Ben, O.", "born": "", "size": "1.5"}]
TEXT = 'name,born,size\nAna,2001-02-03 04:05:06,\n"Ben, O.",,1.5\n'


def test_csv_gzip_and_parquet_hold_the_same_rows(tmp_path: Path) -> None:
    plain, packed, columns = tmp_path / "a.csv", tmp_path / "a.csv.gz", tmp_path / "a.parquet"
    plain.write_text("\ufeff" + TEXT, "utf-8")
    packed.write_bytes(gzip.compress(TEXT.encode()))
    duckdb.sql(
        "SELECT * FROM (VALUES ('Ana', TIMESTAMP '2001-02-03 04:05:06', NULL), ('Ben, O.', NULL, 1.5::DOUBLE))"
        " AS t(name, born, size)"
    ).write_parquet(str(columns))
    for path in (plain, packed, columns):
        assert list(read_rows(path, ("name", "size"))) == ROWS


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_column_that_is_missing_is_named_with_those_there_are(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    duckdb.sql("SELECT 'Ana' AS name").write_parquet(str(path)) if name.endswith("parquet") else path.write_text(
        "name\n"
    )
    with pytest.raises(ValueError, match=rf"{name} has no column age; it has name\."):
        next(read_rows(path, ("age",)))


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    for name, said in (
        ("b.csv", "no CSV file in UTF-8"),
        ("b.csv.gz", "no CSV file"),
        ("b.parquet", "no Parquet file"),
    ):
        path = tmp_path / name
        path.write_bytes(b"\xff\xfe\x00nothing")
        with pytest.raises(ValueError, match=said):
            list(read_rows(path))
    for name in ("none.csv", "none.parquet"):
        with pytest.raises(FileNotFoundError):
            list(read_rows(tmp_path / name))


def test_an_empty_file_has_no_rows_and_no_columns(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    assert list(read_rows(path)) == []
    with pytest.raises(ValueError, match="it has none"):
        list(read_rows(path, ("name",)))
