"""What a run is judged by, and what a broken invariant looks like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts.topics import Topic
from faults.evidence import Evidence
from faults.ledger import Ledger
from faults.scene import Fault


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken invariant: which, how it counts in the last line, and the case."""

    invariant: str
    counts_as: str
    what: str


@dataclass(frozen=True)
class Case:
    """All that is judged."""

    ledger: Ledger
    evidence: Evidence
    topics: Sequence[Topic]
    faults: Sequence[Fault]
    unrest: Mapping[str, int]
    rebuilds: Mapping[str, str] = field(default_factory=dict)
    """For each service that was rebuilt from offset 0 after the storm: what is not as it was, or nothing."""
