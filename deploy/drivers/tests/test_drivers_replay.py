"""The importer takes every good row of an export, and names each row that it cannot take."""

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contracts.city import City, load_city
from contracts.event import open_envelope
from relay311_drivers.problems import DriverError
from relay311_drivers.replay.command import summary
from relay311_drivers.replay.endings import by_agency, record_of
from relay311_drivers.replay.export_file import choose_export, columns, read_export
from relay311_drivers.replay.ledger import Assigned, Ledger
from relay311_drivers.replay.rows import LegacyRow, Refused

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data" / "la"


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities" / "los-angeles")


GOOD = {
    "SRNumber": "1-1", "CreatedDate": "03/10/2018 11:30:00 PM", "UpdatedDate": "03/12/2018 09:00:00 AM",
    "ClosedDate": "03/12/2018 08:00:00 AM", "RequestType": "Graffiti Removal", "Owner": "OCB", "Status": "Closed",
    "RequestSource": "Call", "Anonymous": "N", "Address": "100 N ACORN ST", "Latitude": "34.05",
    "Longitude": "-118.25", "CD": "13", "NC": "44", "PolicePrecinct": "ACORN",
}  # fmt: skip


def write(path: Path, *changes: dict[str, str]) -> Path:
    """Write a made-up export: the good row, changed for each line and numbered unless a number is given."""
    rows = [GOOD | {"SRNumber": f"1-{at}"} | change for at, change in enumerate(changes, 1)]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, GOOD)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path, city: City, **options: Any) -> list[LegacyRow | Refused]:
    return list(read_export(path, choose_export(path, city), city, **options))


@pytest.mark.requirement("VOC-02")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"SRNumber": ""}, "missing_number"),
        ({"CreatedDate": ""}, "missing_date"),
        ({"CreatedDate": "2018-03-10"}, "bad_date"),
        ({"CreatedDate": "02/30/2018 11:30:00 PM"}, "bad_date"),
        ({"ClosedDate": "soon"}, "bad_date"),
        ({"ClosedDate": "03/10/2018 12:00:00 AM"}, "closed_before_opened"),
        ({"ClosedDate": "", "UpdatedDate": ""}, "missing_end"),
        ({"RequestType": "Dragon"}, "unknown_type"),
        ({"Owner": "NASA"}, "unknown_owner"),
        ({"Status": "Perhaps"}, "unknown_status"),
        ({"RequestSource": "Pigeon"}, "unknown_source"),
        ({"Latitude": "north"}, "bad_coordinates"),
        ({"Latitude": "134.05"}, "bad_value"),
    ],
)
def test_a_dirty_row_is_named_with_its_line_and_reason(
    tmp_path: Path, city: City, change: dict[str, str], reason: str
) -> None:
    first, second, third = read(write(tmp_path / "export.csv", {}, change, {}), city)
    assert isinstance(first, LegacyRow)
    assert isinstance(second, Refused)
    assert isinstance(third, LegacyRow)
    assert (second.line, second.reason) == (3, reason)
    assert second.detail


@pytest.mark.parametrize(("ending", "reason"), [(",more", "too_many_columns"), (None, "too_few_columns")])
def test_a_row_of_another_width_is_refused(tmp_path: Path, city: City, ending: str | None, reason: str) -> None:
    path = write(tmp_path / "export.csv", {})
    text = path.read_text().rstrip()
    path.write_text(text + ending if ending else text.rsplit(",", 1)[0])
    (row,) = read(path, city)
    assert isinstance(row, Refused)
    assert row.reason == reason


@pytest.mark.requirement("CH-10", "SS-04")
def test_a_good_row_becomes_a_report_on_its_own_clock(tmp_path: Path, city: City) -> None:
    (row,) = read(write(tmp_path / "export.csv", {}), city)
    assert isinstance(row, LegacyRow)
    assert row.opened_at.isoformat() == "2018-03-11T07:30:00+00:00"  # Pacific standard time, the night clocks change
    assert row.ended_at is not None
    assert row.ended_at.isoformat() == "2018-03-12T15:00:00+00:00"  # and daylight time after it
    assert (row.owner, row.outcome, row.triaged) == ("community-beautification", "closed", False)
    report = row.report
    assert (report.clock, report.requested_at, report.external_id) == ("event", row.opened_at, "1-1")
    assert report.submission_key == "myla311:1-1"
    assert report.place.area == {
        "council_district": "13",
        "neighborhood_council": "44",
        "police_precinct": "ACORN",
    }
    assert report.reporter is not None
    assert report.reporter.email == "resident-1-1@example.org"


def test_an_anonymous_report_stays_anonymous_and_another_run_makes_other_keys(tmp_path: Path, city: City) -> None:
    (row,) = read(write(tmp_path / "export.csv", {"Anonymous": "Y"}), city, run="again")
    assert isinstance(row, LegacyRow)
    assert row.report.reporter is None
    assert row.report.submission_key == "myla311:again:1-1"


def test_limit_counts_rows_of_the_file(tmp_path: Path, city: City) -> None:
    path = write(tmp_path / "export.csv", {}, {"Owner": "?"}, {}, {})
    assert len(read(path, city, limit=2)) == 2


def test_an_unknown_format_says_what_is_missing(tmp_path: Path, city: City) -> None:
    path = tmp_path / "export.csv"
    path.write_text("id,date\n1,2\n")
    with pytest.raises(DriverError, match="SRNumber"):
        choose_export(path, city)
    with pytest.raises(DriverError, match="cannot be opened"):
        choose_export(tmp_path / "absent.csv", city)


IDS = ("0190b0a2-0000-7000-8000-000000000001", "0190b0a2-0000-7000-8000-000000000002")


def filled(tmp_path: Path, city: City, *changes: dict[str, str]) -> Ledger:
    ledger = Ledger(tmp_path)
    for row in read(write(tmp_path / "export.csv", *changes), city):
        assert isinstance(row, LegacyRow)
        ledger.add(row)
    return ledger


def request_id(at: int) -> str:
    return f"0190b0a2-0000-7000-8000-00000000000{at}"


def test_rows_are_played_in_order_of_their_time_whatever_the_files_order(tmp_path: Path, city: City) -> None:
    early, late = {"CreatedDate": "03/01/2018 01:00:00 AM"}, {"CreatedDate": "03/11/2018 01:00:00 AM"}
    ledger = filled(tmp_path, city, late, early, {})
    assert [number for batch in ledger.in_order(2) for _, number, _ in batch] == ["1-2", "1-3", "1-1"]


def test_a_second_row_of_a_number_is_not_taken(tmp_path: Path, city: City) -> None:
    ledger = filled(tmp_path, city, {})
    (again,) = read(tmp_path / "export.csv", city)
    assert isinstance(again, LegacyRow)
    assert not ledger.add(again)


@pytest.mark.requirement("CLO-08")
def test_endings_follow_the_record_and_are_the_same_each_time(tmp_path: Path, city: City) -> None:
    ledger = filled(tmp_path, city, {}, {"Status": "Cancelled"}, {"Status": "Referred Out"}, {"Status": "Open"})
    ledger.created((request_id(at), f"T-{at}", f"1-{at}") for at in range(1, 5))
    ledger.assigned([Assigned(request_id(9 - at), request_id(at), "parks", 1, None) for at in range(1, 5)])
    (endings,) = list(ledger.endings(10))
    assert Counter(e.outcome for e in endings) == {"closed": 1, "cancelled": 1, "referral": 1}
    reported = by_agency(endings)["parks"]
    assert [e.outcome for e in sorted(reported)] == ["closed", "referral"]
    for ending in reported:
        key, value = record_of(ending)
        assert (key, value) == record_of(ending)
        envelope = open_envelope(value)
        assert (envelope.clock, envelope.source) == ("event", "/relay311/agency.parks")
        assert envelope.time.isoformat() == ending.ended
    ledger.heard("closed", [request_id(1), request_id(2)])
    assert [e.outcome for batch in ledger.endings(10) for e in batch] == ["referral"]


@pytest.mark.requirement("OPS-10")
def test_the_summary_accounts_for_every_row(tmp_path: Path, city: City) -> None:
    ledger = filled(tmp_path, city, {}, {"RequestType": "Other", "Owner": "ITA"}, {"Status": "Referred Out"})
    ledger.refuse(Refused(9, "", "missing_number", "column SRNumber is empty"))
    ids = [request_id(at) for at in range(1, 4)]
    ledger.created((one, "T", f"1-{at}") for at, one in enumerate(ids, 1))
    agencies = ("community-beautification", "city-311", "sanitation")
    firsts = [Assigned(request_id(at + 3), ids[at - 1], slug, 1, None) for at, slug in enumerate(agencies, 1)]
    ledger.assigned([*firsts, Assigned(request_id(7), ids[2], "community-beautification", 2, request_id(6))])
    for what, known in (("promised", ids), ("closed", ids[:2]), ("referred", ids[2:]), ("told", ids[:2])):
        ledger.heard(what, known)
    ledger.messages([("i-1", ids[0]), ("i-2", ids[0]), ("i-1", ids[0]), ("i-3", "another request")])
    said = summary(4, ledger.counts(), ledger, parked=0)
    assert said == {
        "submitted": 4, "created": 3, "assigned": 3, "promised": 3, "closed": 2, "referred": 1, "open": 0,
        "messages": 2, "refused": {"missing_number": 1}, "parked": 0, "unrouted": 0, "agency_match": 0.6667,
        "agency_match_without_other": 0.5, "complete": True,
    }  # fmt: skip
    assert not summary(4, ledger.counts(), ledger, parked=1)["complete"]
    assert not summary(5, ledger.counts(), ledger, parked=0)["complete"]


def test_triage_is_asked_only_for_what_nobody_has(tmp_path: Path, city: City) -> None:
    ledger = filled(tmp_path, city, {}, {"RequestType": "Other", "Owner": "ITA"})
    ledger.created([(request_id(1), "T", "1-1"), (request_id(2), "T", "1-2")])
    assert ledger.unassigned(triaged=True, limit=9) == [(request_id(2), "1-2", "city-311")]
    ledger.assigned([Assigned(request_id(5), request_id(2), "city-311", 1, None)])
    assert ledger.unassigned(triaged=True, limit=9) == []


@pytest.mark.parametrize("name", ["la311_2017_subset.csv", "la311_2018_mini_v2.csv"])
def test_every_row_of_a_real_export_is_taken_or_named(city: City, name: str) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not here: the city's export is never part of the project")
    rows = read(DATA / name, city)
    assert len(rows) in {9_999, 10_000}
    reasons = Counter(row.reason for row in rows if isinstance(row, Refused))
    assert set(reasons) == {"closed_before_opened"}
    assert reasons.total() < 48


def test_the_columns_needed_leave_out_what_may_be_missing(city: City) -> None:
    needed = columns(city.imports["myla311"])
    assert "ServiceDate" not in needed
    assert "CD" not in needed
    assert {"SRNumber", "Latitude"} <= needed
