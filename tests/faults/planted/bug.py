"""What a planted bug is: a few lines of the project written worse, and what should give it away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

STORM: Final = "storm"
"""The detector that counts first: a platform under load and faults, judged by the invariants."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that stands exactly once in a file, and what is put in its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug: its edits, the invariants that should catch it, and the faults that bring it out.

    `faults` () lets every kind loose; `points` and `services` let them strike where it hurts (see `Focus`). `suite`
    names the tests that see it where a storm cannot: a second line of defence makes good what the first one lost, and
    only a test of that one part tells.
    """

    name: str
    what: str
    edits: tuple[Edit, ...]
    expected: tuple[str, ...]
    faults: tuple[str, ...] = ()
    suite: tuple[str, ...] = ()
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    services: tuple[str, ...] = ()
