"""Open311 as the standard has it: every call in both formats, its errors, and its extensions."""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4
from xml.etree import ElementTree as ET

import pytest

from chassis.testing import Bench
from contracts.intake import RequestClosed, RequestCreated
from contracts.kb import ArticlePublished
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause, Channel, Operator
from intake.app import build
from intake.domain.open311.statuses import ENDED, FINER, STEPS, finer_status
from intake.domain.open311.views import UPDATE_KINDS
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
V2 = "/open311/v2"
LIGHTS = "street-lighting"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
REPORT = {
    "service_code": "graffiti-removal", "lat": "34.05", "long": "-118.24", "address_string": "100 W 1st St",
    "email": "pat@example.org", "first_name": "Pat", "last_name": "Doe", "phone": "555-010-4477",
    "device_id": "tt222111", "account_id": "123456", "description": "Paint on the wall, call 555-010-4477.",
}  # fmt: skip
FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
]  # fmt: skip


class Client:
    """A client of the Open311 doors, in one format."""

    def __init__(self, bench: Bench, fmt: str, key: str) -> None:
        self.bench, self.fmt, self.key = bench, fmt, key

    async def get(self, path: str, status: int = 200, /, **query: Any) -> Any:
        answer = await self.bench.http.get(f"{path}.{self.fmt}", params=query)
        return self.read(answer, status)

    async def post(self, path: str, status: int = 200, /, **fields: Any) -> Any:
        form = {"api_key": self.key} | fields
        body = urlencode({name: value for name, value in form.items() if value is not None}, doseq=True)
        answer = await self.bench.http.post(f"{path}.{self.fmt}", content=body, headers=FORM)
        await self.bench.quiet()
        return self.read(answer, status)

    def read(self, answer: Any, status: int) -> Any:
        """Read both formats into one: JSON as it is, XML by the Spark convention backwards."""
        assert answer.status_code == status, answer.text
        if self.fmt == "json":
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            return answer.json()
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?>')
        return sparked(ET.fromstring(answer.content))  # noqa: S314 - our own answer

    async def make(self, **fields: Any) -> str:
        (made,) = await self.post(f"{V2}/requests", **(REPORT | fields))
        return str(made["service_request_id"])


LISTS = {"services", "attributes", "values", "service_requests", "service_request_updates", "errors", "endpoints",
         "formats", "notes", "areas", "external_ids", "categories", "facilities", "web_actions"}  # fmt: skip


def sparked(element: ET.Element) -> Any:
    if element.tag in LISTS:
        return [sparked(child) for child in element]
    return {**element.attrib, **{child.tag: sparked(child) for child in element}} if len(element) else element.text


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


async def make_key(bench: Bench, **given: Any) -> str:
    body = {"owner": "Fixit app"} | given
    answer = await bench.http.post("/open311/keys", json=body, headers=bench.token("operator"))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["api_key"])


@pytest.fixture(params=["json", "xml"])
async def client(bench: Bench, request: pytest.FixtureRequest) -> Client:
    return Client(bench, request.param, await make_key(bench, rate=1000))


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- reading the catalog ------------------------------------------------------------------------------------------


@pytest.mark.requirement("CH-13")
@pytest.mark.parametrize("path", ["/open311/discovery", f"{V2}/discovery"])
async def test_discovery_names_every_interface(client: Client, path: str) -> None:
    found = await client.get(path)
    assert list(found) == ["changeset", "contact", "key_service", "endpoints"]
    assert [list(endpoint) for endpoint in found["endpoints"]] == [
        ["specification", "url", "changeset", "type", "formats"]
    ] * 2
    assert found["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert found["endpoints"][0]["url"].endswith(V2)
    assert found["endpoints"][0]["formats"] == ["text/xml", "application/json"]


@pytest.mark.requirement("CH-15", "CAT-22")
async def test_every_service_of_the_catalog_is_listed(client: Client) -> None:
    services = await client.get(f"{V2}/services", jurisdiction_id="lacity.org")
    known = (await client.bench.http.get("/services")).json()["services"]
    assert [service["service_code"] for service in services] == [service["code"] for service in known]
    fields = ["service_code", "service_name", "description", "metadata", "type", "keywords", "group"]
    assert all(list(service) == fields and service["type"] == "realtime" for service in services)
    asking = {service["code"] for service in known if service["questions"]}
    assert {s["service_code"] for s in services if text(s["metadata"]) == "true"} == asking
    spanish = await client.get(f"{V2}/services", locale="es")
    assert spanish != services


async def test_a_definition_asks_in_order_and_offers_values(client: Client) -> None:
    known = (await client.bench.http.get("/services")).json()["services"]
    asked = next(s for s in known if any(q["options"] for q in s["questions"]))
    found = await client.get(f"{V2}/services/{asked['code']}")
    assert found["service_code"] == asked["code"]
    assert [text(attribute["order"]) for attribute in found["attributes"]] == [
        str(n) for n in range(1, len(asked["questions"]) + 1)
    ]
    for attribute, question in zip(found["attributes"], asked["questions"], strict=True):
        assert list(attribute)[:7] == [
            "variable", "code", "datatype", "required", "datatype_description", "order", "description",
        ]  # fmt: skip
        assert text(attribute["required"]) == text(question["required"] and not question["shown_when"])
        assert [v["key"] for v in attribute.get("values", [])] == [option["key"] for option in question["options"]]


# --- making requests ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("CH-13", "CH-20")
async def test_a_report_is_the_same_as_any_other_and_answered_with_number_and_words(client: Client) -> None:
    (made,) = await client.post(f"{V2}/requests", **REPORT, jurisdiction_id="lacity.org")
    assert list(made) == ["service_request_id", "service_notice", "account_id"]
    assert (made["account_id"], bool(made["service_notice"])) == ("123456", True)
    (created,) = client.bench.events("request.created", RequestCreated)
    assert created.about.tracking_number == made["service_request_id"]
    assert (created.about.channel, created.place.latitude) == (Channel.OPEN311, 34.05)
    assert created.about.contact_refs
    assert "4477" not in created.description
    public = (await client.bench.http.get(f"/requests/{made['service_request_id']}")).text
    assert "tt222111" not in public
    assert "123456" not in public


@pytest.mark.requirement("CH-10")
async def test_a_department_that_reports_by_its_own_key_is_the_operator(bench: Bench) -> None:
    await Client(bench, "json", await make_key(bench, agency=LIGHTS)).make()
    await Client(bench, "json", await make_key(bench)).make()
    made = bench.events("request.created", RequestCreated)
    assert {created.operator for created in made} == {Operator.OWN_DEPARTMENT, Operator.CITY_311}


async def test_answers_travel_as_attributes_one_or_several(client: Client) -> None:
    known = (await client.bench.http.get("/services")).json()["services"]
    for kind in ("singlevaluelist", "multivaluelist"):
        found = [(s, q) for s in known for q in s["questions"] if q["kind"] == kind and not q["personal"]]
        if not found:
            continue
        service, question = found[0]
        keys = [option["key"] for option in question["options"]]
        given = {f"attribute[{question['code']}]": keys[0]}
        if kind == "multivaluelist":
            given = {f"attribute[{question['code']}][]": keys[:2]}
        needed = {
            f"attribute[{q['code']}]": q["options"][0]["key"] if q["options"] else "3"
            for q in service["questions"] if q["required"] and q is not question
        }  # fmt: skip
        number = await client.make(service_code=service["code"], **needed, **given)
        (shown,) = await client.get(f"{V2}/requests/{quote(number)}", extensions="true")
        told = [a["code"] for a in shown["attributes"] if a["name"] == question["code"]]
        assert told == keys[: len(told)]
        assert len(told) == (2 if kind == "multivaluelist" else 1)


async def test_a_token_instead_of_a_number_when_asked(client: Client) -> None:
    (made,) = await client.post(f"{V2}/requests", **(REPORT | {"token": "true"}))
    assert "service_request_id" not in made
    (found,) = await client.get(f"{V2}/tokens/{made['token']}")
    assert list(found) == ["service_request_id", "token"]
    (shown,) = await client.get(f"{V2}/requests/{found['service_request_id']}")
    assert shown["service_code"] == "graffiti-removal"


async def test_a_place_may_be_an_address_id_and_an_empty_parameter_is_none(client: Client) -> None:
    place = {"lat": "", "long": "", "address_string": "", "address_id": "545483"}
    number = await client.make(**place, email="", phone="", first_name="", last_name="", jurisdiction_id="")
    (shown,) = await client.get(f"{V2}/requests/{number}", service_code="", jurisdiction_id="")
    assert "545483" in shown["address"]


@pytest.mark.requirement("CH-21")
async def test_words_of_danger_are_answered_with_911(client: Client) -> None:
    (made,) = await client.post(f"{V2}/requests", **REPORT | {"description": "He is not breathing"})
    assert "911" in made["service_notice"]


async def test_the_same_idempotency_key_is_answered_with_the_same_number(bench: Bench) -> None:
    form = REPORT | {"api_key": await make_key(bench)}
    answers = [
        (await bench.http.post(f"{V2}/requests.json", data=form, headers={"Idempotency-Key": "k1"})).json()
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


async def test_reports_of_all_doors_may_share_a_commit(bench: Bench) -> None:
    """Each door's commands go to its own handler, also when they come at the same moment."""
    form = REPORT | {"api_key": await make_key(bench)}
    plain = {"service_code": "graffiti-removal", "place": {"address": "100 W 1st St"}}
    calls = [
        call
        for _ in range(5)
        for call in (
            bench.http.post(f"{V2}/requests.json", data=form),
            bench.http.post("/requests", json=plain),
            bench.http.post(f"{V2}/requests.xml", data=form | {"api_key": "nonsense"}),
        )
    ]
    statuses = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert statuses == [200, 201, 403] * 5
    await bench.quiet()
    assert len(bench.published("request.created")) == 10


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"api_key": None}, 403, "api_key"),
    ({"api_key": "nonsense"}, 403, "api_key"),
    ({"service_code": None}, 400, "service_code"),
    ({"service_code": "pigeons"}, 404, "service_code"),
    ({"jurisdiction_id": "nowhere.gov"}, 404, "jurisdiction_id"),
    ({"lat": None}, 400, "lat"),
    ({"lat": "x"}, 400, "lat"),
    ({"lat": "nan"}, 400, "lat"),
    ({"long": "999"}, 400, "long"),
    ({"lat": None, "long": None, "address_string": None}, 400, "address_string"),
    ({"description": "x" * 4001}, 400, "description"),
    ({"email": "nonsense"}, 400, "email"),
    ({"phone": "1"}, 400, "phone"),
    ({"attribute[colour]": "red"}, 400, "attribute[colour]"),
    ({"first_name": "x" * 300}, 400, "first_name"),
    ({"address_string": "x" * 301}, 400, "address_string"),
    ({"device_id": "x" * 101}, 400, "device_id"),
    ({"media_url": "ftp://example.org/x.jpg"}, 400, "media_url"),
]


@pytest.mark.parametrize(("change", "status", "named"), REFUSED)
async def test_a_refusal_has_the_standard_code_and_names_the_parameter(
    client: Client, change: dict[str, Any], status: int, named: str
) -> None:
    errors = await client.post(f"{V2}/requests", status, **(REPORT | change))
    assert all(list(error) == ["code", "description"] and text(error["code"]) == str(status) for error in errors)
    assert any(named in error["description"] for error in errors), errors
    assert not client.bench.published("request.created")


NOT_HERE = ["services/none", "requests/ZZZZ", "tokens/none", "pigeons", "services/none/more"]


@pytest.mark.parametrize("path", NOT_HERE)
async def test_what_is_not_there_is_404_in_the_standard_form(client: Client, path: str) -> None:
    (error,) = await client.get(f"{V2}/{path}", 404)
    assert text(error["code"]) == "404"


async def test_another_format_or_method_is_told_in_xml(bench: Bench) -> None:
    for method, path in (("GET", "requests.yaml"), ("GET", "requests"), ("PUT", "requests.xml")):
        answer = await bench.http.request(method, f"{V2}/{path}")
        assert answer.status_code == 404
        assert ET.fromstring(answer.content).tag == "errors"  # noqa: S314 - our own answer


# --- listing ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("CH-13")
async def test_a_request_is_shown_with_every_field_in_the_standard_order(client: Client) -> None:
    number = await client.make()
    for shown in (await client.get(f"{V2}/requests/{number}"), await client.get(f"{V2}/requests")):
        (one,) = shown
        assert list(one) == FIELDS
        assert (one["service_request_id"], one["status"], one["address"]) == (number, "open", "100 W 1st St")
        assert text(one["lat"]) == "34.05"
        assert one["requested_datetime"] == "2026-03-02T17:00:00Z"
        assert one["zipcode"] is None


async def test_the_list_is_filtered_and_paged(client: Client) -> None:
    clock = client.bench.clock
    old = await client.make()
    clock.now += timedelta(days=60)
    middle = await client.make(service_code="other", lat="34.20", long="-118.40")
    clock.now += timedelta(days=40)
    new = await client.make()

    async def listed(**query: str) -> list[str]:
        return [each["service_request_id"] for each in await client.get(f"{V2}/requests", **query)]

    assert await listed() == [new, middle]
    assert await listed(page_size="1") == [new]
    assert await listed(page_size="1", page="2") == [middle]
    assert await listed(service_code="other") == [middle]
    assert await listed(service_code="other,graffiti-removal") == [new, middle]
    assert await listed(status="closed") == []
    assert await listed(status="open, closed") == [new, middle]
    assert await listed(start_date="2026-03-01T00:00:00Z", end_date="2026-03-03T00:00:00-08:00") == [old]
    assert await listed(start_date="2026-03-01T00:00:00 00:00", end_date="2026-03-03") == [old]
    assert await listed(end_date="2026-03-03T00:00:00Z") == [old]
    assert await listed(start_date="2026-04-01T00:00:00Z") == [new, middle]
    assert await listed(updated_after="2026-06-01T00:00:00Z") == [new]
    assert await listed(updated_before="2026-03-05T00:00:00Z") == [old]
    assert await listed(bbox="-118.5,34.1,-118.3,34.3") == [middle]
    assert await listed(service_request_id=f"{old},{new},nothing", status="closed") == [old, new]
    assert await listed(service_request_id=old.lower().replace("-", "")) == [old]


WRONG_QUERIES = [
    {"status": "fixed"}, {"start_date": "yesterday"}, {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01"},
    {"start_date": "2026-02-01", "end_date": "2026-01-01"}, {"page": "0"}, {"page": "x"}, {"page_size": "1001"},
    {"bbox": "1,2,3"}, {"page": "9" * 30}, {"start_date": "0001-01-01T00:00:00+14:00"},
]  # fmt: skip


@pytest.mark.parametrize("query", WRONG_QUERIES)
async def test_a_wrong_filter_is_400_and_named(client: Client, query: Mapping[str, str]) -> None:
    (error,) = await client.get(f"{V2}/requests", 400, **query)
    assert any(name in error["description"] for name in query)


# --- a life, with updates both ways --------------------------------------------------------------------------------


async def assign(bench: Bench, agency: str = LIGHTS) -> UUID:
    created = bench.events("request.created", RequestCreated)[-1]
    assignment_id = uuid4()
    event = RequestAssigned(
        request_id=created.request_id, sequence=1, about=created.about, agency=agency, assignment_id=assignment_id,
        queue="desk", cause=AssignmentCause.RULE, confidence=1, reason={"en": "by rule"},
        assigned_at=bench.clock.now,
    )  # fmt: skip
    await bench.feed(event)
    return assignment_id


@pytest.mark.requirement("STA-02")
async def test_an_agency_reports_with_its_key_by_the_rules_of_its_outbox(client: Client) -> None:
    bench = client.bench
    number = await client.make()
    await assign(bench)
    agency = Client(bench, client.fmt, await make_key(bench, owner="Lights", agency=LIGHTS))
    step = {"service_request_id": number, "updated_datetime": "2026-03-02T17:00:00Z"}

    async def post(update_id: str, status: str, code: int = 200, **more: str) -> Any:
        return await agency.post(
            f"{V2}/servicerequestupdates", code, update_id=update_id, status=status, **step, **more
        )

    assert await post("u1", "INVESTIGATING") == [{"update_id": "u1"}]
    assert await post("u1", "INVESTIGATING") == [{"update_id": "u1"}]
    (refused,) = await post("u2", "CLOSED", 400)
    assert "evidence" in refused["description"]
    assert await post("u3", "CLOSED", description="Lamp replaced. Pat called 555-010-4477.") == [{"update_id": "u3"}]
    assert await post("u3", "CLOSED", description="Lamp replaced.") == [{"update_id": "u3"}]
    (closed,) = bench.events("request.closed", RequestClosed)
    assert "4477" not in closed.evidence[0].reference
    (shown,) = await client.get(f"{V2}/requests/{number}", extensions="true")
    assert (shown["status"], shown["updated_datetime"]) == ("closed", "2026-03-02T17:00:00Z")
    assert shown["status_notes"]
    assert shown["extended_attributes"]["extended_status"] == "fixed"
    assert shown["notes"][0]["type"] == "created"
    (late,) = await post("u4", "IN_PROGRESS", 400)
    assert "closed" in late["description"]


async def test_updates_are_refused_to_every_key_that_is_not_the_agency_at_work(client: Client) -> None:
    number = await client.make()
    await assign(client.bench)
    parks = Client(client.bench, client.fmt, await make_key(client.bench, agency="recreation-and-parks"))
    nobody = Client(client.bench, client.fmt, "nonsense")
    for who in (client, parks, nobody):
        update = {"service_request_id": number, "update_id": "u1", "status": "IN_PROGRESS", "description": "x"}
        (error,) = await who.post(f"{V2}/servicerequestupdates", 403, **update)
        assert text(error["code"]) == "403"
    assert not client.bench.published("request.updated")


@pytest.mark.parametrize(
    ("change", "status"),
    [({"status": "REOPEN"}, 400), ({"update_id": None}, 400), ({"service_request_id": "ZZZ"}, 404),
     ({"service_request_id": None}, 400), ({"assignment_id": "x"}, 400), ({"updated_datetime": "x"}, 400),
     ({"media_url": "javascript:x"}, 400), ({"description": "x" * 4001}, 400)],
)  # fmt: skip
async def test_a_wrong_update_is_refused(client: Client, change: dict[str, Any], status: int) -> None:
    number = await client.make()
    update = {"service_request_id": number, "update_id": "u", "status": "OPEN", "description": "x"}
    await client.post(f"{V2}/servicerequestupdates", status, **(update | change))


async def test_updates_of_a_period_are_listed_oldest_first(client: Client) -> None:
    number = await client.make()
    assignment = await assign(client.bench)
    key = await make_key(client.bench, agency=LIGHTS)
    agency = Client(client.bench, client.fmt, key)
    for n, (status, words) in enumerate([("IN_PROGRESS", "On the way."), ("OPEN", "At the lamp."), ("FIXED", "Done.")]):
        client.bench.clock.now += timedelta(minutes=1)
        update = {"update_id": str(n), "status": status, "description": words, "assignment_id": str(assignment)}
        await agency.post(f"{V2}/servicerequestupdates", service_request_id=number, **update)
    period = {"start_date": "2026-03-02T16:00:00Z", "end_date": "2026-03-02T18:00:00Z"}
    found = await client.get(f"{V2}/servicerequestupdates", **period)
    assert [list(update) for update in found] == [
        ["update_id", "service_request_id", "status", "updated_datetime", "description", "media_url",
         "external_status_code"]
    ] * len(found)  # fmt: skip
    assert {update["service_request_id"] for update in found} == {number}
    assert [found[0]["status"], found[-1]["status"]] == ["OPEN", "CLOSED"]
    assert any(update["description"] == "At the lamp." for update in found)
    finer = await client.get(f"{V2}/servicerequestupdates", **period, extensions="true")
    assert [update["status"] for update in finer][-1] == "FIXED"
    assert "IN_PROGRESS" in [update["status"] for update in finer]
    assert len(await client.get(f"{V2}/servicerequestupdates", **period, page_size="1")) == 1
    assert await client.get(f"{V2}/servicerequestupdates", start_date="2026-03-03T00:00:00Z") == []
    await client.get(f"{V2}/servicerequestupdates", 400, start_date="2026-01-01", end_date="2026-12-01")


def test_every_state_of_ours_has_a_word_outside() -> None:
    assert set(FINER.values()) | set(ENDED.values()) <= {
        "open", "closed", "fixed", "in_progress", "planned", "action_scheduled", "investigating", "duplicate",
        "not_councils_responsibility", "no_further_action", "internal_referral", "cancelled", "reopen", "for_triage",
        "unchanged",
    }  # fmt: skip
    assert finer_status("closed", None) == "closed"
    assert {"open", "closed", "fixed"} <= set(STEPS)
    assert "survey_answered" not in UPDATE_KINDS


# --- keys ----------------------------------------------------------------------------------------------------------


async def test_a_key_has_a_rate_shared_by_all_its_uses(bench: Bench) -> None:
    client = Client(bench, "json", await make_key(bench, rate=2))
    await client.make()
    await client.make()
    answer = await bench.http.post(f"{V2}/requests.json", data=REPORT | {"api_key": client.key})
    assert (answer.status_code, answer.json()[0]["code"], answer.headers["retry-after"]) == (400, 429, "60")
    bench.clock.now += timedelta(minutes=1)
    await client.make()


async def test_keys_are_for_operators_kept_as_hashes_and_revoked_at_once(bench: Bench) -> None:
    made = await bench.http.post("/open311/keys", json={"owner": "A"}, headers=bench.token("operator"))
    key = made.json()["api_key"]
    for table in ("open311_key", "idempotency", "audit"):
        assert key not in str([dict(row) for row in await bench.rows("intake", f"SELECT * FROM {table}")])
    assert (await bench.http.post("/open311/keys", json={"owner": "A"})).status_code == 403
    assert (await bench.http.get("/open311/keys", headers=bench.token("agent"))).status_code == 403
    wrong = {"owner": "A", "agency": "nobody"}
    assert (await bench.http.post("/open311/keys", json=wrong, headers=bench.token("operator"))).status_code == 422
    await Client(bench, "json", key).make()
    (listed,) = (await bench.http.get("/open311/keys", headers=bench.token("operator"))).json()["keys"]
    gone = await bench.http.delete(f"/open311/keys/{listed['key_id']}", headers=bench.token("operator"))
    again = await bench.http.delete(f"/open311/keys/{listed['key_id']}", headers=bench.token("operator"))
    assert (gone.status_code, again.status_code) == (200, 404)
    await Client(bench, "json", key).post(f"{V2}/requests", 403, **REPORT)


# --- inquiry and bulk -----------------------------------------------------------------------------------------------


@pytest.mark.requirement("CH-18")
async def test_articles_are_found_by_category_and_by_id(client: Client) -> None:
    article = ArticlePublished(
        article_id="graffiti", version=1, title={"en": "Graffiti", "es": "Grafiti"},
        summary={"en": "Who removes it.", "es": "Quién lo quita."}, services=("graffiti-removal",),
    )  # fmt: skip
    await client.bench.feed(article)
    (brief,) = await client.get("/open311/inquiry/v1/services/all")
    assert list(brief) == ["id", "service_name", "expiration", "brief_description"]
    (whole,) = await client.get("/open311/inquiry/v1/services/graffiti", locale="es")
    assert (whole["service_name"], whole["description"]) == ("Grafiti", "Quién lo quita.")
    (named,) = whole["categories"]  # in XML its name stands bare, as in the standard's example
    category = quote(named if client.fmt == "xml" else named["category_name"], safe="")
    (action,) = whole["web_actions"]
    assert (action["type"], action["label"]) == ("Service Request", "Limpieza de grafiti")
    assert whole["description_html"] == "<p>Quién lo quita.</p>"
    assert len(await client.get(f"/open311/inquiry/v1/services/{category}")) == 1
    await client.get("/open311/inquiry/v1/services/nothing", 404)
    assert await client.get("/open311/inquiry/v1/facilities/all") in ([], None)


@pytest.mark.requirement("KB-04")
async def test_what_is_for_staff_or_was_taken_back_is_shown_to_nobody(client: Client) -> None:
    words = {"title": {"en": "Rats", "es": "Ratas"}, "summary": {"en": "The county.", "es": "El condado."}}
    for given in ({"audience": "internal"}, {"state": "retired", "version": 2}):
        await client.bench.feed(ArticlePublished(article_id="rats", **({"version": 1} | words | given)))
        assert await client.get("/open311/inquiry/v1/services/all") in ([], None)
        await client.get("/open311/inquiry/v1/services/rats", 404)
    await client.bench.feed(ArticlePublished(article_id="rats", version=3, **words))
    assert len(await client.get("/open311/inquiry/v1/services/all")) == 1


@pytest.mark.requirement("ANA-08")
async def test_the_bulk_file_holds_every_request_and_runs_no_formula(bench: Bench) -> None:
    client = Client(bench, "json", await make_key(bench))
    numbers = [await client.make(description=words) for words in ('=HYPERLINK("x")', 'said "no",\nand left', "plain")]
    answer = await bench.http.get(f"{V2}/requests.csv")
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.text.split("\r\n")[0].count(",") == 13
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["service_request_id"] for row in rows] == numbers[::-1] or len(rows) == 3
    by_number = {row["service_request_id"]: row for row in rows}
    assert by_number[numbers[0]]["description"].startswith("'=HYPERLINK")
    assert by_number[numbers[1]]["description"] == 'said "no",\nand left'
    assert by_number[numbers[2]]["long"] == "-118.24"
