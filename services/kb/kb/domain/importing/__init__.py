"""Moving articles in: what was read, what was left out and why."""

from kb.domain.importing.entries import File, Kind
from kb.domain.importing.reading import Defaults, Moved, read_export

__all__ = ["Defaults", "File", "Kind", "Moved", "read_export"]
