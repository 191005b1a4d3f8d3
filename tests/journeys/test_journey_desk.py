"""The triage desk on the running platform: what is not the city's ends with number and hours, in the reader's words."""

from typing import Any

import pytest
from town import Town, eventually


def reported(town: Town, words: str, email: str, language: str = "es") -> dict[str, Any]:
    """Report something that no service is named for."""
    body = {
        "service_code": "other",
        "description": words,
        "place": {"address": "200 N Spring St"},
        "reporter": {"email": email, "language": language},
    }
    answer = town.ask("POST", town.url("intake", "/requests"), json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def waits(town: Town, request_id: str) -> dict[str, Any]:
    """Wait until the desk has it."""

    def found() -> dict[str, Any] | None:
        queue = town.ask("GET", town.url("routing", "/triage?limit=1000"), role="agent").json()["requests"]
        return next((one for one in queue if one["request_id"] == request_id), None)

    return eventually(found, f"{request_id} at the triage desk")


def divert(town: Town, request_id: str, **body: str) -> dict[str, Any]:
    """Send it elsewhere."""
    path = town.url("routing", f"/triage/{request_id}/divert")
    answer = town.ask("POST", path, role="agent", json=body)
    assert answer.status_code == 200, answer.text
    sent: dict[str, Any] = answer.json()
    return sent


@pytest.mark.requirement("RTE-16", "CAT-25", "RTE-08", "CLO-03")
def test_what_belongs_to_211_ends_with_its_number_and_hours_in_the_residents_language(town: Town) -> None:
    email = "desk-211@example.org"
    made = reported(town, "No tenemos comida en casa", email)
    waits(town, made["request_id"])
    before = town.ask("GET", town.url("routing", "/transfers"), role="analyst").json()
    sent = divert(town, made["request_id"], to="social-services-211", reason="social-help")
    assert (sent["phone"], sent["hours"], sent["disposition"]) == ("211", "24/7", "not_our_jurisdiction")
    page = town.url("intake", f"/requests/{made['tracking_number']}")
    shown = eventually(
        lambda: view if (view := town.ask("GET", page).json())["status"] == "closed" else None, "the closing"
    )
    assert "El número es 211; atienden a toda hora" in shown["explanation"]["es"]
    assert "The number is 211, answered at any hour" in shown["explanation"]["en"]
    said = "El número es 211"
    eventually(
        lambda: [m for m in town.mails(email) if said in " ".join(m["text"].split())], "the mail with the number"
    )
    after = town.ask("GET", town.url("routing", "/transfers"), role="analyst").json()
    assert after["requests_diverted"] == before["requests_diverted"] + 1


@pytest.mark.requirement("CLO-07", "RTE-07", "STA-08")
def test_what_goes_to_a_desk_of_the_citys_own_stays_open_and_is_followed(town: Town) -> None:
    with town.agencies_asleep():
        made = reported(town, "Un coche sin placas lleva semanas en la calle", "desk-inside@example.org")
        waits(town, made["request_id"])
        sent = divert(town, made["request_id"], to="abandoned-vehicle-line", reason="specialists")
        assert (sent["agency"], sent["disposition"]) == ("transportation", None)
        page = town.url("intake", f"/requests/{made['tracking_number']}")
        shown = eventually(
            lambda: view if "assigned" in str((view := town.ask("GET", page).json())["timeline"]) else None, "its desk"
        )
        assert shown["status"] == "open"
        assert "de lunes a viernes" in str(shown["timeline"])
        assert town.events("request.closed", made["request_id"]) == []
