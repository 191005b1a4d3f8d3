"""Reading a city folder: every file checked, every reference followed, every problem told at once."""

import hashlib
from functools import lru_cache
from pathlib import Path

from contracts.city.adapters import AdaptersFile
from contracts.city.appointments import AppointmentsFile
from contracts.city.base import CityModel
from contracts.city.checks import check_references
from contracts.city.files import (
    ADAPTERS,
    AGREEMENTS,
    APPOINTMENTS,
    CONTINUED,
    FILES,
    PROFILE,
    STEPS,
    SYNONYMS,
    AgreementsFile,
)
from contracts.city.imports import LegacyImport
from contracts.city.problems import CityError, Findings
from contracts.city.profile import Profile
from contracts.city.reading import Reading
from contracts.city.steps import StepsFile
from contracts.city.synonyms import SynonymsFile
from contracts.city.value import City
from contracts.city.yamllines import Document, read_continued, read_yaml


def load_city(folder: Path) -> City:
    """Return the city of this folder, read again only when a file of it has changed.

    A process that is forked from one that has read it shares its memory. Raises CityError with every problem, by file
    and line.
    """
    return _load(Path(folder).resolve(), Path(folder), _stamp(Path(folder)))


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Tell one state of a folder's files from another without reading them."""
    files = sorted(folder.rglob("*.yaml"))
    return tuple((str(file), (found := file.stat()).st_mtime_ns, found.st_size) for file in files)


@lru_cache(maxsize=8)
def _load(resolved: Path, named: Path, _stamp: object) -> City:
    findings = Findings()
    reading = read_city(named, findings)
    check_references(reading)
    if findings.problems:
        raise CityError(named, findings.problems)
    return _assemble(resolved, reading)


def read_city(folder: Path, findings: Findings) -> Reading:
    """Every file of the folder as far as it can be read; what cannot is among the findings."""
    documents = {name: (read_continued if name in CONTINUED else read_yaml)(folder / name) for name in FILES}
    profile = findings.check(documents[PROFILE], Profile, ())
    languages = profile.languages if profile else ()
    if profile:  # once more, now that its own languages are known
        profile = findings.check(documents[PROFILE], Profile, languages)
    reading = Reading(findings, documents, languages, {PROFILE: profile} if profile else {})
    for name, model in FILES.items():
        if name != PROFILE:
            reading.keep(name, findings.check(documents[name], model, languages))
    _read_imports(folder, reading)
    _read_optional(folder, reading, AGREEMENTS, AgreementsFile)
    _read_optional(folder, reading, APPOINTMENTS, AppointmentsFile)
    _read_optional(folder, reading, STEPS, StepsFile)
    _read_optional(folder, reading, ADAPTERS, AdaptersFile)
    _read_optional(folder, reading, SYNONYMS, SynonymsFile)
    return reading


def _read_imports(folder: Path, reading: Reading) -> None:
    """Add the mappings of `imports/`, which a city may do without."""
    for path in sorted((folder / "imports").glob("*.yaml")):
        name = f"imports/{path.name}"
        reading.documents[name] = read_yaml(path)
        reading.keep(name, reading.findings.check(reading.documents[name], LegacyImport, reading.languages))


def _read_optional(folder: Path, reading: Reading, name: str, model: type[CityModel]) -> None:
    """Add a file that a city may do without."""
    if (folder / name).is_file():
        reading.documents[name] = read_yaml(folder / name)
        reading.keep(name, reading.findings.check(reading.documents[name], model, reading.languages))


def _assemble(folder: Path, reading: Reading) -> City:
    """Return the city from files that were all found right."""
    services, messages, targets = (reading.parts[f"{name}.yaml"] for name in ("services", "messages", "targets"))
    baselines, imports = reading.parts["baselines.yaml"], reading.imports()
    return City(
        folder=folder,
        version=_fingerprint(reading.documents),
        profile=reading.parts[PROFILE],
        agencies={agency.slug: agency for agency in reading.parts["agencies.yaml"].agencies},
        transfers={transfer.slug: transfer for transfer in reading.parts["transfers.yaml"].transfers},
        groups={group.slug: group for group in services.groups},
        services={service.code: service for service in services.in_order()},
        rule_set=reading.parts["routes.yaml"],
        target_rules=targets.rules,
        targets=targets.targets,
        agreements=reading.parts.get(AGREEMENTS, AgreementsFile()).agreements,
        baselines={baseline.service: baseline for baseline in baselines.baselines},
        no_baseline=baselines.default,
        calendar=reading.parts["calendar.yaml"],
        notices={notice.moment: notice for notice in messages.notices},
        statuses={words.substatus: words for words in messages.statuses},
        phrases=messages.phrases,
        telling=messages.telling,
        offices=messages.offices,
        dispositions={rule.code: rule for rule in reading.parts["dispositions.yaml"].dispositions},
        reasons={reason.code: reason for reason in reading.parts["dispositions.yaml"].reasons},
        hollow=frozenset(word.casefold() for word in reading.parts["dispositions.yaml"].hollow.all()),
        steps=reading.parts.get(STEPS, StepsFile()),
        survey=reading.parts["survey.yaml"],
        people=reading.parts["people.yaml"],
        conversation=reading.parts["conversation.yaml"],
        triage=reading.parts["triage.yaml"],
        bookable={bookable.service: bookable for bookable in reading.bookable()},
        onboarding_file=reading.parts["onboarding.yaml"],
        spoken={entry.service: entry.said for entry in reading.parts["phrases.yaml"].services},
        adapters={adapter.agency: adapter for adapter in reading.adapters().adapters},
        integrations=reading.adapters().integrations,
        synonyms=reading.synonyms(),
        imports={mapping.name: mapping for mapping in imports.values()},
    )


def _fingerprint(documents: dict[str, Document]) -> str:
    """Twelve hexadecimal digits that change with any file's bytes."""
    digest = hashlib.sha256()
    for name in sorted(documents):
        for path in documents[name].paths():
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
