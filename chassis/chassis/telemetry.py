"""Traces: one span a batch, and a real one for each sampled record, so that one request's trace is whole."""

import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

MAX_LINKS = 128
SHARE_ABOVE_RATE = 0.01
_ODD = frozenset("13579bdf")
Attributes = Mapping[str, str | int | float | bool]
CALL: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The traceparent of the call in progress."""


def is_sampled(traceparent: str | None) -> bool:
    """Read the sampled flag, the lowest bit, without touching the SDK.

    >>> is_sampled("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03"), is_sampled(None)
    (True, False)
    """
    return traceparent is not None and traceparent[-1:] in _ODD


def span_context(traceparent: str) -> SpanContext | None:
    """Parse a W3C traceparent; None when it is malformed."""
    parts = traceparent.split("-")
    try:
        return SpanContext(
            int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=TraceFlags(int(parts[3], 16))
        )
    except (IndexError, ValueError):
        return None


def traceparent_of(span: Span) -> str:
    """Write a span's context as a W3C traceparent."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


@dataclass
class RateOrShare:
    """All at low load, a share above: a token bucket of `rate` a second, then one in a hundred."""

    rate: float
    tokens: float = field(init=False)
    refilled_at: float = 0.0
    passed_over: int = 0

    def __post_init__(self) -> None:
        self.tokens = self.rate

    def take(self, now: float) -> bool:
        """Decide on one new trace at a moment (seconds, monotonic).

        >>> some = RateOrShare(2)
        >>> [some.take(0.0) for _ in range(4)], some.take(1.0)
        ([True, True, False, False], True)
        """
        self.tokens = min(self.rate, self.tokens + max(0.0, now - self.refilled_at) * self.rate)
        self.refilled_at = now
        if self.tokens >= 1:
            self.tokens -= 1
            return True
        self.passed_over += 1
        return self.rate > 0 and self.passed_over % int(1 / SHARE_ABOVE_RATE) == 0


class Telemetry:
    """A service's tracer. Without an exporter nothing is recorded and nothing is paid."""

    def __init__(self, service: str, exporter: SpanExporter | None, rate: float = 20.0) -> None:
        self.enabled = exporter is not None
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource({"service.name": service}))
        if exporter is not None:
            self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
        self._tracer = self._provider.get_tracer("relay311")
        self._sampler = RateOrShare(rate)
        self._batch_sampler = RateOrShare(min(rate, 1.0))

    @classmethod
    def over_http(cls, service: str, endpoint: str | None, rate: float) -> "Telemetry":
        """Send spans to an OTLP/HTTP endpoint, or nowhere when there is none."""
        return cls(service, OTLPSpanExporter(endpoint=endpoint, timeout=2) if endpoint else None, rate)

    def root(self, name: str, traceparent: str | None) -> Span | None:
        """Open the span of a door (an HTTP call): a sampled caller's trace goes on, else perhaps a new one starts."""
        if not self.enabled:
            return None
        if is_sampled(traceparent):
            return self.span_from(traceparent, name, SpanKind.SERVER)
        if not self._sampler.take(time.monotonic()):
            return None
        return self._tracer.start_span(name, kind=SpanKind.SERVER)

    def span_from(
        self, traceparent: str | None, name: str, kind: SpanKind, attributes: Attributes | None = None
    ) -> Span | None:
        """Open a span under a sampled parent; None when there is none. End it yourself."""
        if not self.enabled or traceparent is None or not is_sampled(traceparent):
            return None
        parent = span_context(traceparent)
        if parent is None:
            return None
        under = set_span_in_context(NonRecordingSpan(parent))
        return self._tracer.start_span(name, context=under, kind=kind, attributes=attributes)

    def producer_span(self, topic: str, traceparent: str | None) -> str | None:
        """Mark a sampled record's publication; returns the traceparent that travels with it."""
        attributes = {"messaging.system": "kafka", "messaging.destination.name": topic}
        span = self.span_from(traceparent, f"publish {topic}", SpanKind.PRODUCER, attributes)
        if span is None:
            return traceparent
        span.end()
        return traceparent_of(span)

    def consumer_span(self, topic: str, traceparent: str | None) -> Span | None:
        """Open a sampled record's own span in the consuming service."""
        attributes = {"messaging.system": "kafka", "messaging.destination.name": topic}
        return self.span_from(traceparent, f"process {topic}", SpanKind.CONSUMER, attributes)

    @contextmanager
    def batch(self, name: str, traceparents: Sequence[str | None]) -> Iterator[None]:
        """One span a batch, linked to at most 128 of its sampled records."""
        if not self.enabled or not self._batch_sampler.take(time.monotonic()):
            yield
            return
        contexts = [span_context(t) for t in traceparents if t is not None and is_sampled(t)]
        links = [Link(c) for c in contexts[:MAX_LINKS] if c is not None]
        span = self._tracer.start_span(name, kind=SpanKind.INTERNAL, links=links)
        span.set_attribute("messaging.batch.message_count", len(traceparents))
        try:
            yield
        except BaseException:
            span.set_status(StatusCode.ERROR)
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def configure_logging(service: str, level: str) -> None:
    """Write JSON lines to stderr, each naming the service. One line a batch, never one an event."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format='{"level":"%(levelname)s","event":"%(message)s"}'
    )
    structlog.contextvars.bind_contextvars(service=service)
