"""Probe (c): one sampled trace is whole from the call to the mail; traces show the edges of the flow and no others."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from people import Life
from town import Town, eventually

from contracts.frontends import Place, Reporter, RequestSubmitted
from contracts.topics import AGENCY_TOPICS, SERVICES, TOPICS
from contracts.vocabulary import Disposition, ForecastMethod, ReportKind

Span = dict[str, Any]
Edge = tuple[str, str, str]

_UNASKED = "unasked words to the city are a call of their own"
UNSEEN: dict[Edge, str] = {
    ("notify", "campaign.changed", "intake"): "staff announce campaigns: no resident's call, so no trace of theirs",
    ("notify", "campaign.changed", "?"): "as above",
    ("kb", "article.published", "intake"): "kb publishes articles as it starts: no call, so no trace",
    (
        "intake",
        "survey.replied",
        "survey",
    ): "a survey answered by telephone: the provider's call is in no resident's trace",
    ("survey", "feedback.recorded", "intake"): _UNASKED,
    ("survey", "feedback.recorded", "routing"): _UNASKED,
    ("routing", "request.diverted", "intake"): "the triage desk sends it elsewhere: a clerk's own call",
}
"""Edges between services that no request's trace can show, and why."""
STOOD_IN: set[Edge] = {
    ("routing", "agency.{slug}.inbox", "adapters"),
    ("adapters", "agency.{slug}.outbox", "intake"),
}
"""Seen only when the dice choose an agency whose own system the adapters speak with."""
# Frontends and agencies are outside the platform and make no spans here: their end of an edge is drawn as `?`.


def whole(town: Town, trace: str, last: str) -> list[Span]:
    """Wait until a trace has a span of this name, and no span without its parent but the caller's own."""

    def found() -> list[Span]:
        spans = town.spans(trace)
        named = any(span["name"] == last for span in spans)
        return spans if named and len(orphans(spans)) <= Counter(s.get("kind") for s in spans)["SERVER"] else []

    return eventually(found, f"{last!r} in trace {trace}: {[s['name'] for s in town.spans(trace)]}")


def orphans(spans: list[Span]) -> list[Span]:
    """Find spans whose parent is not in the trace."""
    known = {span["id"] for span in spans}
    return [span for span in spans if span.get("parentId", span["id"]) not in known]


@pytest.mark.requirement("OPS-05", "NOT-02")
def test_one_trace_is_whole_from_the_call_to_the_mail(town: Town) -> None:
    life = Life(town).report("bulky-item-pickup")
    life.until_entry("notified", moment="closed")
    spans = whole(town, life.trace, "publish survey.invited")
    (root,) = [span for span in spans if span.get("kind") == "SERVER"]
    assert root["name"] == "post /requests"
    assert {span["parentId"] for span in orphans(spans)} <= {root.get("parentId")}, "only the caller's own is elsewhere"
    assert {span["localEndpoint"]["serviceName"] for span in spans} >= {"intake", "routing", "sla", "notify", "survey"}
    for topic in ("request.created", "request.assigned", "request.promised", "request.updated", "request.closed"):
        names = {span["name"] for span in spans}
        assert {f"publish {topic}", f"process {topic}"} <= names
    mails = eventually(lambda: mails_of(town, life.trace, 3), "the spans of three mails")
    assert {(span["kind"], span["remoteEndpoint"]["serviceName"]) for span in mails} == {("CLIENT", "mail")}
    assert town.mails(life.email)


def mails_of(town: Town, trace: str, count: int) -> list[Span]:
    """Find a trace's mails, once there are so many: notify's spans may come later than another service's."""
    found = [span for span in town.spans(trace) if span["name"] == "deliver email"]
    return found if len(found) >= count else []


def lives(town: Town) -> Iterator[Life]:
    """Live what a request can live: told, referred, refused, asked, cancelled, forgotten, disputed, late, in danger."""
    late = Life(town).report("dead-animal-removal")
    yield late
    yield Life(town).report(description="Smoke, and the pole is on fire.")
    asked = Life(town).report(random.choice(sorted(untaught(town) & set(plain_services(town)))))
    agency = asked.assigned()
    asked.work(agency, ReportKind.ACCEPTED)
    asked.work(agency, ReportKind.NEEDS_INFORMATION, text="Which wall is it?")
    asked.until(substatus="awaiting_requester")
    asked.through_link("messages", text="The one to the left.")
    other = next(one.slug for one in town.city.working_agencies if one.slug not in {agency, "city-311"})
    asked.work(agency, ReportKind.REFERRED, text="It stands on their land.", refer_to=other)
    asked.until_entry("assigned", agency=other)
    asked.work(other, ReportKind.COMPLETED)
    refused, _ = asked.notice(other, "update_refused")
    assert refused["code"] == "disposition_missing"
    asked.finish(other)
    asked.until(status="closed")
    asked.through_link("dispute", comment="It is still there.")
    asked.until(status="open", reopen_count=1)
    asked.notice(other, "reopened")
    asked.finish(other)
    asked.until(status="closed")
    asked.answer_survey(done=True, quality=1)  # somebody looks after it
    yield asked
    gone = Life(town).report()
    gone.through_link("cancel")
    gone.be_forgotten()
    yield gone
    late.notice(late.assigned(), "escalated")
    late.work(late.assigned(), ReportKind.ACCEPTED)
    explanation = {"en": "A fence is in the way.", "es": "Hay una reja."}
    unable = {"disposition": Disposition.UNABLE_TO_ACT, "explanation": explanation}
    late.work(late.assigned(), ReportKind.CANNOT_COMPLETE, **unable)
    late.until(status="closed")


def plain_services(town: Town) -> list[str]:
    """List services that one desk takes whatever the place, and that are asked about at once."""
    rules = town.city.rules_by_service
    plain = [
        code for code in rules if len(rules[code]) == 1 and not (rules[code][0].when.tests() or rules[code][0].also)
    ]
    return [code for code in plain if town.city.services[code].survey.delay_hours == 0]


def untaught(town: Town) -> set[str]:
    """List services nothing was closed of yet: the first closing teaches a forecast, which is then published."""
    shown = town.ask("GET", town.url("sla", "/forecasts"), role="operator").json()
    return {one["service_code"] for one in shown if one["basis"]["method"] != ForecastMethod.HISTORY}


def submissions(town: Town) -> Iterator[str]:
    """Publish a good report and a bad one, as a frontend does, each in a trace of its own; give the traces."""
    for key, service in (("good", "bulky-item-pickup"), ("bad", "dragons")):
        life = Life(town)
        report = RequestSubmitted(
            submission_key=f"{life.trace}-{key}",
            submitter="journey",
            service_code=service,
            place=Place(address="100 Acorn Street"),
            attributes={},
            reporter=Reporter(email="frontend@example.org"),
        )
        parent = f"00-{life.trace}-{life.trace[:16]}-01"
        town.publish("frontend", "request.submitted", report, report.key, parent)
        eventually(partial(answered, town, report.key), f"an answer to the {key} submission")
        yield life.trace


def answered(town: Town, key: str) -> bool:
    """Tell whether a submission was accepted or refused."""
    return any(m.key() == key.encode() for m in town.records(["request.accepted", "request.refused"]))


def edges(spans: list[Span]) -> set[Edge]:
    """Read who told whom on which topic: a consumer's span under its producer's."""
    by_id = {span["id"]: span for span in spans}
    found = set()
    for span in spans:
        if span.get("kind") == "CONSUMER":
            parent = by_id.get(span.get("parentId", ""))
            same = parent is not None and parent.get("remoteEndpoint") == span["remoteEndpoint"]
            found.add((named(parent) if parent and same else "?", topic_of(span), named(span)))
    told = {(named(span), topic_of(span)) for span in spans if span.get("kind") == "PRODUCER"}
    return found | {(who, topic, "?") for who, topic in told - {edge[:2] for edge in found}}


def named(span: Span) -> str:
    """Name the service whose span it is."""
    return str(span["localEndpoint"]["serviceName"])


def topic_of(span: Span) -> str:
    """Name the topic at a span's other end; an agency's by its pattern."""
    topic = str(span["remoteEndpoint"]["serviceName"]).removeprefix("topic:")
    parts = topic.split(".")
    return f"agency.{{slug}}.{parts[-1]}" if parts[0] == "agency" else topic


def drawn() -> set[Edge]:
    """Read the edges of the flow as traces can show them: an outsider's end is `?`."""
    inside = {name: name for name in SERVICES}
    every = {
        (inside.get(topic.producer, "?"), topic.name, inside.get(consumer, "?"))
        for topic in (*TOPICS, *AGENCY_TOPICS)
        for consumer in topic.consumers
    }
    return every - set(UNSEEN)


@pytest.mark.requirement("OPS-05", "INT-12")
def test_the_map_of_dependencies_shows_services_and_topics(town: Town) -> None:
    query = {"endTs": int(time.time() * 1000), "lookback": 3_600_000}

    def links() -> set[tuple[str, str]]:
        found = town.ask("GET", town.url("zipkin", "/api/v2/dependencies"), params=query).json()
        return {(link["parent"], link["child"]) for link in found}

    wanted = {("intake", "topic:request.created"), ("topic:request.created", "routing"), ("notify", "mail")}
    eventually(lambda: wanted <= links(), f"{wanted} on the map", 30)


@pytest.mark.requirement("OPS-05", "INT-12")
def test_the_edges_seen_in_traces_are_those_of_the_flow(town: Town) -> None:
    with town.agencies_asleep():
        traces = [life.trace for life in lives(town)]
        traces += list(submissions(town))
    wanted, seen = drawn(), set[Edge]()

    def as_drawn() -> bool:
        seen.clear()
        seen.update(edge for trace in traces for edge in edges(town.spans(trace)) if edge not in STOOD_IN)
        return seen == wanted

    try:
        eventually(as_drawn, "every edge", 30)
    except AssertionError:
        pytest.fail(f"never seen: {sorted(wanted - seen)}; seen but not drawn: {sorted(seen - wanted)}")
