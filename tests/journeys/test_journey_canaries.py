"""Personal data stay where they may be: canaries made for this run are searched in every topic, log, trace and view."""

import json
import os
from typing import Any

import pytest
from canaries import Canaries, everywhere
from people import Life
from town import Town, eventually

from contracts.frontends import Place, Reporter, RequestSubmitted
from contracts.intake import Evidence
from contracts.topics import SERVICES, outbox
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind

DOORS = ("/requests", "/search", "/suggest", "/surveys", "/articles", "/deliveries", "/triage", "/forecasts")


@pytest.mark.requirement("OPS-07")
def test_personal_data_stay_where_they_may_be(town: Town) -> None:
    canaries = Canaries()
    with town.agencies_asleep():
        lives = [full_life(town, canaries), published_life(town, canaries)]
        refusals(town, canaries)
        malformed(town, canaries)
        curious_callers(town, canaries)
    places = dict(everywhere(town, lives))
    found = {
        mark: sorted(place for place, content in places.items() if mark.encode() in content) for mark in canaries.marks
    }
    outside = {mark: sorted(set(where) - allowed(town)) for mark, where in found.items()}
    leaks = [f"{canaries.marks[mark]} {mark}: {where}" for mark, where in outside.items() if where]
    assert not leaks, "\n".join(leaks)
    kept = [canaries.marks[mark] for mark, where in found.items() if where]
    assert min(kept.count(kind) for kind in set(canaries.marks.values())) > 15, "they were really sent"
    assert len(places) > len(town.topics) + 3 * len(SERVICES)


def allowed(town: Town) -> set[str]:
    """List where personal data may be on the log: the design's own list, dead letters included."""
    ours = {"request.submitted", "contact.profile", *(outbox(agency.slug) for agency in town.city.working_agencies)}
    return {f"topic {topic.name}" for topic in town.topics if topic.name in ours or letters_of(topic.name) in ours}


def letters_of(dlq: str) -> str:
    """Name the topic whose dead letters these are.

    >>> letters_of("dlq.intake.request.submitted")
    'request.submitted'
    """
    return dlq.split(".", 2)[-1] if dlq.startswith("dlq.") else ""


# --- what is done with them ------------------------------------------------------------------------------------


def full_life(town: Town, canaries: Canaries) -> Life:
    """Report over HTTP, be worked on with many words, dispute, be asked, answer, and fail to be reached."""
    name = canaries.name()
    reporter = {"name": name, "email": canaries.email(), "phone": canaries.phone(), "language": "es"}
    life = Life(town, address=reporter["email"]).report(
        "illegal-dumping",
        description=canaries.words(name),
        reporter=reporter | {"webhook_url": f"http://127.0.0.1:9/{canaries.word()}"},
        place={"address": f"100 Acorn Street, ask for {name}, {canaries.phone()}"},
        attributes=Life(town).answers("illegal-dumping") | {"seen_dumping": canaries.words(name)},
    )
    agency = life.assigned()
    crew_talks(life, agency, canaries, name)
    life.until(status="closed")
    life.through_link("dispute", comment=canaries.words(name))
    life.until(status="open", reopen_count=1)
    life.notice(agency, "reopened")
    life.through_link("messages", text=canaries.words(name))
    work_order = Evidence(kind=EvidenceKind.WORK_ORDER, reference=f"WO-12, call {name} at {canaries.phone()}")
    note = Evidence(kind=EvidenceKind.CREW_NOTE, reference=canaries.words(name))
    life.finish(agency, evidence=(work_order, note), text=canaries.words(name), disposition=Disposition.FIXED)
    life.until(status="closed")
    life.answer_survey(done=True, comment=canaries.words(name))
    life.until_entry("survey_answered")
    supervisor_declines(life, agency, canaries, name)
    return life


def supervisor_declines(life: Life, agency: str, canaries: Canaries, name: str) -> None:
    """Dispute a second and a third time; a supervisor declines the third, with words."""
    life.through_link("dispute", comment=canaries.words(name))
    life.until(status="open", reopen_count=2)
    eventually(lambda: life.notice(agency, "reopened")[0]["assignment_id"] == life.assignments()[-1], "the reopening")
    life.finish(agency)
    life.until(status="closed")
    assert life.through_link("dispute", comment=canaries.words(name))["decision"] == "supervisor"
    url = life.town.url("intake", "/disputes")
    waiting = life.town.ask("GET", url, role="supervisor").json()["disputes"]
    (dispute,) = [one["dispute_id"] for one in waiting if one["request_id"] == life.request_id]
    ruling = {"reopen": False, "reason": canaries.words(name)}
    answer = life.town.ask("POST", f"{url}/{dispute}/decide", json=ruling, role="supervisor")
    assert answer.is_success, answer.text
    life.until_entry("dispute_declined")


def crew_talks(life: Life, agency: str, canaries: Canaries, name: str) -> None:
    """Report every kind of step, each with words that name people."""
    life.work(agency, ReportKind.ACCEPTED, text=canaries.words(name))
    life.work(agency, ReportKind.MESSAGE, text=canaries.words(name))
    life.work(agency, ReportKind.NEEDS_INFORMATION, text=canaries.words(name))
    life.until(substatus="awaiting_requester")
    life.through_link("messages", text=canaries.words(name))
    life.work(agency, ReportKind.COMPLETED, text=canaries.words(name))  # refused: no disposition
    life.notice(agency, "update_refused")
    explanation = {language: canaries.words(name) for language in ("en", "es")}
    life.work(
        agency,
        ReportKind.CANNOT_COMPLETE,
        disposition=Disposition.UNABLE_TO_ACT,
        explanation=explanation,
        text=canaries.words(name),
    )


def published_life(town: Town, canaries: Canaries) -> Life:
    """Report through Kafka; the agency refers it on with words."""
    name, life = canaries.name(), Life(town, address=canaries.email())
    report = RequestSubmitted(
        submission_key=life.trace,
        submitter="journey",
        service_code="bulky-item-pickup",
        description=canaries.words(name),
        place=Place(address=f"7 Acorn Street ({canaries.email()})"),
        attributes=Life(town).answers("bulky-item-pickup"),
        reporter=Reporter(name=name, email=life.email, phone=canaries.phone()),
    )
    life.taken = answer_to(town, report, "request.accepted", f"00-{life.trace}-{life.trace[:16]}-01")
    agency = life.assigned()
    life.work(agency, ReportKind.ACCEPTED, text=canaries.words(name))
    life.work(agency, ReportKind.REFERRED, text=canaries.words(name))
    life.until_entry("referral")
    desk_sends_on(life, agency, canaries, name)
    before = len(parked(town))
    life.work(agency, ReportKind.MESSAGE, text=canaries.words(name) + "\0")  # no database keeps this character
    eventually(lambda: len(parked(town)) > before, "the parking of what no database can keep")
    return life


def desk_sends_on(life: Life, agency: str, canaries: Canaries, name: str) -> None:
    """Resolve what waits for the triage desk, with a reason that names people."""
    url = life.town.url("routing", f"/triage/{life.request_id}/resolve")
    body = {"agency": agency, "reason": canaries.words(name)}
    eventually(lambda: life.town.ask("POST", url, json=body, role="agent").is_success, "the triage desk's turn")
    life.assigned(2)


def refusals(town: Town, canaries: Canaries) -> None:
    """Send reports that cannot be taken, with personal data in the wrong places."""
    body = {
        "service_code": canaries.email(),
        "description": canaries.words() + "\0",
        "attributes": {canaries.phone(): "x", canaries.email(): canaries.words()},
        "place": {
            "address": canaries.words(),
            "area": {canaries.email(): canaries.phone()},
            "latitude": canaries.phone(),
        },
        "reporter": {"name": canaries.name(), "email": canaries.phone(), "phone": canaries.email(), "language": "en"},
    }
    answer = town.ask("POST", town.url("intake", "/requests"), json=body)
    assert answer.status_code == 422, answer.text
    for service, place in (
        (canaries.email(), Place()),
        ("bulky-item-pickup", Place(area={canaries.email(): canaries.phone()})),
    ):
        report = RequestSubmitted(
            submission_key=os.urandom(8).hex(),
            submitter="journey",
            service_code=service,
            description=canaries.words() + "\0",
            place=place,
            attributes={canaries.email(): canaries.words() + "\0", canaries.phone(): "x"},
            reporter=Reporter(name=canaries.name() + "\0", email=canaries.phone(), phone=canaries.name()[:40]),
        )
        answer_to(town, report, "request.refused")


def answer_to(town: Town, report: RequestSubmitted, topic: str, trace: str | None = None) -> dict[str, Any]:
    """Publish a report as a frontend, and wait for the answer to it."""
    town.publish("frontend", "request.submitted", report, report.key, trace)

    def found() -> list[dict[str, Any]]:
        return [data for data in town.events(topic) if data["submission_key"] == report.key]

    return eventually(found, f"{topic} of {report.key}")[0]


def malformed(town: Town, canaries: Canaries) -> None:
    """Publish what no service can read; it is parked, with its bytes, for operators alone."""
    before = len(parked(town))
    key, agency = os.urandom(8).hex(), town.city.working_agencies[0].slug
    for principal, topic in (("frontend", "request.submitted"), (f"agency.{agency}", outbox(agency))):
        for content in (canaries.words(), json.dumps(envelope(topic, key, canaries.words()))):
            town.publish(principal, topic, content.encode(), key)
    eventually(lambda: len(parked(town)) >= before + 4, "the parking of four records")


def envelope(topic: str, key: str, words: str) -> dict[str, Any]:
    """Write an event whose data do not fit its type."""
    kind = "agency.report" if topic.startswith("agency.") else topic
    head = {"specversion": "1.0", "id": key, "source": "/journey", "type": kind, "subject": key}
    return head | {
        "time": "2026-03-02T09:00:00Z",
        "data": {"submission_key": words, "request_id": words, "kind": words},
    }


def parked(town: Town) -> list[dict[str, Any]]:
    """List what intake has parked."""
    rows: list[dict[str, Any]] = town.ask("GET", town.url("intake", "/ops/parked"), role="operator").json()
    return rows


def curious_callers(town: Town, canaries: Canaries) -> None:
    """Ask all kinds of things with personal data in paths, queries, headers and bodies."""
    for service in SERVICES:
        for path in (
            "/requests",
            "/search",
            "/suggest",
            "/surveys",
            "/articles",
            "/deliveries",
            "/triage",
            "/forecasts",
        ):
            query = {
                "q": canaries.words(),
                "text": canaries.words(),
                "token": canaries.email(),
                "cursor": canaries.phone(),
            }
            town.ask("GET", town.url(service, path), params=query, headers={"Idempotency-Key": canaries.phone()})
            town.ask("GET", town.url(service, f"{path}/{canaries.phone()}"))
        town.ask("POST", town.url(service, f"/{canaries.email()}"), content=canaries.words().encode())
        town.ask("GET", town.url(service, "/ops/parked"), headers={"Authorization": f"Bearer {canaries.email()}"})
