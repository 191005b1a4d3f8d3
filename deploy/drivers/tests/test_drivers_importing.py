"""Moving in: what was known is passed over, dirty rows are reported, and a kill in the middle loses nothing."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.city import City, load_city
from relay311_drivers.importing.command import books, summary, write_report
from relay311_drivers.importing.mapping import with_mapping
from relay311_drivers.importing.mover import Loaded, load
from relay311_drivers.problems import DriverError
from relay311_drivers.progress import Progress
from relay311_drivers.replay.export_file import choose_export, read_export
from relay311_drivers.replay.ledger import Ledger

ROOT = Path(__file__).resolve().parents[3]
HEADER = (
    "SRNumber", "CreatedDate", "UpdatedDate", "ClosedDate", "RequestType", "Owner", "Status", "RequestSource",
    "Anonymous", "Address", "Latitude", "Longitude",
)  # fmt: skip
DAYS = ("03/10/2018 11:30:00 PM", "03/12/2018 09:00:00 AM", "03/12/2018 08:00:00 AM")
REST = ("OCB", "Closed", "Call", "N", "100 N ACORN ST", "34.05", "-118.25")


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities" / "los-angeles")


def export(path: Path, *rows: tuple[str, str]) -> Path:
    """Write a made-up export of (number, type)."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *((number, *DAYS, kind, *REST) for number, kind in rows)])
    return path


def read_into(ledger: Ledger, path: Path, city: City) -> Loaded:
    return load(ledger, read_export(path, choose_export(path, city), city), Progress())


def bodies(ledger: Ledger) -> list[bytes]:
    return [body for batch in ledger.in_order(100) for _, _, body in batch]


@pytest.mark.requirement("SS-04")
def test_dirty_rows_are_reported_and_known_ones_passed_over(tmp_path: Path, city: City) -> None:
    rows = [("1-1", "Graffiti Removal"), ("1-2", "Dragon"), ("1-1", "Graffiti Removal"), ("1-3", "Bulky Items")]
    file = export(tmp_path / "old.csv", *rows)
    with books(tmp_path / "books") as ledger:
        assert read_into(ledger, file, city) == Loaded(rows=4, new=2, known=0)
        write_report(tmp_path / "report.csv", ledger.refused())
        assert b'"external_id":"1-1"' in b"".join(bodies(ledger))
        assert b"example.org" not in b"".join(bodies(ledger))
        ledger.created([("r1", "T-1", "1-1")])
        with pytest.raises(DriverError, match="Another import"), books(tmp_path / "books"):
            pass
    with (tmp_path / "report.csv").open() as report:
        assert [(row["line"], row["reason"]) for row in csv.DictReader(report)] == [
            ("3", "unknown_type"), ("4", "repeated_number"),
        ]  # fmt: skip
    with books(tmp_path / "books") as ledger:
        assert read_into(ledger, file, city) == Loaded(rows=4, new=0, known=2)
        assert len(bodies(ledger)) == 1, "what was taken is not sent again"
        later = export(tmp_path / "later.csv", ("1-3", "Bulky Items"), ("1-4", "Bulky Items"))
        assert read_into(ledger, later, city) == Loaded(rows=2, new=1, known=1)
        said = summary(Loaded(), ledger.counts(), ledger, tmp_path)
        assert (said["requests"], said["complete"], said["not_taken"]) == (1, False, {})


def test_books_survive_a_kill_in_the_middle(tmp_path: Path, city: City) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from relay311_drivers.importing.command import books\n"
        "with books(Path(sys.argv[1])) as ledger:\n"
        "    ledger._db.execute('BEGIN')\n"
        "    for n in range(5000): ledger._db.execute('INSERT INTO heard VALUES (?, ?)', ('closed', f'half-{n}'))\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    file = export(tmp_path / "old.csv", ("1-1", "Graffiti Removal"), ("1-2", "Bulky Items"))
    with books(tmp_path / "books") as ledger:
        read_into(ledger, file, city)
        ledger.created([("r1", "T-1", "1-1")])
        ledger.heard("closed", ["r1"])
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path / "books")], check=False)
    assert killed.returncode == -9
    with books(tmp_path / "books") as ledger:
        assert (len(bodies(ledger)), ledger.counts().created, ledger.counts().closed) == (1, 1, 1)
        assert read_into(ledger, file, city).known == 2


def test_a_mapping_of_ones_own_is_read_and_checked_against_the_city(tmp_path: Path, city: City) -> None:
    text = (ROOT / "cities" / "los-angeles" / "imports" / "myla311.yaml").read_text()
    good, bad, broken = (tmp_path / name for name in ("good.yaml", "bad.yaml", "broken.yaml"))
    good.write_text(text.replace("name: myla311", "name: ours"))
    bad.write_text(text.replace("Other: other", "Other: dragons"))
    broken.write_text("name: ours\n")
    assert with_mapping(city, str(good))[1] == "ours"
    assert with_mapping(city, None) == (city, None)
    for path, why in ((bad, "dragons"), (broken, "cannot be used")):
        with pytest.raises(DriverError, match=why):
            with_mapping(city, str(path))
