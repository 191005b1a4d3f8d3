"""Killing a service loses nothing: the supervisor starts it again, and requests go on."""

import pytest
from people import Life
from town import Town


@pytest.mark.requirement("OPS-06")
@pytest.mark.parametrize("service", ["routing", "intake"])
def test_a_killed_service_comes_back_and_takes_up_its_work(town: Town, service: str) -> None:
    before = Life(town).report("bulky-item-pickup")
    killed = town.kill(service)
    entry = town.until_back(service, killed)
    assert entry.restarts >= 1
    after = Life(town).report("bulky-item-pickup")
    for life in (before, after):
        life.until(status="closed")
        kinds = [entry["kind"] for entry in life.view()["timeline"]]
        assert (kinds.count("created"), kinds.count("closed")) == (1, 1)
        assert {"assigned", "promised"} <= set(kinds)
    assert town.ask("GET", town.url(service, "/health/ready")).json() == {"status": "ready"}
