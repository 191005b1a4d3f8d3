"""Finds how to read an old system's export: one of the city's own mappings, or a file that says it."""

from dataclasses import replace
from pathlib import Path

from contracts.city import City, LegacyImport
from contracts.city.problems import CityError, Findings
from contracts.city.yamllines import read_yaml
from relay311_drivers.problems import DriverError


def with_mapping(city: City, named: str | None) -> tuple[City, str | None]:
    """Give the city with the mapping asked for, and its name; a name that is a file is read. Raises DriverError."""
    if named is None or not Path(named).is_file():
        return city, named
    mapping = read_mapping(Path(named), city)
    return replace(city, imports={mapping.name: mapping}), mapping.name


def read_mapping(path: Path, city: City) -> LegacyImport:
    """Read a mapping in the format of `imports/*.yaml`. Raises DriverError with every fault, by line."""
    findings = Findings()
    mapping = findings.check(read_yaml(path), LegacyImport, city.profile.languages)
    if mapping is None:
        raise DriverError(f"MAP {path} cannot be used: {CityError(path, findings.problems)}")
    unknown = {*mapping.types.values()} - city.services.keys() | {*mapping.owners.values()} - city.agencies.keys()
    if unknown:
        raise DriverError(f"MAP {path} names what the city does not have: {', '.join(sorted(unknown))}; correct it.")
    return mapping
