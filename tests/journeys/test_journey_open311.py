"""Open311 on the running platform: a client written by others, unchanged, over the real protocol."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from georeport import GeoReport
from town import Town, eventually

REPORT = {
    "service_code": "graffiti-removal", "address_string": "100 W 1st St", "lat": "34.05", "long": "-118.24",
    "description": "Paint on the wall.", "email": "open311@example.org",
}  # fmt: skip


def made(town: Town, fmt: str, **fields: str) -> str:
    """Make a request in a format, as any client does: a form posted."""
    key = town.command("-m", "relay311_drivers", "open311-key", "--owner", "A journey").split()[-1]
    form = REPORT | fields | {"api_key": key}
    answer = town.ask("POST", town.url("intake", f"/open311/v2/requests.{fmt}"), data=form)
    assert answer.status_code == 200, answer.text
    if fmt == "json":
        return str(answer.json()[0]["service_request_id"])
    return str(ET.fromstring(answer.content).findtext("request/service_request_id"))  # noqa: S314 - our own answer


@pytest.mark.requirement("CH-13", "CH-20")
@pytest.mark.parametrize("fmt", ["json", "xml"])
def test_a_client_written_by_others_follows_a_request_to_its_end(town: Town, fmt: str) -> None:
    client = GeoReport(town.url("intake", "/open311/v2/"), town.city.profile.jurisdiction_id, output_format=fmt)
    codes = [service["service_code"] for service in client.get_service_list()]
    assert codes == [service.code for service in town.city.services.values() if service.enabled]
    assert client.get_service_definition("graffiti-removal")["service_code"] == "graffiti-removal"
    number = made(town, fmt)
    assert client.get_service_request(number)["status"] in {"open", "closed"}
    assert number in _numbers(client.get_service_requests())
    assert number in _numbers(client.get_service_requests(service_request_id=f"{number},none"))
    closed = eventually(lambda: _closed(client, number), "the closing by its agency", 90)
    assert closed["status_notes"]
    assert [created["about"]["channel"] for created in town.events("request.created", _id(town, number))] == ["open311"]


def _numbers(found: Any) -> list[str]:
    """List numbers; the client gives a lone request of its XML without a list."""
    return [request["service_request_id"] for request in (found if isinstance(found, list) else [found])]


def _closed(client: GeoReport, number: str) -> dict[str, Any] | None:
    found: dict[str, Any] = client.get_service_request(number)
    return found if found["status"] == "closed" else None


def _id(town: Town, number: str) -> str:
    return str(town.ask("GET", town.url("intake", f"/requests/{number}")).json()["request_id"])
