"""A short storm: each kind of kill, spoiled and repeated records, mail refused, and the ledger's verdict."""

import pytest

from faults.invariants import judge
from faults.storm import own_stage, storm
from relay311_local.testing import open_folder

_KINDS = (
    "kill_service",
    "kill_broker",
    "kill_postgres",
    "failpoint",
    "lost_commit",
    "lost_produce",
    "poison",
    "wrong_key",
    "unknown_field",
    "duplicates",
    "refuse_mail",
    "webhook_error",
)


@pytest.mark.slow
@pytest.mark.timeout(420)
@pytest.mark.requirement("OPS-06", "OPS-04")
async def test_a_short_storm_loses_and_doubles_nothing() -> None:
    with open_folder() as folder, own_stage(folder) as stage:
        case, _ = await storm(stage, seed=311, seconds=15, only=_KINDS)
    assert judge(case)[:10] == []
    assert {"kill_service", "kill_broker", "kill_postgres"} <= {fault.kind for fault in case.faults if fault.fired}
