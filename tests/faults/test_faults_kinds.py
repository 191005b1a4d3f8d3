"""The tables of kinds and points are whole: each failpoint is struck at, each kind is described."""

from pathlib import Path

from chassis.failpoints import POINTS
from faults.kills import WHERE
from faults.nemesis import KINDS, LASTING
from faults.played import SERVICES


def test_every_failpoint_is_struck_at_where_services_pass_it() -> None:
    assert WHERE.keys() == POINTS.keys()
    assert {service for services in WHERE.values() for service in services} <= set(SERVICES)


def test_every_kind_is_described() -> None:
    said = (Path(__file__).parent / "README.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in said] == []
    assert LASTING.keys() <= KINDS.keys()
