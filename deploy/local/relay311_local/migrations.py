"""Remembers which migrations a database has seen, so that a warm start does not run them again."""

import hashlib
from pathlib import Path

from relay311_local.layout import Layout
from relay311_local.reach import open_to_all


def is_migrated(place: Layout, service: str) -> bool:
    """Tell whether the embedded database already has this service's tables in their newest form."""
    return place.own_postgres and _note(place, service) == _fingerprint(place, service)


def note_migrated(place: Layout, service: str) -> None:
    """Remember that the tables are in their newest form; the note lies with the data and vanishes with it."""
    if place.own_postgres and not is_migrated(place, service):
        _path(place, service).write_text(_fingerprint(place, service), "utf-8")


def _note(place: Layout, service: str) -> str:
    path = _path(place, service)
    return path.read_text("utf-8") if path.exists() else ""


def _path(place: Layout, service: str) -> Path:
    return open_to_all(place.run / "postgres") / f"migrated-{service}"


def _fingerprint(place: Layout, service: str) -> str:
    files = sorted((place.root / "services" / service / "migrations").rglob("*.py"))
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()
