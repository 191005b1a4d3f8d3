"""A knowledge base is read as its kind of files; what is passed over or cannot be read is named."""

from pathlib import Path

import pytest

from relay311_drivers.articles import read_files
from relay311_drivers.problems import DriverError


@pytest.mark.requirement("KB-02")
def test_a_folder_is_read_as_its_commonest_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.md").write_text("# Bees\n\nLeave them be.", "utf-8")
    (tmp_path / "deep" / "b.md").write_bytes("# Árboles\n\nAsí es.".encode("cp1252"))
    (tmp_path / "page.html").write_text("<h1>Owls</h1>", "utf-8")
    (tmp_path / "photo.jpg").write_bytes(b"x")
    kind, files = read_files(tmp_path)
    assert (kind, [file["name"] for file in files]) == ("markdown", ["a.md", "deep/b.md"])
    assert "Árboles" in files[1]["text"]
    assert "page.html: passed over" in capsys.readouterr().err


def test_what_cannot_be_imported_is_said(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match=r"is not there; say which file or folder with FROM="):
        read_files(tmp_path / "nothing")
    with pytest.raises(DriverError, match=r"holds no \.csv, \.md or \.html file"):
        read_files(tmp_path)
    (tmp_path / "a.csv").write_text("title,body\nBees,Leave them be.\n", "utf-8")
    with pytest.raises(DriverError, match=r"holds 31 bytes; import at most 10 at a time"):
        read_files(tmp_path, largest=10)
