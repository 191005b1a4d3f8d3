"""The reader of words learns on a running platform from all that its town settled: a town of its own, without a past.

Beside other journeys' requests these would be few, and how sure the reader is would hang on who came before. And
hundreds of closings alike are more than a town lets through without a second person: who came after would wait.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import pytest
from people import Life
from test_journey_desk import reported
from town import Town, eventually

OWN: Final = {"graffiti-removal": "kribbet wonse", "dead-animal-removal": "prindle askew"}
"""What people of this town call things: no catalog has these words."""
SWAPPED: Final = dict(zip(OWN, reversed(OWN.values()), strict=True))
_TRAIN: Final = ("-m", "relay311_local.service_command", "--module", "evaluating", "routing", "train")


def settle(town: Town, words: dict[str, str], first: int, count: int) -> None:
    """Let requests be reported in a town's own words, each a little differently, and wait for nearly all closings."""
    lives: Sequence[Life] = [
        Life(town).report(service, description=f"{said} {_spelled(number)}")
        for number in range(first, first + count)
        for service, said in words.items()
    ]
    waiting = {life.request_id for life in lives}

    def closed() -> bool:
        waiting.difference_update(event["request_id"] for event in town.events("request.closed"))
        return len(waiting) <= len(lives) // 10

    eventually(closed, f"nine of ten closings of {len(lives)}", 120)


def _spelled(number: int) -> str:
    """Spell a number with letters, so that each text says something of its own."""
    return " ".join("abcdefghij"[int(digit)] * 4 for digit in f"{number:03}")


def train(town: Town) -> dict[str, Any]:
    """Run `make train`'s command; what it says last."""
    said: dict[str, Any] = json.loads(town.command(*_TRAIN).splitlines()[-1])
    return said


@pytest.mark.requirement("RTE-05", "RTE-03")
def test_a_towns_settled_requests_teach_the_reader_and_a_worse_one_is_refused(new_town: Town) -> None:
    town = new_town
    settle(town, OWN, 0, 40)
    first = train(town)
    assert (first["verdict"], first["against"]) == ("better", 0), first
    path = town.url("routing", f"/reader/versions/{first['version']}/use")
    assert town.ask("POST", path, role="supervisor").status_code == 200
    made = reported(town, f"{OWN['graffiti-removal']} {_spelled(900)}", "reader@example.org")
    assigned = eventually(lambda: town.events("request.assigned", made["request_id"]), "its assignment")[0]
    assert (assigned["cause"], assigned["agency"]) == ("reading", "community-beautification")
    settle(town, SWAPPED, 100, 45)  # settled wrongly for a while; the latest fifth, rightly again, judges
    settle(town, OWN, 200, (first["examples"] + 90) // 8 + 5)
    second = train(town)
    assert (second["verdict"], second["against"]) == ("worse", first["version"]), second
    refused = town.ask("POST", town.url("routing", f"/reader/versions/{second['version']}/use"), role="supervisor")
    assert (refused.status_code, "was refused" in refused.json()["detail"]) == (409, True)
    assert town.ask("POST", town.url("routing", "/reader/versions/0/use"), role="supervisor").status_code == 200
