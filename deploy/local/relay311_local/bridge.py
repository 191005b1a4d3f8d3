"""Turns OTLP spans into Zipkin's, with topics and databases as endpoints, so that the dependency graph shows them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

JsonSpan = dict[str, Any]
_KINDS: Final = {2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}
_MESSAGING: Final = ("PRODUCER", "CONSUMER")
_PEERS: Final = ("peer.service", "db.system.name", "db.system", "server.address")
_FROM_RESOURCE: Final = ("service.version", "deployment.environment.name")
_ERROR: Final = 2


def zipkin_spans(body: bytes) -> list[JsonSpan]:
    """Convert the bytes of one OTLP/HTTP trace request to Zipkin v2 spans. Raises DecodeError on foreign bytes."""
    request = ExportTraceServiceRequest.FromString(body)
    return [span for group in request.resource_spans for span in _of_resource(group)]


def _of_resource(group: Any) -> Iterator[JsonSpan]:
    resource = _attributes(group.resource.attributes)
    for scope in group.scope_spans:
        for span in scope.spans:
            yield _convert(span, resource)


def _convert(span: Any, resource: Mapping[str, str]) -> JsonSpan:
    attributes = _attributes(span.attributes)
    kind = _KINDS.get(span.kind)
    begin = span.start_time_unix_nano // 1000
    result: JsonSpan = {
        "traceId": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "name": span.name,
        "timestamp": begin,
        "duration": max(1, span.end_time_unix_nano // 1000 - begin),  # Zipkin reads 0 as unknown
        "localEndpoint": {"serviceName": resource.get("service.name", "unknown")},
        "tags": attributes | {name: resource[name] for name in _FROM_RESOURCE if name in resource} | _error(span),
        "annotations": [{"timestamp": e.time_unix_nano // 1000, "value": e.name} for e in span.events],
    }
    return result | _parent(span) | ({"kind": kind} if kind else {}) | _remote(kind, attributes)


def _parent(span: Any) -> JsonSpan:
    return {"parentId": span.parent_span_id.hex()} if span.parent_span_id else {}


def _error(span: Any) -> dict[str, str]:
    return {"error": span.status.message or "error"} if span.status.code == _ERROR else {}


def _remote(kind: str | None, attributes: Mapping[str, str]) -> JsonSpan:
    name = remote_name(kind, attributes)
    return {"remoteEndpoint": {"serviceName": name}} if name else {}


def remote_name(kind: str | None, attributes: Mapping[str, str]) -> str | None:
    """Name the other end of a span: a topic, a service or a database; None when the span has none.

    >>> remote_name("PRODUCER", {"messaging.destination.name": "request.created"})
    'topic:request.created'
    >>> remote_name("CLIENT", {"db.system.name": "postgresql", "server.address": "127.0.0.1"})
    'postgresql'
    >>> remote_name("SERVER", {"peer.service": "browser"}) is None
    True
    """
    if kind in _MESSAGING:
        topic = attributes.get("messaging.destination.name")
        return f"topic:{topic}" if topic else None
    if kind == "CLIENT":
        return next((attributes[name] for name in _PEERS if name in attributes), None)
    return None


def _attributes(pairs: Iterable[Any]) -> dict[str, str]:
    return {pair.key: _text(pair.value) for pair in pairs}


def _text(value: Any) -> str:
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    if kind == "array_value":
        return ",".join(_text(item) for item in value.array_value.values)
    content = getattr(value, kind)
    return str(content).lower() if kind == "bool_value" else str(content)
