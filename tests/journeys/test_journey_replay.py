"""A city's own export is played through the real platform: every row counts, once, whatever is killed meanwhile."""

import csv
import json
import os
import random
import subprocess
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from town import ROOT, Town

from contracts.topics import SERVICES

EXPORT = ROOT.parent / "shared" / "data" / "la" / "la311_2017_subset.csv"
ROWS = 150
TIME = "%m/%d/%Y %I:%M:%S %p"
FIELDS = (
    "SRNumber", "CreatedDate", "UpdatedDate", "ClosedDate", "RequestType", "Owner", "Status", "RequestSource",
    "Anonymous", "Address", "Latitude", "Longitude", "CD", "NC", "NCName", "PolicePrecinct",
)  # fmt: skip
TYPES = (("Bulky Items", "BOS"), ("Graffiti Removal", "OCB"), ("Dead Animal Removal", "BOS"), ("Other", "ITA"))
DIRTY: tuple[tuple[dict[str, str], str], ...] = (
    ({"CreatedDate": "2018-03-10"}, "bad_date"),
    ({"ClosedDate": "01/01/2001 08:00:00 AM", "Status": "Closed"}, "closed_before_opened"),
    ({"RequestType": "Dragon"}, "unknown_type"),
    ({"SRNumber": ""}, "missing_number"),
    ({"SRNumber": "1-1000"}, "repeated_number"),
    ({"SRNumber": "1-1001"}, "repeated_number"),
)
"""Rows that cannot be taken, and the reasons that must be told."""


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make up an export of 150 rows, the dirty ones among them, in the city's format."""
    chance, path = random.Random(311), tmp_path_factory.mktemp("export") / "export.csv"
    rows = [made_up(chance, at) for at in range(ROWS)]
    for at, (change, _) in enumerate(DIRTY):
        rows[20 * at + 19] |= change
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def made_up(chance: random.Random, at: int) -> dict[str, str]:
    """Make up one past request."""
    opened = datetime(2018, 3, 1, 8, tzinfo=UTC) + timedelta(minutes=37 * at)
    status = chance.choices(("Closed", "Cancelled", "Referred Out", "Open"), (85, 4, 3, 8))[0]
    ended = opened + timedelta(hours=chance.randint(1, 200))
    kind, owner = chance.choices(TYPES, (50, 30, 15, 5))[0]
    return {
        "SRNumber": f"1-{1000 + at}",
        "CreatedDate": opened.strftime(TIME),
        "UpdatedDate": ended.strftime(TIME),
        "ClosedDate": ended.strftime(TIME) if status == "Closed" else "",
        "RequestType": kind,
        "Owner": owner,
        "Status": status,
        "RequestSource": chance.choice(("Call", "Mobile App", "Self Service")),
        "Anonymous": chance.choice("YN"),
        "Address": f"{100 + at} N ACORN ST",
        "Latitude": f"{34.05 + at / 10_000:.5f}",
        "Longitude": "-118.25",
        "CD": str(1 + at % 15),
        "NC": "11",
        "NCName": "ACORN NC",
        "PolicePrecinct": "ACORN",
    }


def expected(path: Path) -> dict[str, Any]:
    """Count what must come of an export, from its rows alone."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    dirty = {20 * at + 19 for at in range(len(DIRTY))}
    good = Counter(row["Status"] for at, row in enumerate(rows) if at not in dirty)
    return {
        "submitted": ROWS,
        "created": good.total(),
        "assigned": good.total(),
        "promised": good.total(),
        "closed": good["Closed"] + good["Cancelled"],
        "referred": good["Referred Out"],
        "open": good["Open"],
        "refused": dict(Counter(reason for _, reason in DIRTY)),
        "parked": 0,
        "unrouted": 0,
        "complete": True,
    }


def counted(said: dict[str, Any], *more: str) -> dict[str, Any]:
    """Keep what may not change."""
    return {name: said[name] for name in (*KEPT, *more)}


KEPT = (
    "submitted", "created", "assigned", "promised", "closed", "referred", "open", "refused", "parked", "unrouted",
    "complete",
)  # fmt: skip


@pytest.mark.requirement("OPS-10", "VOC-02", "CLO-08")
def test_every_row_of_an_export_is_played_or_named(town: Town, export: Path) -> None:
    run = os.urandom(4).hex()
    first = town.driver("replay", str(export), "--run", run)
    print(f"{ROWS} rows in {first['seconds']} s")
    assert counted(first) == expected(export)
    assert first["messages"] >= first["closed"]
    created = len(town.events("request.created"))
    again = town.driver("replay", str(export), "--run", run)
    assert counted(again, "messages") == counted(first, "messages")
    assert len(town.events("request.created")) == created, "played again, nothing is made anew"


@pytest.mark.requirement("OPS-06", "OPS-10")
def test_killing_a_service_during_a_replay_changes_no_count(town: Town, export: Path) -> None:
    service, before = random.choice(SERVICES), len(town.events("request.created"))
    playing = town.start("-m", "relay311_drivers", "replay", str(export), "--run", os.urandom(4).hex())
    killed = kill_in_the_middle(town, playing, service, before)
    said, complained = playing.communicate(timeout=240)
    assert playing.returncode == 0, f"{service} was killed: {said}{complained}"
    assert counted(json.loads(said.splitlines()[-1])) == expected(export), f"{service} was killed"
    assert town.until_back(service, killed).restarts >= 1


def kill_in_the_middle(town: Town, playing: subprocess.Popen[str], service: str, before: int) -> int:
    """Kill a service as soon as the replay has made requests, some `before` it were there."""
    while len(town.events("request.created")) == before:
        assert playing.poll() is None, f"the replay ended early: {playing.communicate()}"
        time.sleep(0.1)
    return town.kill(service)


@pytest.mark.requirement("OPS-10", "RTE-01")
def test_the_citys_real_export_finds_its_recorded_owners(town: Town) -> None:
    if not EXPORT.exists():
        pytest.skip(f"{EXPORT.name} is not here: the city's export is never part of the project")
    said = town.driver("replay", str(EXPORT), "--limit", "300")
    print(
        {name: said[name] for name in ("created", "refused", "agency_match", "agency_match_without_other", "seconds")}
    )
    assert said["complete"]
    assert said["submitted"] == 300 == said["created"] + sum(said["refused"].values())
    assert said["agency_match"] >= 0.95
