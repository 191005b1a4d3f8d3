"""A city folder half way: files read, references not yet followed."""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import Any

from contracts.city.adapters import AdaptersFile
from contracts.city.appointments import AppointmentsFile, Bookable
from contracts.city.imports import LegacyImport
from contracts.city.problems import Findings
from contracts.city.synonyms import SynonymsFile
from contracts.city.yamllines import Document, Place


@dataclass
class Reading:
    """The documents of a folder, and the models of those that could be read, by file name."""

    findings: Findings
    documents: dict[str, Document]
    languages: tuple[str, ...]
    parts: dict[str, Any] = field(default_factory=dict)

    def keep(self, name: str, part: object | None) -> None:
        """Keep what a file turned out to be, if it could be read."""
        if part is not None:
            self.parts[name] = part

    def require(self, truth: object, name: str, place: Place, text: str) -> None:
        """Note a problem of the named file unless the truth holds."""
        if not truth:
            self.findings.add(self.documents[name], place, text)

    def known(self, file: str, place: Place, name: str, names: Container[str], what: str) -> None:
        """Note a name that is none of the names."""
        self.require(name in names, file, place, f"'{name}' is no {what} of this city; name one that exists")

    def once(self, file: str, key: str, part: str, names: Iterable[str]) -> None:
        """Note every name of a list's entries that was there before."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            self.require(name not in seen, file, (key, index, part), f"'{name.strip()}' is there twice; keep one")
            seen.add(name)

    def imports(self) -> dict[str, LegacyImport]:
        """Return the import mappings by file name."""
        return {name: part for name, part in self.parts.items() if isinstance(part, LegacyImport)}

    def bookable(self) -> tuple[Bookable, ...]:
        """Return what may be booked."""
        file = self.parts.get("appointments.yaml")
        return file.services if isinstance(file, AppointmentsFile) else ()

    def adapters(self) -> AdaptersFile:
        """Return who is reached by an adapter, and how far integration has come."""
        file = self.parts.get("adapters.yaml")
        return file if isinstance(file, AdaptersFile) else AdaptersFile()

    def synonyms(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        """Return the groups of words for the same thing, by language."""
        file = self.parts.get("synonyms.yaml")
        return file.groups if isinstance(file, SynonymsFile) else {}

    def agency_slugs(self) -> set[str]:
        """Return the slugs of all agencies."""
        return {agency.slug for agency in self.parts["agencies.yaml"].agencies}

    def service_codes(self) -> set[str]:
        """Return the codes of all services."""
        return {service.code for service in self.parts["services.yaml"].services}
