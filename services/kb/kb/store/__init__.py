"""What kb keeps: versions, editors' work, what was asked and what came of it."""

from kb.store.tables import METADATA

__all__ = ["METADATA"]
