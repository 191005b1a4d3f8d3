"""A catalog twice as large as the city's is a folder like any other: types are added without a line of code."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.city import load_city
from contracts.city.yamllines import read_continued

LOS_ANGELES = Path(__file__).parents[2] / "cities" / "los-angeles"
TYPES, DEPARTMENTS = 150, 11
PARTS = {"services.yaml": "code", "targets.yaml": "service", "onboarding.yaml": "service", "phrases.yaml": "service"}
"""The files that say something of each service, and the key that names it."""


def grow(folder: Path, count: int) -> None:
    """Add as many services as are missing, each like one that is there, with its own name, rule and words."""
    files = {name: read_continued(folder / name).value for name in (*PARTS, "routes.yaml")}
    codes = [one["code"] for one in files["services.yaml"]["services"] if one["code"] != "other"]
    for number in range(count - len(codes) - 1):
        like, code = codes[number % len(codes)], f"another-{number}"
        for name, key in PARTS.items():
            entries = files[name]["targets" if name == "targets.yaml" else "services"]
            entry: dict[str, Any] | None = next((one for one in entries if one[key] == like), None)
            if entry:  # a service may have the reason for having no target instead
                entries.append(entry | {key: code} | ({"said": _said(code)} if name == "phrases.yaml" else {}))
        for rule in files["routes.yaml"]["rules"]:
            rule["services"] += [code] if like in rule["services"] else []
        for asset in files["routes.yaml"]["assets"]:
            asset["services"] += [code] if like in asset["services"] else []
    for name, file in files.items():
        shutil.rmtree(folder / name.removesuffix(".yaml"), ignore_errors=True)
        (folder / name).write_text(yaml.safe_dump(file, sort_keys=False, allow_unicode=True), "utf-8")


def _said(code: str) -> dict[str, list[str]]:
    return {language: [f"{code} {language} {number}" for number in range(12)] for language in ("en", "es")}


@pytest.mark.requirement("CAT-02", "CAT-22")
def test_twice_as_many_types_are_data(tmp_path: Path) -> None:
    folder = tmp_path / "grown"
    shutil.copytree(LOS_ANGELES, folder)
    grow(folder, TYPES)
    city = load_city(folder)
    assert len(city.services) == TYPES
    assert len({rule.agency for rule in city.rules}) >= DEPARTMENTS
    assert all(city.rules_by_service[code] or code in city.profile.triage_services for code in city.services)
    assert not any(city.gaps(code) for code in city.services)
