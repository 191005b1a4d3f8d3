"""Rules that are not yet the folder's own: read from text, and held against the city as its own would be."""

import hashlib
from pathlib import Path
from typing import Final

import yaml

from contracts.city.checks_routes import NAME, check_routes
from contracts.city.load import read_city
from contracts.city.problems import CityError, Findings
from contracts.city.routes import RuleSet
from contracts.city.yamllines import Document, parse_yaml

CANDIDATE: Final = Path("rules.yaml")
"""What candidate rules are called in what is said about them."""
_DEEPEST: Final = 12


def read_rules(folder: Path, text: str) -> RuleSet:
    """Read candidate rules and check them against the city of a folder; raises CityError with everything wrong."""
    findings = Findings()
    reading = read_city(folder, findings)
    if findings.problems:
        raise CityError(folder, findings.problems)
    reading.documents[NAME] = _document(text)
    found = findings.check(reading.documents[NAME], RuleSet, reading.languages)
    if found is not None:
        reading.parts[NAME] = found
        check_routes(reading)
    if findings.problems or found is None:
        raise CityError(CANDIDATE, findings.problems)
    return found


def _document(text: str) -> Document:
    """Read the text of a stranger: nothing in it may be repeated by reference, or lie deeper than rules do."""
    fault = _fault(text)
    return Document(CANDIDATE, None, faults=[((), fault)]) if fault else parse_yaml(text, CANDIDATE)


def _fault(text: str) -> str | None:
    """Say why a text is not to be read; looked at piece by piece, so that it cannot exhaust the reader.

    >>> _fault("rules: []"), _fault("a: &x [1]"), _fault("[" * 9000) == _fault("{" * 9000)
    (None, None, True)
    >>> _fault("a: &x [1]" + chr(10) + "b: *x")
    'repeats a part by reference (*); write it out'
    """
    depth = 0
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                return "repeats a part by reference (*); write it out"
            if depth > _DEEPEST:
                return f"has more than {_DEEPEST} levels; rules never do"
    except yaml.MarkedYAMLError:
        return None  # read no further than here, it is told with its line
    except yaml.YAMLError as error:
        return f"is not YAML: {str(error).splitlines()[0]}; correct it"
    return None


def parse_rules(text: str) -> RuleSet:
    """Read rules that were checked before."""
    return RuleSet.model_validate(parse_yaml(text, CANDIDATE).value)


def fingerprint(rules: RuleSet) -> str:
    """Sixteen hexadecimal digits that change with anything these rules say, and not with how they are written down."""
    return hashlib.sha256(rules.model_dump_json().encode()).hexdigest()[:16]
