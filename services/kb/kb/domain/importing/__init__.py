"""Moving articles in: what was read, what was left out and why."""

from kb.domain.importing.reading import Defaults, File, Moved, read_export

__all__ = ["Defaults", "File", "Moved", "read_export"]
