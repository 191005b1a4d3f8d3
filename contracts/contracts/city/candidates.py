"""Rules that are not yet the folder's own: read from text, and held against the city as its own would be."""

import hashlib
from pathlib import Path
from typing import Final

from contracts.city.checks_routes import NAME, check_routes
from contracts.city.load import read_city
from contracts.city.problems import CityError, Findings
from contracts.city.routes import RuleSet
from contracts.city.yamllines import parse_yaml

CANDIDATE: Final = Path("rules.yaml")
"""What candidate rules are called in what is said about them."""


def read_rules(folder: Path, text: str) -> RuleSet:
    """Read candidate rules and check them against the city of a folder; raises CityError with everything wrong."""
    findings = Findings()
    reading = read_city(folder, findings)
    if findings.problems:
        raise CityError(folder, findings.problems)
    reading.documents[NAME] = parse_yaml(text, CANDIDATE)
    found = findings.check(reading.documents[NAME], RuleSet, reading.languages)
    if found is not None:
        reading.parts[NAME] = found
        check_routes(reading)
    if findings.problems or found is None:
        raise CityError(CANDIDATE, findings.problems)
    return found


def parse_rules(text: str) -> RuleSet:
    """Read rules that were checked before."""
    return RuleSet.model_validate(parse_yaml(text, CANDIDATE).value)


def fingerprint(rules: RuleSet) -> str:
    """Sixteen hexadecimal digits that change with anything these rules say, and not with how they are written down."""
    return hashlib.sha256(rules.model_dump_json().encode()).hexdigest()[:16]
