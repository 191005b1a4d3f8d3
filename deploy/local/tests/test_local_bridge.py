"""Spans reach the dashboard with topics as endpoints, whatever the exporter sent."""

import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode

from relay311_local.access import LOOPBACK
from relay311_local.bridge import JsonSpan, zipkin_spans
from relay311_local.forwarder import Forwarder
from relay311_local.ports import free_port
from relay311_local.sidecar import bridge_door


def otlp_bytes() -> bytes:
    """Make a real trace of two spans, as the SDK's own exporter would send it."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "intake", "service.version": "1.0"}))
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("POST /requests", kind=SpanKind.SERVER, attributes={"http.route": "/requests"}):
        topic = {"messaging.destination.name": "request.created", "messaging.batch": True}
        with tracer.start_as_current_span("send", kind=SpanKind.PRODUCER, attributes=topic) as span:
            span.add_event("acknowledged")
            span.set_status(Status(StatusCode.ERROR, "broker went away"))
    return encode_spans(memory.get_finished_spans()).SerializeToString()


def by_name(spans: list[JsonSpan]) -> dict[str, JsonSpan]:
    return {span["name"]: span for span in spans}


def test_a_producer_span_points_at_its_topic() -> None:
    span = by_name(zipkin_spans(otlp_bytes()))["send"]
    assert span["kind"] == "PRODUCER"
    assert span["remoteEndpoint"] == {"serviceName": "topic:request.created"}
    assert span["localEndpoint"] == {"serviceName": "intake"}


def test_parent_times_tags_and_errors_survive() -> None:
    spans = by_name(zipkin_spans(otlp_bytes()))
    child, parent = spans["send"], spans["POST /requests"]
    assert child["traceId"] == parent["traceId"]
    assert child["parentId"] == parent["id"]
    assert child["duration"] >= 1
    assert parent["timestamp"] <= child["timestamp"]
    assert child["tags"]["error"] == "broker went away"
    assert child["tags"]["messaging.batch"] == "true"
    assert child["tags"]["service.version"] == "1.0"
    assert [note["value"] for note in child["annotations"]] == ["acknowledged"]
    assert "remoteEndpoint" not in parent


@contextmanager
def listening_zipkin(received: list[Any]) -> Iterator[int]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer((LOOPBACK, 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@contextmanager
def bridge(forwarder: Forwarder) -> Iterator[int]:
    port = free_port()
    with bridge_door(forwarder, port) as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield port
        door.shutdown()


def post(port: int, body: bytes, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    connection.request("POST", "/v1/traces", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("packed", [False, True])
def test_spans_sent_over_http_reach_zipkin(packed: bool) -> None:  # noqa: FBT001 -- a test parameter
    received: list[Any] = []
    body = gzip.compress(otlp_bytes()) if packed else otlp_bytes()
    with listening_zipkin(received) as zipkin:
        forwarder = Forwarder(zipkin)
        with bridge(forwarder) as port:
            assert post(port, body, {"Content-Encoding": "gzip"} if packed else {}) == 200
        forwarder.start()
        forwarder.stop()
    (path, spans) = received[0]
    assert path == "/api/v2/spans"
    assert set(by_name(spans)) == {"send", "POST /requests"}


def test_foreign_bytes_are_refused_and_the_bridge_lives_on() -> None:
    with bridge(Forwarder(free_port())) as port:
        assert post(port, b"\xff\xffnot a trace", {}) == 400
        assert post(port, b"not gzip", {"Content-Encoding": "gzip"}) == 400
        assert post(port, otlp_bytes(), {}) == 200


def test_spans_wait_for_a_dashboard_that_is_not_up_yet() -> None:
    received: list[Any] = []
    forwarder = Forwarder(free_port())
    forwarder.add(zipkin_spans(otlp_bytes()))
    forwarder._flush()
    assert len(forwarder._waiting) == 2
    with listening_zipkin(received) as port:
        forwarder._url = f"http://{LOOPBACK}:{port}/api/v2/spans"
        forwarder._flush()
    assert len(received[0][1]) == 2
