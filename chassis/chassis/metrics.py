"""Numbers for operators, in Prometheus's own form; each service has its own registry."""

from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chassis.records import Record
from chassis.transaction import Counted


class Metrics:
    """What a service counts."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._consumed = self._counter("relay311_records_consumed", "Records read from the log", service)
        self._applied = self._counter("relay311_records_applied", "Records applied for the first time", service)
        self._relayed = self._counter("relay311_records_relayed", "Records appended to the log", service)
        self._commands = self._counter("relay311_commands", "Commands answered", service)
        self._fired = self._counter("relay311_due_fired", "Due rows handled", service)
        self.rest = Gauge(
            "relay311_rows_outside_months", "About so many rows lie in no month", ["part"], registry=self.registry
        )
        self.lag = Gauge("relay311_lag", "Records behind the log's end", registry=self.registry)
        self.seconds = Histogram("relay311_http_seconds", "Time to answer", ["route"], registry=self.registry)
        self.progress = 0
        self._own: dict[str, Counter] = {}

    def _counter(self, name: str, says: str, service: str) -> Counter:
        made = Counter(name, says, ["service"], registry=self.registry)
        labelled: Counter = made.labels(service)
        return labelled

    def consumed(self, batch: Sequence[Record], applied: int) -> None:
        """Count a committed batch."""
        self.progress += len(batch)
        self._consumed.inc(len(batch))
        self._applied.inc(applied)

    def relayed(self, count: int) -> None:
        """Count records that reached the log."""
        self._relayed.inc(count)

    def answered(self, count: int) -> None:
        """Count commands answered."""
        self._commands.inc(count)

    def fired(self, count: int) -> None:
        """Count due rows handled."""
        self._fired.inc(count)

    def counted(self, counts: Mapping[Counted, int]) -> None:
        """Count what a service's own handlers counted in a committed transaction."""
        for (name, says, labels), count in counts.items():
            if name not in self._own:
                self._own[name] = Counter(name, says, [label for label, _ in labels], registry=self.registry)
            self._own[name].labels(**dict(labels)).inc(count)

    def render(self) -> bytes:
        """Write them in Prometheus's text format."""
        return generate_latest(self.registry)
