"""Probe (c): one sampled trace is whole from the HTTP call to the mail; traces show the edges of the flow, and no other."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from people import DONE, Life
from town import Town, eventually

from contracts.frontends import Place, Reporter, RequestSubmitted
from contracts.topics import AGENCY_TOPICS, SERVICES, TOPICS
from contracts.vocabulary import Disposition, ReportKind

Span = dict[str, Any]
Edge = tuple[str, str, str]

UNSEEN: dict[Edge, str] = {
    ("kb", "article.published", "intake"): "kb publishes articles as it starts: no call, so no trace",
}
"""Edges between services that no request's trace can show, and why."""
OUTSIDERS = ("frontend", "agency.{slug}")
"""Those outside the platform make no spans here: their half of an edge cannot be seen."""


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
    email = "trace@example.org"
    life = Life(town).report("bulky-item-pickup", reporter={"name": "Ana Example", "email": email})
    life.until_entry("notified", moment="closed")
    spans = whole(town, life.trace, "publish survey.invited")
    (root,) = [span for span in spans if span.get("kind") == "SERVER"]
    assert root["name"] == "post requests"
    assert {span["parentId"] for span in orphans(spans)} <= {root.get("parentId")}, "only the caller's own is elsewhere"
    assert {span["localEndpoint"]["serviceName"] for span in spans} >= {"intake", "routing", "sla", "notify", "survey"}
    for topic in ("request.created", "request.assigned", "request.promised", "request.updated", "request.closed"):
        names = {span["name"] for span in spans}
        assert {f"publish {topic}", f"process {topic}"} <= names
    mails = [span for span in spans if span["name"] == "deliver email"]
    assert {(span["kind"], span["remoteEndpoint"]["serviceName"]) for span in mails} == {("CLIENT", "mail")}
    assert len(mails) >= 3
    assert town.mails(email)


def lives(town: Town) -> Iterator[Life]:
    """Live what a request can live: told, referred, refused, asked, cancelled, disputed, late, in danger."""
    reporter = {"name": "Ana Example", "email": "lives@example.org"}
    late = Life(town).report("dead-animal-removal", reporter=reporter)
    yield late
    yield Life(town).report(description="Smoke, and the pole is on fire.", reporter=reporter)
    asked = Life(town).report(reporter=reporter)
    agency = asked.assigned()
    asked.work(agency, ReportKind.ACCEPTED)
    asked.work(agency, ReportKind.NEEDS_INFORMATION, text="Which wall is it?")
    asked.until(substatus="awaiting_requester")
    asked.through_link("messages", text="The one to the left.")
    other = next(slug for slug in sorted(town.city.agencies) if slug not in {agency, "city-311"} and has_desk(town, slug))
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
    asked.answer_survey("lives@example.org", done=True)
    yield asked
    gone = Life(town).report(reporter=reporter)
    gone.through_link("cancel")
    yield gone
    late.notice(late.assigned(), "escalated")
    late.work(late.assigned(), ReportKind.ACCEPTED)
    explanation = {"en": "A fence is in the way.", "es": "Hay una reja."}
    unable = {"disposition": Disposition.UNABLE_TO_ACT, "explanation": explanation}
    late.work(late.assigned(), ReportKind.CANNOT_COMPLETE, **unable)
    late.until(status="closed")


def has_desk(town: Town, slug: str) -> bool:
    """Tell whether an agency takes requests."""
    return slug in {agency.slug for agency in town.city.working_agencies}


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
        answers = ["request.accepted", "request.refused"]
        eventually(
            lambda key=report.key: [m for m in town.records(answers) if m.key() == key.encode()], f"answer to {key}"
        )
        yield life.trace


def edges(spans: list[Span]) -> set[Edge]:
    """Read who told whom on which topic: a consumer's span under its producer's."""
    by_id = {span["id"]: span for span in spans}
    found = set()
    for span in spans:
        if span.get("kind") == "CONSUMER":
            parent = by_id.get(span.get("parentId", ""))
            topic = general(span["remoteEndpoint"]["serviceName"].removeprefix("topic:"))
            same = parent is not None and parent.get("remoteEndpoint") == span["remoteEndpoint"]
            found.add((parent["localEndpoint"]["serviceName"] if parent and same else "?", topic, named(span)))
    told = {(named(s), general(s["remoteEndpoint"]["serviceName"].removeprefix("topic:"))) for s in spans if s.get("kind") == "PRODUCER"}
    heard = {edge[:2] for edge in found}
    return found | {(who, topic, "?") for who, topic in told - heard}


def named(span: Span) -> str:
    return str(span["localEndpoint"]["serviceName"])


def general(topic: str) -> str:
    """Name an agency's topic by its pattern."""
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
def test_the_edges_seen_in_traces_are_those_of_the_flow(town: Town) -> None:
    with town.agencies_asleep():
        traces = [life.trace for life in lives(town)]
        traces += list(submissions(town))
    wanted, seen = drawn(), set[Edge]()

    def all_seen() -> bool:
        seen.update(edge for trace in traces for edge in edges(town.spans(trace)))
        return wanted <= seen

    try:
        eventually(all_seen, "every edge", 30)
    except AssertionError:
        pytest.fail(f"never seen: {sorted(wanted - seen)}; seen but not drawn: {sorted(seen - wanted)}")
    # A topic told in one trace may be heard in none of them yet; what is heard must be drawn.
    assert not {edge for edge in seen - wanted if edge[2] != "?"}
