"""The measuring commands: exact on made-up exports, blind to what came later, and clear about files they cannot use."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from sla.domain.dates import Dates
from sla.evaluating.__main__ import main as evaluate

START = datetime(2026, 1, 5, 9, 0)  # noqa: DTZ001 - as exports write their moments
DAY = timedelta(days=1)
DESK = Dates(
    ZoneInfo("UTC"),
    frozenset(range(5)),
    opens=time(8, 30),
    closes=time(17),
)

Row = Mapping[str, object]


def export(path: Path, rows: Iterable[Row]) -> Path:
    found = list(rows)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    assert evaluate([str(argument) for argument in arguments]) == 0, capsys.readouterr().err
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


def american(moment: datetime | None) -> str:
    return moment.strftime("%m/%d/%Y %I:%M:%S %p") if moment else ""


def took(days: Sequence[float | None], service: str = "Lamp") -> list[dict[str, object]]:
    """Return one request a row, opened one hour after the other."""
    rows = []
    for number, length in enumerate(days):
        opened = START + timedelta(hours=number)
        closed = None if length is None else opened + timedelta(days=length)
        rows.append({"SRNumber": number, "CreatedDate": american(opened), "ClosedDate": american(closed),
                     "RequestType": service, "CD": f"{number % 3}.0"})  # fmt: skip
    return rows


@pytest.mark.requirement("SLA-04")
def test_the_printed_method_ranks_all_opened_requests_and_keeps_parts_of_a_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = [0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 5.8, None, 90.0]
    slow = took([1.0, 1.0, 1.0, None, None], "Tree")
    path = export(tmp_path / "a.csv", [*took(quick), *slow])
    services = run(capsys, "days-to-close", path)["services"]
    assert (services["Lamp"]["opened"], services["Lamp"]["closed"], services["Lamp"]["days_80"]) == (10, 9, 5.8)
    assert (services["Tree"]["available"], services["Tree"]["days_80"]) == (False, None)
    one_in_three = run(capsys, "days-to-close", path, "--until", START + timedelta(hours=1))
    assert one_in_three["opened"] == 2


def test_a_parquet_file_with_other_names_reads_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.parquet"
    duckdb.sql(
        "COPY (SELECT TIMESTAMP '2026-01-05 09:00:00' + to_hours(i::INT) AS created,"
        " TIMESTAMP '2026-01-06 09:00:00' + to_hours(2 * i::INT) AS closed, 'Lamp' AS type FROM range(10) t(i))"
        f" TO '{path}' (FORMAT parquet)"
    )
    assert run(capsys, "days-to-close", path)["services"]["Lamp"]["days_80_exact"] == round(31 / 24, 5)


def cases(later: float) -> list[dict[str, object]]:
    """Return a hundred days of work, half of it done in two days; what was open at the cut took `later` more days."""
    return took([2.0 if number % 2 else 30.0 + later for number in range(2400)])


@pytest.mark.requirement("SLA-04", "SLA-13")
def test_a_forecast_knows_nothing_that_came_after_the_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cut = START + 25 * DAY
    said = []
    for later in (0, 60):
        path = export(tmp_path / f"{later}.csv", cases(later))
        found = run(capsys, "forecast", path, cut)["services"]["Lamp"]
        said.append([found[way][figure] for way in ("printed", "curve") for figure in ("available", "interval_days")])
    assert said[0] == said[1]
    assert said[0][0] == 0, "half are open at the cut, so the printed method must say nothing"
    assert said[0][2] == 1, "open requests are part of what the curve knows"


@pytest.mark.requirement("SLA-13")
def test_steady_work_is_covered_as_often_as_the_forecast_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = export(tmp_path / "a.csv", took([0.05 * (7 * number % 100 + 1) for number in range(2400)]))
    found = run(capsys, "forecast", path, START + 60 * DAY)["overall"]
    for way in ("printed", "curve"):
        assert found[way]["coverage_80"] == pytest.approx(0.8, abs=0.05)
        assert found[way]["coverage_interval_80"] == pytest.approx(0.8, abs=0.07)
    assert found["curve"]["sharpness_days_80"] == pytest.approx(4.0, rel=0.08)


def dated(count: int) -> list[dict[str, object]]:
    rows = []
    for number in range(count):
        opened = START + timedelta(minutes=number * 377)
        aware = opened.replace(tzinfo=ZoneInfo("UTC"))
        rows.append({"created": opened, "type": "Pothole", "due": DESK.after(aware, 2 * DAY).replace(tzinfo=None)})
        rows.append({"created": opened, "type": "Rats", "due": opened + 30 * DAY})
    return rows


@pytest.mark.requirement("SLA-03")
def test_recorded_due_dates_are_found_to_follow_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = export(tmp_path / "a.csv", dated(200))
    found = run(capsys, "targets", path)
    assert found["desk"] == {"working_days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "opens": "08:30", "closes": "17:00"}
    assert {name: (x["rule"]["unit"], x["rule"]["amount"]) for name, x in found["services"].items()} == {
        "Pothole": ("business_dates", 2),
        "Rats": ("calendar_days", 30),
    }
    assert found["reproduced"] == 1


RULES = """
calendar: {working_days: [Mon, Tue, Wed, Thu, Fri], opens: "08:30", closes: "17:00", holidays: [], source: made up}
targets:
  Pothole: {amount: %s, unit: business_dates}
"""


def test_given_rules_are_tried_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, rules = export(tmp_path / "a.csv", dated(50)), tmp_path / "rules.yaml"
    for amount, share in ((2, 1.0), (3, 0.0)):
        rules.write_text(RULES % amount)
        found = run(capsys, "targets", path, "--rules", rules)
        assert (found["tested"], found["reproduced"]) == (50, share)


GOOD = "created,closed,due,type\n2026-01-05,2026-01-06,2026-01-07,Lamp\n"
BAD: dict[str, tuple[str, bytes]] = {
    "has no column for service": ("a.csv", b"created,closed,due\n2026-01-05,,\n"),
    "has no column for closed": ("a.csv", b"created,type\n2026-01-05,Lamp\n"),
    "row 2, column closed: 'soon' is no date": ("a.csv", (GOOD + "2026-01-05,soon,,Lamp\n").encode()),
    "row 2, column created: is empty": ("a.csv", (GOOD + ",,,Lamp\n").encode()),
    "row 2: has fewer fields": ("a.csv", (GOOD + "2026-01-05\n").encode()),
    "holds no rows": ("a.csv", b"created,closed,type\n"),
    "no CSV file": ("a.csv", b"\xff\xfe\x00\x81" * 9),
    "no Parquet file": ("a.parquet", b"PAR1 or not"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_file_that_cannot_be_used_is_named_with_its_fault(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content = BAD[fault]
    path = tmp_path / name
    path.write_bytes(content)
    for arguments in (["days-to-close", str(path)], ["forecast", str(path), "2026-01-06"]):
        assert evaluate(arguments) == 1
        told = capsys.readouterr()
        assert fault in told.err
        assert told.out == ""


def test_what_the_commands_need_beside_the_rows_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, rules = tmp_path / "a.csv", tmp_path / "rules.yaml"
    path.write_text(GOOD)
    rules.write_text("targets: {Lamp: {amount: 2, unit: moons}}\n")
    for arguments, fault in (
        (["forecast", path, "2026-01-06"], "No request was opened at or after the cut"),
        (["forecast", path, "2026-01-05"], "No request was opened before the cut"),
        (["days-to-close", path, "--since", "2026-02-01"], "No request was opened in that period"),
        (["targets", path, "--rules", rules], "rules.yaml:1: targets.Lamp.unit: must be one of"),
        (["targets", path, "--zone", "Nowhere"], "No time zone found with key Nowhere"),
        (["days-to-close", tmp_path / "gone.csv"], "No such file"),
    ):
        assert evaluate([str(argument) for argument in arguments]) == 1
        assert fault in capsys.readouterr().err
    assert evaluate(["weather"]) == 2
