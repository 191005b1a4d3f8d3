"""A service rebuilt from the log is the one that lived: after a day with disputes, referrals and late work."""

import sys
import time
from pathlib import Path

import pytest
from people import Life
from town import Town, eventually

sys.path.insert(0, str(Path(__file__).parents[1]))
from faults.rebuilding import rebuilt_equals_live

SERVICES = ("sla", "routing", "survey", "kb", "intake", "notify", "adapters")


@pytest.fixture(scope="module")
def lived(town: Town) -> Town:
    """Let a town live: the sample day, the demo, and a request that is late at once."""
    town.driver("demo")
    town.command("-m", "relay311_drivers", "sample-day")
    Life(town).report("dead-animal-removal").until(status="closed")
    return town


@pytest.mark.requirement("OPS-06")
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_rebuilt_from_offset_0_equals_the_one_that_lived(lived: Town, service: str) -> None:
    found = [rebuilt_equals_live(lived, service)]

    def equal() -> bool:
        """Look again: the town goes on living a little meanwhile."""
        if found[-1]:
            time.sleep(3)
            found.append(rebuilt_equals_live(lived, service))
        return not found[-1]

    eventually(equal, f"{service} rebuilt as it lived ({found[0]})", 150)
