"""What people do around a report: slots, many at once, duplicates, agents' contacts, accounts, moving in."""

import asyncio
import csv
import json
import os
import signal
from collections.abc import Collection
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from canaries import Canaries, everywhere
from doors import answered
from people import Life, sign_in
from town import Town, eventually

from contracts.topics import SERVICES
from contracts.vocabulary import ReportKind
from relay311_local.access import database_url

LAMP = "single-streetlight-issue"
MOVED = 700
"""Rows of an old export: the driver hands them in by five hundred, so that there is a middle to be killed in."""
HEADER = (
    "SRNumber", "CreatedDate", "UpdatedDate", "ClosedDate", "RequestType", "Owner", "Status", "RequestSource",
    "Anonymous", "Address", "Latitude", "Longitude",
)  # fmt: skip
DAYS = ("03/10/2018 11:30:00 PM", "03/12/2018 09:00:00 AM", "03/12/2018 08:00:00 AM")
REST = ("OCB", "Closed", "Call", "N", "100 N ACORN ST", "34.05", "-118.25")


def spot() -> dict[str, float]:
    """Choose a place where nobody has reported anything."""
    east = int.from_bytes(os.urandom(3), "big") / 2**24
    return {"latitude": 34.03 + east / 50, "longitude": -118.3 + east / 20}


def changes(town: Town, life: Life) -> list[dict[str, Any]]:
    """List what changed of a request."""
    return [event["change"] for event in town.events("request.updated", life.request_id)]


@pytest.mark.requirement("SS-07", "SS-02", "CH-20")
def test_a_slot_is_booked_and_moved(town: Town) -> None:
    life = Life(town)
    with town.agencies_asleep():
        life.report("bulky-item-pickup")
        answered(f"{life.taken['tracking_number']} {life.taken['forecast']['en']}")
        slots = town.ask("GET", town.url("intake", "/services/bulky-item-pickup/slots")).json()["slots"]
        first, other = slots[0], slots[-1]
        assert life.through_link("appointment", action="book", starts_at=first["starts_at"])["state"] == "booked"
        taken = town.ask("GET", town.url("intake", "/services/bulky-item-pickup/slots")).json()["slots"][0]
        assert taken["left"] == first["left"] - 1
        moved = life.through_link("appointment", action="move", starts_at=other["starts_at"])
        assert moved["starts_at"].rstrip("Z")[:19] == other["starts_at"][:19]
        told = eventually(
            lambda: (t := [c for c in changes(town, life) if c["kind"] == "appointment"])[1:] and t, "both"
        )
    assert [change["state"] for change in told] == ["booked", "moved"]


@pytest.mark.requirement("CH-13", "CH-11", "INT-01")
def test_many_reports_at_once_with_one_bad_line(town: Town) -> None:
    good = {"service_code": "graffiti-removal", "place": spot(), "attributes": Life(town).answers("graffiti-removal")}
    lines = [
        json.dumps(good | {"key": os.urandom(8).hex()}),
        '{"service_code": "no-such-thing"}',
        "{",
        json.dumps(good),
    ]
    url, body = town.url("intake", "/requests/bulk"), "\n".join(lines).encode()
    assert town.ask("POST", url, content=body).status_code == 403
    said = town.ask("POST", url, content=body, role="system", headers={"content-type": "application/x-ndjson"}).json()
    assert (said["accepted"], said["refused"]) == (2, 2), said
    assert [result["status"] for result in said["results"]] == [201, 422, 422, 201]
    numbers = [result["tracking_number"] for result in said["results"] if "tracking_number" in result]
    again = town.ask("POST", url, content=lines[0].encode(), role="system").json()
    assert again["results"][0]["tracking_number"] == numbers[0], "a line with a key is safe to repeat"


@pytest.mark.requirement("LOC-01", "LOC-02", "LOC-03", "LOC-04", "LOC-10", "CH-17")
def test_a_place_is_taken_as_it_comes_and_corrected_by_staff(town: Town) -> None:
    def waiting() -> set[str]:
        found = town.ask("GET", town.url("intake", "/places/unverified?limit=500"), role="agent").json()["places"]
        return {one["tracking_number"] for one in found}

    with town.agencies_asleep():
        typed = Life(town).report(place={"address": "1 Nowhere Lane"})
        number = typed.taken["tracking_number"]
        assert typed.taken["notices"] == ["place_unverified"]
        assert number in waiting()
        url = town.url("intake", f"/requests/{number}/place")
        assert town.ask("POST", url, json=spot()).status_code == 403
        pin = spot()
        assert town.ask("POST", url, json=pin, role="agent").is_success
        assert typed.until(place_verified=True)["latitude"] == pytest.approx(pin["latitude"], abs=1e-5)
        assert number not in waiting()
        shown = eventually(lambda: page if number in (page := city_map(town)) else None, "its point on the map", 10)
        assert f'<a href="requests/{number}"><title>' in shown
        far = Life(town).report(place={"latitude": 36.1, "longitude": -115.1})
    assert far.taken["notices"] == ["place_outside_city"]
    assert far.taken["elsewhere"]["transfers"]
    answered(f"{far.taken['tracking_number']} {far.taken['forecast']['en']}")


def city_map(town: Town) -> str:
    """Look at the map as a browser does."""
    return str(town.ask("GET", town.url("intake", "/map"), headers={"Accept": "text/html"}).text)


@pytest.mark.requirement("DUP-01", "DUP-04", "DUP-05", "NOT-01", "SLA-08", "SLA-14", "SLA-17")
def test_a_duplicate_is_offered_followed_closed_with_its_parent_and_told(town: Town) -> None:
    place, first, second = spot(), Life(town), Life(town)
    with town.agencies_asleep():
        first.report(LAMP, place=place)
        report = {"service_code": LAMP, "place": place}
        found = town.ask("POST", town.url("intake", "/requests/duplicates"), json=report).json()["candidates"]
        assert [one["tracking_number"] for one in found] == [first.taken["tracking_number"]]
        second.report(LAMP, place=place, follows=found[0]["tracking_number"])
        assert second.taken["parent_request_id"] == first.request_id
        answered(f"{second.taken['tracking_number']} {second.taken['forecast']['en']}")
        other = Life(town).report(LAMP, place=place, differs_from=[found[0]["tracking_number"]])
        first.finish(first.assigned())
        first.until(status="closed")
        shown = second.until(status="closed")
        assert shown["parent_request_id"] == first.request_id
        assert shown["explanation"] == first.view()["explanation"]
        assert other.view()["status"] == "open"
        waits(town, other)
    kept(town, first)
    number = second.taken["tracking_number"]

    def told() -> list[dict[str, Any]]:
        mails = [mail for mail in town.mails(second.email) if number in mail["text"] + mail["subject"]]
        return [mail for mail in mails if "done" in mail["text"]]

    eventually(told, "the mail to the follower about the closing")


def promise(town: Town, life: Life) -> dict[str, Any]:
    """Read what was promised of a request, and how it was kept."""
    shown: dict[str, Any] = town.ask("GET", town.url("sla", f"/promises/{life.request_id}")).json()
    return shown


def waits(town: Town, life: Life) -> None:
    """Let rain stop the work, and go on: no day is told while it rains, and then the target is as much later."""
    agency = life.assigned()
    for kind in (ReportKind.ACCEPTED, ReportKind.IN_PROGRESS):
        life.work(agency, kind)
    life.work(agency, ReportKind.ON_HOLD, hold_reason="weather", text="It rains.")
    held = eventually(lambda: (p := promise(town, life))["paused_since"] and p, "the clock that stands still")
    assert (held["pause_reason"], held["expected_at"]) == ("weather", None)
    eventually(lambda: "no day for the work" in life.view()["forecast"]["en"], "the public promise without a day")
    life.work(agency, ReportKind.IN_PROGRESS)
    runs = eventually(lambda: (p := promise(town, life))["paused_since"] is None and p, "the clock that runs again")
    assert runs["expected_at"]
    assert runs["deadline_at"] > runs["due_at"] == held["due_at"]


def kept(town: Town, life: Life) -> None:
    """See a closed request's promise kept, and counted where its agency's targets and agreement are listed."""
    done = eventually(lambda: (p := promise(town, life))["closed_at"] and p, "the promise kept")
    assert done["on_time"]
    assert done["responded_at"] <= done["respond_by"]
    url = town.url("sla", "/performance?by=agency&by=service")
    assert town.ask("GET", url).status_code == 403
    lines = town.ask("GET", url, role="analyst").json()
    (line,) = [one for one in lines if (one["agency"], one["service"]) == (done["agency"], LAMP)]
    assert min(line["closed"], line["on_time"], line["responded_on_time"]) >= 1
    assert done["agency"] in {one["agency"] for one in town.ask("GET", town.url("sla", "/agreements")).json()}
    assert LAMP in {one["service_code"] for one in town.ask("GET", town.url("sla", "/targets")).json()}


@pytest.mark.requirement("AGT-01", "AGT-04", "AGT-09", "AGT-12", "AGT-14", "CH-01", "CH-19", "VOC-03")
def test_an_agents_contact_is_transferred_wrapped_up_and_recorded(town: Town) -> None:
    def step(contact: str, event: str, **told: Any) -> dict[str, Any]:
        url = town.url("intake", f"/contacts/{contact}/events")
        answer = town.ask("POST", url, json={"event": event} | told, role="agent")
        assert answer.is_success, answer.text
        said: dict[str, Any] = answer.json()
        return said

    body = {"channel": "phone", "language": "es", "phone": "555-010-4477"}
    assert town.ask("POST", town.url("intake", "/contacts"), json=body).status_code == 403
    call = town.ask("POST", town.url("intake", "/contacts"), json=body, role="agent").json()["contact_id"]
    step(call, "answered")
    life = Life(town).report("dead-animal-removal", channel="phone")
    step(call, "noted", number=life.taken["tracking_number"], made=True, note="A dog; call Pat at 555-010-4477.")
    handed = step(call, "transferred", destination="animal-shelter", reason="Adoption")
    following = handed["next_contact_id"]
    step(call, "ended")
    shown = town.ask("GET", town.url("intake", f"/contacts/{following}"), role="agent").json()
    assert (shown["transferred_from"], len(shown["notes"])) == (call, 1), "the context travels along"
    step(following, "answered")
    step(following, "noted", article_id="dead-animals")
    step(following, "talk_ended")
    assert step(following, "ended", helped=True)["state"] == "ended"

    def recorded() -> list[dict[str, Any]]:
        told = {event["contact_id"]: event for event in town.events("contact.recorded")}
        return [told[one] for one in (call, following)] if {call, following} <= told.keys() else []

    first, second = eventually(recorded, "contact.recorded of both legs")
    assert (first["destination"], first["reason"], first["request_id"]) == (
        "animal-shelter", "Adoption", life.request_id,
    )  # fmt: skip
    assert (second["transferred_from"], second["article_id"], second["resolved"]) == (call, "dead-animals", True)
    assert second["transfer_hold_seconds"] >= 0
    assert "4477" not in str([first, second])


@pytest.mark.requirement("SS-04", "INT-01", "OPS-11")
def test_an_old_export_is_moved_in_once_although_its_import_is_killed_half_way(town: Town, tmp_path: Path) -> None:
    first_number = int.from_bytes(os.urandom(4), "big")
    old = [f"1-{first_number + n:010}" for n in range(MOVED)]
    rows = [(number, *DAYS, "Graffiti Removal", *REST) for number in old]
    file = tmp_path / "export.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([HEADER, *rows, ("1-0000000001", *DAYS, "Unheard Of", *REST)])
    running = town.start("-m", "relay311_drivers", "import", str(file))
    eventually(
        lambda: town.ask("GET", town.url("intake", f"/requests/{old[0]}")).is_success or running.poll() is not None,
        "the first request of the export",
    )
    running.kill()
    running.communicate()
    assert running.returncode == -signal.SIGKILL, "it had ended before it could be killed; give it more rows"
    resumed, again = (town.driver("import", str(file)) for _ in range(2))
    assert (resumed["new"], resumed["known_before"], resumed["complete"]) == (0, MOVED, True), resumed
    assert sum(resumed["not_taken"].values()) >= 1
    assert (again["new"], again["known_before"], again["requests"]) == (0, MOVED, resumed["requests"]), again
    mine = {event["request_id"] for event in created_of(town, old)}
    ended = {event["request_id"] for event in town.events("request.closed")} & mine
    assert (len(mine), len(ended)) == (MOVED, MOVED), "each number is one request, which ended, and none is missing"
    for number in (old[0], old[MOVED // 2], old[-1]):
        shown = town.ask("GET", town.url("intake", f"/requests/{number}")).json()
        assert (shown["status"], shown["external_ids"]) == ("closed", [number])
        assert shown["closed_at"].startswith("2018-03-12")


def created_of(town: Town, numbers: Collection[str]) -> list[dict[str, Any]]:
    """List the requests that were made of an old system's numbers."""
    wanted = set(numbers)
    return [event for event in town.events("request.created") if wanted & set(event.get("external_ids", ()))]


@pytest.mark.requirement("CP-01", "CP-05", "OPS-07", "SS-12")
def test_an_account_by_code_sees_its_history_and_erases_itself(town: Town) -> None:
    canaries = Canaries()
    name, phone = canaries.name(), canaries.phone()
    life = Life(town, address=canaries.email())
    life.report(description=canaries.words(name), reporter={"name": name, "email": life.email, "phone": phone})
    life.through_link("messages", text=canaries.words(name))
    life.until(status="closed")
    life.answer_survey(done=True)
    life.until_entry("survey_answered")
    me = sign_in(town, life.email)
    (own,) = town.ask("GET", town.url("intake", "/me/requests"), headers=me).json()["requests"]
    assert own["tracking_number"] == life.taken["tracking_number"]
    assert {table.partition(".")[0] for table in asyncio.run(tables_with(town, canaries))} >= {"intake", "notify"}
    receipt = town.ask("POST", town.url("intake", "/me/erase"), headers=me).json()
    assert receipt["requests"] == 1
    assert town.ask("GET", town.url("intake", "/me"), headers=me).status_code == 401
    assert life.view()["status"] == "closed", "the work stays"
    eventually(lambda: not asyncio.run(tables_with(town, canaries)), "the erasure in every service's tables")
    said = [mark.encode() for mark in canaries.marks]
    places = {place for place, content in everywhere(town, [life]) if any(mark in content for mark in said)}
    assert places <= {"topic contact.profile"}, "there its tombstone lies, until the log is compacted"
    erased = {record.key() for record in town.records(["contact.profile"]) if record.value() is None}
    assert life.taken["contact_ref"].encode() in erased


async def tables_with(town: Town, canaries: Canaries) -> list[str]:
    """Name the tables of all services that hold a canary, in text or in bytes."""
    marks, found = [form for mark in canaries.marks for form in (mark, mark.encode().hex())], []
    for service in SERVICES:
        url = database_url(town.place.port("postgres"), service, service, town.secrets["databases"][service])
        connection = await asyncpg.connect(url)
        try:
            for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                row = f'SELECT lower(to_jsonb(t)::text) AS row FROM "{table}" t'
                text = f"SELECT 1 FROM ({row}) r, unnest($1::text[]) AS mark WHERE strpos(row, mark) > 0 LIMIT 1"
                if await connection.fetch(text, marks):
                    found.append(f"{service}.{table}")
        finally:
            await connection.close()
    return found
